//! The change of an opportunity's stage that triggers the event.

use crate::webhook::{
    members::{STAGE_FROM, STAGE_TO},
    name::StageName,
    raw_json::RawObject,
};

/// The change of stage that an opportunity stage event listens for.
///
/// Wire names `StageFrom` (*documented* by a sample) and `StageTo` (*inferred*), members of
/// `WebhookProperties`. Other members are unknown; they can be given in `properties`.
/// `WebhookProperties` is null if nothing is given.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::StageChange;
///
/// let change = StageChange::new(Some("Budget constraints".parse()?), None, None)?;
/// assert_eq!(change.from().map(|stage| stage.as_str()), Some("Budget constraints"));
/// let twice = StageChange::new(Some("A".parse()?), None, Some(r#"{"StageFrom":"B"}"#.parse()?));
/// assert!(twice.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StageChange {
    from: Option<StageName>,
    to: Option<StageName>,
    properties: Option<RawObject>,
}

impl StageChange {
    /// A change from one stage, to one stage, or both, with further properties.
    ///
    /// # Errors
    ///
    /// [`InvalidStageChange`] when the properties also contain a stage that is given.
    pub fn new(
        from: Option<StageName>,
        to: Option<StageName>,
        properties: Option<RawObject>,
    ) -> Result<Self, InvalidStageChange> {
        let problem =
            properties.iter().find_map(|given| Self::problems(from.is_some(), to.is_some(), given).next());
        problem.map_or(Ok(Self { from, to, properties }), Err)
    }

    /// Every given stage that the properties contain as well.
    pub(crate) fn problems(
        from: bool,
        to: bool,
        properties: &RawObject,
    ) -> impl Iterator<Item = InvalidStageChange> {
        let given = [(from, STAGE_FROM), (to, STAGE_TO)].into_iter();
        given.filter(|(given, key)| *given && properties.has(key)).map(|(_, key)| InvalidStageChange { key })
    }

    /// The stage before the change, if it matters.
    #[must_use]
    pub const fn from(&self) -> Option<&StageName> {
        self.from.as_ref()
    }

    /// The stage after the change, if it matters.
    #[must_use]
    pub const fn to(&self) -> Option<&StageName> {
        self.to.as_ref()
    }

    /// Further members of `WebhookProperties`.
    #[must_use]
    pub const fn properties(&self) -> Option<&RawObject> {
        self.properties.as_ref()
    }
}

/// The error for a stage that is given both separately and in the properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} is given twice, here and by its own key")]
pub struct InvalidStageChange {
    /// The member of the properties.
    pub key: &'static str,
}
