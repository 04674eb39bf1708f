//! The progress of a run, and what it waits for.

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    task::Waker,
};

use leadsquared_webhooks::{
    call::OnProgress,
    manifest::LockWait,
    reconcile::{Waiting, WaitingFor},
};
use pyo3::{prelude::*, types::PyTuple};

use crate::{existing::masked, process};

/// The progress of a run, and what it waits for.
#[pyclass(frozen, eq, hash, get_all, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// ``webhooks``: ``count`` desired webhooks of the account are finished; ``account``: the whole
    /// account is finished; ``resumed``: ``count`` creates of an interrupted run are resolved
    /// first; ``waiting``: the run waits for a webhook that may show up; ``locked``: the run waits
    /// for another run that uses the state file.
    kind: String,
    /// The account's name; empty outside of a manifest, and for ``locked``.
    account: String,
    /// The number of webhooks or creates.
    count: u64,
    /// The reason for the wait: ``lost_create`` (the response of a create was lost) or
    /// ``created_webhook`` (the list does not show it yet).
    why: Option<String>,
    /// The event's name of the awaited webhook, as the API returns it, or ``code N``.
    event: Option<String>,
    /// Its URL in full; ``repr`` masks the values of its query.
    url: Option<String>,
    /// The seconds until the next list.
    time: Option<f64>,
    /// The maximum number of seconds until the end of the wait.
    at_most: Option<f64>,
    /// The state file that another run uses.
    path: Option<String>,
    /// That run, if its lock names it: process, host and start time.
    holder: Option<String>,
}

/// Equal values have equal hashes: the durations are left out.
impl Hash for Progress {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.kind, &self.account, self.count, &self.url).hash(hasher);
    }
}

#[pymethods]
impl Progress {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str) = ("kind", "account", "count");

    #[new]
    #[pyo3(signature = (kind, account=String::new(), count=0, why=None, event=None, url=None, time=None, at_most=None, path=None, holder=None), text_signature = "(kind, account='', count=0, why=None, event=None, url=None, time=None, at_most=None, path=None, holder=None)")]
    fn new(
        kind: String,
        account: String,
        count: u64,
        why: Option<String>,
        event: Option<String>,
        url: Option<String>,
        time: Option<f64>,
        at_most: Option<f64>,
        path: Option<String>,
        holder: Option<String>,
    ) -> Self {
        Self { kind, account, count, why, event, url, time, at_most, path, holder }
    }

    fn __repr__(&self) -> String {
        let Self { kind, account, count, why, event, url, time: _, at_most, path, holder } = self;
        let mut shown = vec![format!("kind={kind:?}, account={account:?}, count={count}")];
        let url = url.as_deref().map(masked);
        let texts = [("why", why), ("event", event), ("url", &url), ("path", path), ("holder", holder)];
        shown.extend(texts.iter().filter_map(|(name, text)| Some(format!("{name}={:?}", text.as_ref()?))));
        shown.extend(at_most.map(|seconds| format!("at_most={seconds:?}")));
        format!("Progress({})", shown.join(", "))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { kind, account, count, why, event, url, time, at_most, path, holder } = slf.get();
        let parts = (kind, account, count, why, event, url, time, at_most, path, holder);
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

impl From<&leadsquared_webhooks::call::Progress> for Progress {
    fn from(progress: &leadsquared_webhooks::call::Progress) -> Self {
        use leadsquared_webhooks::call::Progress::{Account, Locked, Resumed, Waiting as Waits, Webhooks};
        let of = |kind: &str, account: &str, count: usize| Self {
            kind: kind.to_owned(),
            account: account.to_owned(),
            count: count as u64,
            ..Self::default()
        };
        match progress {
            Webhooks { account, ended } => of("webhooks", account, *ended),
            Account { account } => of("account", account, 0),
            Resumed { account, creates } => of("resumed", account, *creates),
            Waits { account, waiting: Waiting { time, at_most, why, desired } } => Self {
                why: Some(match why {
                    WaitingFor::LostCreate => "lost_create".to_owned(),
                    WaitingFor::CreatedWebhook => "created_webhook".to_owned(),
                }),
                event: Some(desired.event_text()),
                url: Some(desired.url().to_owned()),
                time: Some(time.as_secs_f64()),
                at_most: Some(at_most.as_secs_f64()),
                ..of("waiting", account, 0)
            },
            Locked(LockWait { path, holder, timeout }) => Self {
                path: Some(path.display().to_string()),
                holder: holder.as_ref().map(ToString::to_string),
                at_most: Some(timeout.as_secs_f64()),
                ..of("locked", "", 0)
            },
        }
    }
}

/// The reported but not yet delivered progress of a run. A run never waits for the delivery.
#[derive(Clone, Default)]
pub(crate) struct News(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    reported: Vec<Progress>,
    waker: Option<Waker>,
}

impl News {
    /// The callback for a run whose progress is buffered here.
    pub(crate) fn on_progress(&self) -> OnProgress {
        let news = self.clone();
        OnProgress::new(move |progress| {
            let mut heard = news.0.lock().unwrap_or_else(PoisonError::into_inner);
            heard.reported.push(progress.into());
            if let Some(waker) = heard.waker.take() {
                waker.wake();
            }
        })
    }

    /// Takes the progress reported since the last call.
    pub(crate) fn take(&self) -> Vec<Progress> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).reported)
    }

    /// Sets the waker for the next report.
    pub(crate) fn wakes(&self, waker: &Waker) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.reported.is_empty() {
            heard.waker = Some(waker.clone());
        } else {
            waker.wake_by_ref();
        }
    }
}

/// The progress of a call, and the Python function that receives it.
pub(crate) type Hear<'a> = Option<(&'a News, &'a Py<PyAny>)>;

/// Calls a Python function with each report.
pub(crate) fn report(py: Python<'_>, hear: &Py<PyAny>, reported: Vec<Progress>) -> PyResult<()> {
    for progress in reported {
        process::call(hear.bind(py), &(progress,).into_pyobject(py)?, None)?;
    }
    Ok(())
}
