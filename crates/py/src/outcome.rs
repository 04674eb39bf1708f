//! What the calls of a webhook's life come back with, beside a create's `Created`.

use leadsquared_webhooks::{Change, Verification};
use pyo3::{IntoPyObjectExt, prelude::*, types::PyTuple};

use crate::{
    attempt::Attempt,
    existing::{Difference, Webhook},
    many::Many,
    time::Moment,
};

/// A webhook that was replaced or deleted, and what it took.
#[pyclass(frozen, eq, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed {
    /// Which one.
    id: String,
    /// What was tried, in order; the last one succeeded.
    attempts: Many<Attempt>,
}

#[pymethods]
impl Changed {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("id", "attempts");

    fn __repr__(&self) -> String {
        format!("Changed(id={:?}, attempts={})", self.id, self.attempts.0.len())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { id, attempts } = slf.get().clone();
        Ok((slf.get_type().into_any(), (id, attempts).into_pyobject(slf.py())?))
    }
}

impl From<leadsquared_webhooks::Changed> for Changed {
    fn from(changed: leadsquared_webhooks::Changed) -> Self {
        let leadsquared_webhooks::Changed { id, attempts } = changed;
        Self { id: id.to_string(), attempts: attempts.iter().map(Attempt::from).collect() }
    }
}

/// A webhook that now exists, and whether it is what was asked for.
#[pyclass(frozen, eq, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verified {
    /// The vendor's name for it.
    id: String,
    /// What was tried, in order; the last one succeeded.
    attempts: Many<Attempt>,
    /// ``same``: event, URL, state and properties are those that were asked for; or ``unverified``.
    verification: String,
    /// Why nobody can tell: ``not_seen`` (the list does not show it yet), ``not_told`` (without event, URL or state),
    /// ``unknown_event`` (a raw number) or ``not_read`` (reading failed); ``None`` when it is the same.
    why: Option<String>,
}

#[pymethods]
impl Verified {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str, &str) = ("id", "attempts", "verification", "why");

    fn __repr__(&self) -> String {
        let Self { id, verification, attempts: _, why } = self;
        let why = why.as_ref().map(|why| format!(", why={why:?}")).unwrap_or_default();
        format!("Verified(id={id:?}, verification={verification:?}{why})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { id, attempts, verification, why } = slf.get().clone();
        Ok((slf.get_type().into_any(), (id, attempts, verification, why).into_pyobject(slf.py())?))
    }
}

impl From<leadsquared_webhooks::Verified> for Verified {
    fn from(verified: leadsquared_webhooks::Verified) -> Self {
        let leadsquared_webhooks::Verified { id, attempts, verification } = verified;
        let (verification, why, _) = told(verification);
        let attempts = attempts.iter().map(Attempt::from).collect();
        Self { id: id.to_string(), attempts, verification, why }
    }
}

/// What a verification is called, why nobody can tell, and what differs.
fn told(verification: Verification) -> (String, Option<String>, Many<Difference>) {
    match verification {
        Verification::Same => ("same".to_owned(), None, Many::default()),
        Verification::Unverified { why } => {
            ("unverified".to_owned(), Some(why.as_str().to_owned()), Many::default())
        }
        Verification::Different { differences, got: _ } => {
            ("different".to_owned(), None, differences.into_iter().map(Difference::from).collect())
        }
    }
}

/// What became of a create whose outcome was unknown.
#[pyclass(frozen, eq, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resolution {
    /// ``found``: there is one such webhook (nobody can tell it from an older one alike). ``several``: twins. ``not_seen``: none, and
    /// too early to say that there will be none. ``absent``: none after the settling time, so it may be sent again.
    kind: String,
    /// Those that were found.
    webhooks: Many<Webhook>,
    /// For ``not_seen``: when it will not be too early any more, an aware ``datetime`` in UTC.
    settled_at: Option<Moment>,
}

#[pymethods]
impl Resolution {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str) = ("kind", "webhooks", "settled_at");

    fn __repr__(&self) -> String {
        let ids: Vec<_> = self.webhooks.0.iter().map(|webhook| webhook.0.id.as_str()).collect();
        format!("Resolution(kind={:?}, webhooks={ids:?})", self.kind)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { kind, webhooks, settled_at } = slf.get().clone();
        Ok((slf.get_type().into_any(), (kind, webhooks, settled_at).into_pyobject(slf.py())?))
    }
}

impl From<leadsquared_webhooks::Resolution> for Resolution {
    fn from(resolution: leadsquared_webhooks::Resolution) -> Self {
        use leadsquared_webhooks::Resolution::{Absent, Found, NotSeen, Several};
        let kind = resolution.as_str().to_owned();
        let (webhooks, settled_at) = match resolution {
            Found(webhook) => (vec![webhook], None),
            Several(webhooks) => (webhooks, None),
            NotSeen { settled_at } => (Vec::new(), Some(settled_at.into())),
            Absent => (Vec::new(), None),
        };
        Self { kind, webhooks: webhooks.into_iter().map(Webhook).collect(), settled_at }
    }
}

/// What was done so that one webhook of an event, a URL and properties exists.
#[pyclass(frozen, eq, get_all, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ensured {
    /// The one that exists.
    id: String,
    /// What was done: ``existed`` (nothing), ``created``, ``updated``, or ``disabled``: it is there and does not deliver, which only a
    /// person can mend, in the vendor's UI.
    change: String,
    /// What was replaced by an update, or is not as asked for after a create.
    differences: Many<Difference>,
    /// For ``disabled``: ``disabled``, ``disabled_by_failures``, or ``status_`` and another number.
    status: Option<String>,
    /// For ``created``: ``same``, ``different`` or ``unverified``.
    verification: Option<String>,
    /// For ``unverified``: why, as in ``Verified``.
    why: Option<String>,
    /// The ids of others of the same event, URL and properties, which deliver everything once more.
    surplus: Many<String>,
    /// The ids of those that were created here and deleted again, because another existed.
    removed: Many<String>,
}

#[pymethods]
impl Ensured {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("id", "change");

    #[new]
    #[expect(clippy::too_many_arguments, reason = "so much is told of what was done")]
    fn new(
        id: String,
        change: String,
        differences: Many<Difference>,
        status: Option<String>,
        verification: Option<String>,
        why: Option<String>,
        surplus: Many<String>,
        removed: Many<String>,
    ) -> Self {
        Self { id, change, differences, status, verification, why, surplus, removed }
    }

    fn __repr__(&self) -> String {
        let Self { id, change, surplus, .. } = self;
        let surplus = match surplus.0.len() {
            0 => String::new(),
            number => format!(", surplus={number}"),
        };
        format!("Ensured(id={id:?}, change={change:?}{surplus})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { id, change, differences, status, verification, why, surplus, removed } = slf.get().clone();
        let parts = (id, change, differences, status, verification, why, surplus, removed);
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

impl From<leadsquared_webhooks::Ensured> for Ensured {
    fn from(ensured: leadsquared_webhooks::Ensured) -> Self {
        let leadsquared_webhooks::Ensured { id, change, surplus, removed } = ensured;
        let name = change.as_str().to_owned();
        let mut made = Self {
            id: id.to_string(),
            change: name,
            differences: Many::default(),
            status: None,
            verification: None,
            why: None,
            surplus: surplus.iter().map(ToString::to_string).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
        };
        match change {
            Change::Existed => {}
            Change::Created(verification) => {
                let (verification, why, differences) = told(verification);
                (made.verification, made.why, made.differences) = (Some(verification), why, differences);
            }
            Change::Updated(differences) => {
                made.differences = differences.into_iter().map(Difference::from).collect();
            }
            Change::Disabled(status) => made.status = Some(status.to_string()),
        }
        made
    }
}

/// Webhooks as a tuple.
pub(crate) fn listed(py: Python<'_>, webhooks: Vec<leadsquared_webhooks::Webhook>) -> PyResult<Py<PyAny>> {
    webhooks.into_iter().map(Webhook).collect::<Many<_>>().into_py_any(py)
}
