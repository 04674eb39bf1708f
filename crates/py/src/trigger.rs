//! The event that a webhook listens to.

use std::hash::{DefaultHasher, Hash, Hasher};

use leadsquared_webhooks::webhook::{ExtraMemberDraft, TriggerDraft};
use pyo3::{
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};

use crate::json;

/// The event that a webhook listens to, together with the data that this event needs.
///
/// There is one constructor for each documented event, and ``raw`` for anything unproven. A trigger
/// is validated together with its webhook, so that all problems are reported at once.
///
/// >>> trigger = Trigger.lead_activity_create("22")
/// >>> match trigger:
/// ...     case Trigger(event="lead_activity_create", activity=activity):
/// ...         print("activities of type", activity)
/// activities of type 22
#[pyclass(frozen, eq, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trigger(pub(crate) TriggerDraft);

#[pymethods]
impl Trigger {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str,) = ("event",);

    /// A landing page was submitted: any page, or one of ``pages``. *Documented*; the form of the
    /// page list is *inferred*.
    ///
    /// >>> Trigger.landing_page_submission(["https://example.com/signup"]).pages
    /// ('https://example.com/signup',)
    #[staticmethod]
    #[pyo3(signature = (pages=None))]
    fn landing_page_submission(pages: Option<Vec<String>>) -> Self {
        Self(TriggerDraft::LandingPageSubmission { pages })
    }

    /// An activity of this type was added to a lead. ``activity`` is the code of the type, such as
    /// ``"22"``. *Observed*.
    ///
    /// >>> Trigger.lead_activity_create("22").activity
    /// '22'
    #[staticmethod]
    fn lead_activity_create(activity: String) -> Self {
        Self(TriggerDraft::LeadActivityCreate { activity })
    }

    /// A lead was created. *Documented*.
    #[staticmethod]
    fn lead_create() -> Self {
        Self(TriggerDraft::LeadCreate)
    }

    /// The owner of a lead was changed. *Documented*.
    #[staticmethod]
    fn lead_owner_change() -> Self {
        Self(TriggerDraft::LeadOwnerChange)
    }

    /// A lead moved to another stage. No create with this event was ever accepted (*observed*): use
    /// ``lead_field_update`` on ``"ProspectStage"``.
    #[staticmethod]
    fn lead_stage_change() -> Self {
        Self(TriggerDraft::LeadStageChange)
    }

    /// A lead was changed. *Documented*.
    #[staticmethod]
    fn lead_update() -> Self {
        Self(TriggerDraft::LeadUpdate)
    }

    /// A task was created. *Documented*.
    #[staticmethod]
    fn task_create() -> Self {
        Self(TriggerDraft::TaskCreate)
    }

    /// A task's reminder is due. *Documented*.
    #[staticmethod]
    fn task_reminder() -> Self {
        Self(TriggerDraft::TaskReminder)
    }

    /// A lead's score changed. *Documented*.
    #[staticmethod]
    fn lead_score_change() -> Self {
        Self(TriggerDraft::LeadScoreChange)
    }

    /// An activity of this type was changed. ``activity`` is the code of the type, such as
    /// ``"22"``. *Inferred* from the event of a new activity.
    #[staticmethod]
    fn lead_activity_update(activity: String) -> Self {
        Self(TriggerDraft::LeadActivityUpdate { activity })
    }

    /// A task was completed. *Documented*.
    #[staticmethod]
    fn task_complete() -> Self {
        Self(TriggerDraft::TaskComplete)
    }

    /// A task was changed. *Documented*.
    #[staticmethod]
    fn task_update() -> Self {
        Self(TriggerDraft::TaskUpdate)
    }

    /// This field of a lead was changed. ``field`` is its schema name, such as ``"ProspectStage"``
    /// or ``"mx_City"``. *Observed*; a second webhook on the same field is refused.
    #[staticmethod]
    fn lead_field_update(field: String) -> Self {
        Self(TriggerDraft::LeadFieldUpdate { field })
    }

    /// An opportunity of one of these types was created. ``opportunity_types`` are codes, such as
    /// ``["12000"]``. *Observed*, with a number that contradicts the documentation: see the
    /// client's ``codes``.
    #[staticmethod]
    fn opportunity_create(opportunity_types: Vec<String>) -> Self {
        Self(TriggerDraft::OpportunityCreate { opportunity_types })
    }

    /// An opportunity of one of these types was changed; as ``opportunity_create``.
    #[staticmethod]
    fn opportunity_update(opportunity_types: Vec<String>) -> Self {
        Self(TriggerDraft::OpportunityUpdate { opportunity_types })
    }

    /// A field of an opportunity was changed. The keys of ``properties``, a JSON object or its
    /// text, are *unknown*.
    #[staticmethod]
    #[pyo3(signature = (properties=None))]
    fn opportunity_field_update(properties: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let properties = properties.map(json::text_or_json).transpose()?;
        Ok(Self(TriggerDraft::OpportunityFieldUpdate { properties }))
    }

    /// An opportunity moved from or to a stage. ``from_`` is *documented* by a sample, ``to``
    /// *inferred* from it; further ``properties``, a JSON object or its text, are *unknown*.
    ///
    /// >>> Trigger.opportunity_stage_update(from_="Budget constraints").from_
    /// 'Budget constraints'
    #[staticmethod]
    #[pyo3(signature = (*, from_=None, to=None, properties=None))]
    fn opportunity_stage_update(
        from_: Option<String>,
        to: Option<String>,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let properties = properties.map(json::text_or_json).transpose()?;
        Ok(Self(TriggerDraft::OpportunityStageUpdate { from: from_, to, properties }))
    }

    /// An opportunity of one of these types was deleted; as ``opportunity_create``.
    #[staticmethod]
    fn opportunity_delete(opportunity_types: Vec<String>) -> Self {
        Self(TriggerDraft::OpportunityDelete { opportunity_types })
    }

    /// Any event by its number, for anything unproven.
    ///
    /// ``properties`` is any JSON, or its text, which preserves the order of keys and the spelling
    /// of numbers; ``extra`` are additional top-level members of the body.
    ///
    /// >>> Trigger.raw(28, extra={"ActivityEvent": "22"}).extra
    /// {'ActivityEvent': '22'}
    #[staticmethod]
    #[pyo3(signature = (code, *, properties=None, extra=None))]
    fn raw(
        code: &Bound<'_, PyAny>,
        properties: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let code = match code.cast::<PyString>() {
            Ok(text) => text.to_str()?.to_owned(),
            Err(_) => code.extract::<i128>()?.to_string(),
        };
        let properties = properties.map(json::text_or_json).transpose()?;
        let mut members = Vec::new();
        if let Some(extra) = extra {
            for item in extra.call_method0("items")?.try_iter()? {
                let (name, value): (String, Bound<'_, PyAny>) = item?.extract()?;
                members.push(ExtraMemberDraft { name, json: json::text(&value)? });
            }
        }
        Ok(Self(TriggerDraft::Raw { code, properties, extra: members }))
    }

    /// The event's name, such as ``lead_activity_create``, or ``raw``.
    #[getter]
    fn event(&self) -> &'static str {
        self.0.event_name()
    }

    /// The landing pages, for ``landing_page_submission`` only; ``None`` means every page.
    #[getter]
    fn pages<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        match &self.0 {
            TriggerDraft::LandingPageSubmission { pages } => {
                pages.as_ref().map(|pages| PyTuple::new(py, pages)).transpose()
            }
            _ => Ok(None),
        }
    }

    /// The code of the activity type, for the two activity events only.
    #[getter]
    fn activity(&self) -> Option<&str> {
        match &self.0 {
            TriggerDraft::LeadActivityCreate { activity } | TriggerDraft::LeadActivityUpdate { activity } => {
                Some(activity)
            }
            _ => None,
        }
    }

    /// The schema name of the field, for ``lead_field_update`` only.
    #[getter]
    fn field(&self) -> Option<&str> {
        match &self.0 {
            TriggerDraft::LeadFieldUpdate { field } => Some(field),
            _ => None,
        }
    }

    /// The codes of the opportunity types, for three opportunity events.
    #[getter]
    fn opportunity_types<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        match &self.0 {
            TriggerDraft::OpportunityCreate { opportunity_types }
            | TriggerDraft::OpportunityUpdate { opportunity_types }
            | TriggerDraft::OpportunityDelete { opportunity_types } => {
                PyTuple::new(py, opportunity_types).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The stage that the opportunity leaves, for ``opportunity_stage_update`` only.
    #[getter]
    fn from_(&self) -> Option<&str> {
        match &self.0 {
            TriggerDraft::OpportunityStageUpdate { from, .. } => from.as_deref(),
            _ => None,
        }
    }

    /// The stage that the opportunity enters, for ``opportunity_stage_update`` only.
    #[getter]
    fn to(&self) -> Option<&str> {
        match &self.0 {
            TriggerDraft::OpportunityStageUpdate { to, .. } => to.as_deref(),
            _ => None,
        }
    }

    /// The number of the event in decimal digits, for ``raw`` only.
    #[getter]
    fn code(&self) -> Option<&str> {
        match &self.0 {
            TriggerDraft::Raw { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The text of the JSON that was given as ``properties``.
    #[getter]
    fn properties(&self) -> Option<&str> {
        match &self.0 {
            TriggerDraft::OpportunityFieldUpdate { properties }
            | TriggerDraft::OpportunityStageUpdate { properties, .. }
            | TriggerDraft::Raw { properties, .. } => properties.as_deref(),
            _ => None,
        }
    }

    /// The additional members of the body, for ``raw`` only.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let TriggerDraft::Raw { extra, .. } = &self.0 else { return Ok(None) };
        let members = PyDict::new(py);
        for ExtraMemberDraft { name, json } in extra {
            members.set_item(name, json::value(py, json)?)?;
        }
        Ok(Some(members))
    }

    pub(crate) fn __repr__(&self) -> String {
        let texts = |texts: &[String]| format!("{texts:?}");
        let named = |arguments: &[(&str, Option<String>)]| {
            let given =
                arguments.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
            given.collect::<Vec<_>>().join(", ")
        };
        let quoted = |text: &Option<String>| text.as_ref().map(|text| format!("{text:?}"));
        let arguments = match &self.0 {
            TriggerDraft::LandingPageSubmission { pages } => pages.as_deref().map(texts).unwrap_or_default(),
            TriggerDraft::LeadActivityCreate { activity } | TriggerDraft::LeadActivityUpdate { activity } => {
                format!("{activity:?}")
            }
            TriggerDraft::LeadFieldUpdate { field } => format!("{field:?}"),
            TriggerDraft::OpportunityCreate { opportunity_types }
            | TriggerDraft::OpportunityUpdate { opportunity_types }
            | TriggerDraft::OpportunityDelete { opportunity_types } => texts(opportunity_types),
            TriggerDraft::OpportunityFieldUpdate { properties } => {
                named(&[("properties", quoted(properties))])
            }
            TriggerDraft::OpportunityStageUpdate { from, to, properties } => {
                named(&[("from_", quoted(from)), ("to", quoted(to)), ("properties", quoted(properties))])
            }
            TriggerDraft::Raw { code, properties, extra } => {
                let members = extra.iter().map(|member| format!("{:?}: {}", member.name, member.json));
                let members = format!("{{{}}}", members.collect::<Vec<_>>().join(", "));
                let rest =
                    [("properties", quoted(properties)), ("extra", (!extra.is_empty()).then_some(members))];
                [code.clone(), named(&rest)]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            _ => String::new(),
        };
        format!("Trigger.{}({arguments})", self.event())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.__repr__().hash(&mut hasher);
        hasher.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let arguments = PyDict::new(slf.py());
        for name in
            ["pages", "activity", "field", "opportunity_types", "from_", "to", "code", "properties", "extra"]
        {
            let value = slf.getattr(name)?;
            if !value.is_none() {
                arguments.set_item(name, value)?;
            }
        }
        Ok((slf.getattr("_restore")?, (slf.get().event(), arguments).into_pyobject(slf.py())?))
    }

    #[staticmethod]
    #[pyo3(signature = (event, arguments, /))]
    fn _restore<'py>(event: &str, arguments: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        arguments.py().get_type::<Self>().getattr(event)?.call((), Some(arguments))
    }
}
