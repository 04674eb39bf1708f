//! The results of the lifecycle calls, except a create's `Created`.

use std::hash::{Hash, Hasher};

use pyo3::{IntoPyObjectExt, prelude::*, types::PyTuple};

use crate::{
    attempt::Attempt,
    existing::{Difference, Webhook},
    many::Many,
};

/// A webhook that was replaced or deleted, and the attempts.
#[pyclass(frozen, eq, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed {
    /// The id of the webhook.
    id: String,
    /// The attempts, in order; the last one succeeded.
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

impl From<leadsquared_webhooks::call::Changed> for Changed {
    fn from(changed: leadsquared_webhooks::call::Changed) -> Self {
        let leadsquared_webhooks::call::Changed { id, attempts } = changed;
        Self { id: id.to_string(), attempts: attempts.iter().map(Attempt::from).collect() }
    }
}

/// What became of one desired webhook: what was done, and its state now. In a plan: what would be
/// done, and its current state.
#[pyclass(frozen, eq, hash, get_all, new = "from_fields", from_py_object, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reconciled {
    /// Its id; ``None`` if there is none.
    id: Option<String>,
    /// What was done: ``existed`` (nothing), ``created``, ``updated``, ``pruned``, ``rolled_back``
    /// (it was created with a different event or URL, and deleted again), or ``withheld`` (nothing
    /// was sent, because an earlier create resulted or may have resulted in a different webhook).
    action: String,
    /// Its state: ``delivering``, ``disabled`` (only a person can enable it, in LeadSquared's UI),
    /// ``mismatch`` (a different event or URL than desired), ``unverified`` or ``absent``.
    state: String,
    /// For ``disabled`` its status; for ``unverified`` the reason: ``not_seen``, ``not_reported``,
    /// ``not_read``, ``properties`` or ``candidate``.
    why: Option<String>,
    /// Whether it is as desired: it delivers, or it was pruned.
    ok: bool,
    /// Whether something was changed; in a plan, whether it would be.
    changes: bool,
    /// Whether the draft sets a part that cannot be read back and that no state file contains, so
    /// that it is unknown whether it differs.
    has_unobservable: bool,
    /// Where it differs, or may differ, from what is desired.
    differences: Many<Difference>,
    /// The ids of other webhooks with the same event, URL and properties, which deliver every event
    /// again.
    duplicates: Many<String>,
    /// The ids of webhooks that this run created and deleted again: a duplicate, or a mismatch.
    removed: Many<String>,
    /// Its attempts, in order.
    attempts: Many<Attempt>,
}

/// Equal values have equal hashes: the attempts are left out.
impl Hash for Reconciled {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.id, &self.action, &self.state, &self.why, &self.differences).hash(hasher);
    }
}

#[pymethods]
impl Reconciled {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str) = ("id", "action", "state");

    fn __repr__(&self) -> String {
        let Self { id, action, state, why, duplicates, .. } = self;
        let id = id.as_ref().map_or("None".to_owned(), |id| format!("{id:?}"));
        let why = why.as_ref().map(|why| format!(", why={why:?}")).unwrap_or_default();
        let duplicates = match duplicates.0.len() {
            0 => String::new(),
            number => format!(", duplicates={number}"),
        };
        format!("Reconciled(id={id}, action={action:?}, state={state:?}{why}{duplicates})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self {
            id,
            action,
            state,
            why,
            ok,
            changes,
            has_unobservable,
            differences,
            duplicates,
            removed,
            attempts,
        } = slf.get().clone();
        let parts = (
            id,
            action,
            state,
            why,
            ok,
            changes,
            has_unobservable,
            differences,
            duplicates,
            removed,
            attempts,
        );
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

impl From<leadsquared_webhooks::reconcile::Reconciled> for Reconciled {
    fn from(reconciled: leadsquared_webhooks::reconcile::Reconciled) -> Self {
        let (ok, changes) = (reconciled.is_ok(), reconciled.changes());
        let has_unobservable = reconciled.has_unobservable();
        let leadsquared_webhooks::reconcile::Reconciled {
            id,
            action,
            state,
            differences,
            duplicates,
            removed,
            attempts,
        } = reconciled;
        Self {
            id: id.map(|id| id.to_string()),
            action: action.as_str().to_owned(),
            state: state.as_str().to_owned(),
            why: state.why(),
            ok,
            changes,
            has_unobservable,
            differences: differences.into_iter().map(Difference::from).collect(),
            duplicates: duplicates.iter().map(ToString::to_string).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
            attempts: attempts.iter().map(Attempt::from).collect(),
        }
    }
}

/// Webhooks as a tuple.
pub(crate) fn listed(py: Python<'_>, webhooks: Vec<leadsquared_webhooks::Webhook>) -> PyResult<Py<PyAny>> {
    webhooks.into_iter().map(Webhook).collect::<Many<_>>().into_py_any(py)
}
