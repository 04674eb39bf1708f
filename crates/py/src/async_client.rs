//! The native half of the asynchronous client. A call is a Rust future that the event loop's thread
//! polls whenever the call is woken. The outcome therefore passes to Python in one step, with no
//! point at which a cancelled task could lose it. Expensive work runs in the background.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use leadsquared_webhooks::call::CallId;
use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
    types::{PyDict, PyTuple},
};
use tokio::runtime::Handle;

use crate::{
    answer::Answer,
    beside::Aborted,
    logging,
    many::Many,
    options, pending,
    process::{Owned, PerProcess},
    progress::{News, Progress as Reported},
    quota::Quota,
    request::{self, Prepared},
    runtime,
    settings::Settings,
    ticket::Ticket,
    wake_queue::WakeQueue,
    webhook::NewWebhook,
};

/// The native half of ``AsyncClient``.
#[pyclass(frozen, module = "leadsquared_webhooks._native")]
pub(crate) struct AsyncCalls {
    settings: Settings,
    live: PerProcess<leadsquared_webhooks::Client>,
    closed: AtomicBool,
}

impl AsyncCalls {
    fn build(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        let live = PerProcess::new(settings.client(py)?);
        Ok(Self { settings, live, closed: AtomicBool::new(false) })
    }

    /// The client of this process.
    fn live(&self, py: Python<'_>) -> PyResult<Arc<Owned<leadsquared_webhooks::Client>>> {
        self.live.get(|| self.settings.client(py))
    }

    fn open(&self, py: Python<'_>) -> PyResult<leadsquared_webhooks::Client> {
        if self.closed.load(Ordering::Acquire) {
            return Err(PyRuntimeError::new_err("the client is closed"));
        }
        Ok(leadsquared_webhooks::Client::clone(&*self.live(py)?))
    }
}

#[pymethods]
impl AsyncCalls {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::build(py, Settings::read(py, settings, 1)?)
    }

    /// Settings from the environment; keyword arguments take precedence.
    #[staticmethod]
    #[pyo3(signature = (**settings))]
    fn from_env(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::build(py, Settings::from_env(py, settings, 1)?)
    }

    /// Prepares a create: nothing happens until it is polled.
    #[pyo3(signature = (webhook, timeout, attempts, quota_wait))]
    fn create(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        timeout: Option<&Bound<'_, PyAny>>,
        attempts: Option<u32>,
        quota_wait: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let options = options::read(py, timeout, attempts, quota_wait)?;
        let (client, webhook) = (self.open(py)?, webhook.get().0.clone());
        Call::new(py, async move { Answer::Created(options.of(client.create(&webhook)).await) })
    }

    /// Prepares a list.
    fn list(
        &self,
        py: Python<'_>,
        event: Option<&str>,
        status: Option<&Bound<'_, PyAny>>,
        id: Option<&str>,
        text: Option<String>,
    ) -> PyResult<Call> {
        Call::beside(py, request::list(py, self.open(py)?, event, status, id, text)?)
    }

    /// Prepares to get one webhook.
    fn get(&self, py: Python<'_>, id: &str) -> PyResult<Call> {
        Call::beside(py, request::get(py, self.open(py)?, id)?)
    }

    /// Prepares an update.
    fn update(&self, py: Python<'_>, id: &str, webhook: &Bound<'_, NewWebhook>) -> PyResult<Call> {
        Call::beside(py, request::update(py, self.open(py)?, id, webhook)?)
    }

    /// Prepares a delete.
    fn delete(&self, py: Python<'_>, id: &str) -> PyResult<Call> {
        Call::beside(py, request::delete(py, self.open(py)?, id)?)
    }

    /// Prepares a create that is read back.
    fn create_verified(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        on_mismatch: &str,
    ) -> PyResult<Call> {
        Call::beside(py, request::create_verified(py, self.open(py)?, webhook, on_mismatch)?)
    }

    /// Prepares to resolve a create.
    fn resolve(
        &self,
        py: Python<'_>,
        ticket: &Bound<'_, Ticket>,
        keywords: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        let (client, news) = (self.open(py)?, News::default());
        let call = request::resolve(py, client, ticket, Some(keywords), news.on_progress())?;
        Call::reporting(py, news, call)
    }

    /// Prepares to ensure a webhook.
    fn ensure(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        keywords: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        let (client, news) = (self.open(py)?, News::default());
        let call = request::ensure(py, client, webhook, Some(keywords), news.on_progress())?;
        Call::reporting(py, news, call)
    }

    /// Whether the quota has admitted any call that changes the account.
    fn may_have_changed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.live(py)?.may_have_changed())
    }

    /// Prepares to wait for a pending create.
    fn take_outcome(&self, py: Python<'_>, id: u64) -> PyResult<Call> {
        let client = self.live(py)?;
        Call::new(py, async move { Answer::OutcomeTaken(client.take_outcome(CallId::new(id)).await) })
    }

    /// Withdraws a pending create that was not sent.
    fn cancel(&self, py: Python<'_>, id: u64) -> PyResult<&'static str> {
        Ok(self.live(py)?.cancel(CallId::new(id)).as_str())
    }

    /// Prepares to wait until no create, update or delete is queued or in flight.
    fn drain(&self, py: Python<'_>) -> PyResult<Call> {
        let client = self.live(py)?;
        Call::new(py, async move {
            client.drain().await;
            Answer::Drained
        })
    }

    /// The creates that are queued or in flight, and those whose outcome has not been taken yet.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pending::list(py, &*self.live(py)?)
    }

    /// The account's quota.
    #[getter]
    fn quota(&self, py: Python<'_>) -> Py<Quota> {
        self.settings.quota.clone_ref(py)
    }

    /// Refuses further calls.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if !self.closed.swap(true, Ordering::AcqRel) && self.live(py)?.pending().is_empty() {
            self.live.clear();
        }
        Ok(())
    }

    /// The settings without the keys.
    fn shown(&self) -> String {
        self.settings.shown()
    }
}

type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A call of an asynchronous client. If it is abandoned before it completes, a create that was not
/// sent is withdrawn.
#[pyclass(frozen, module = "leadsquared_webhooks._native")]
pub(crate) struct Call {
    number: u64,
    runtime: Handle,
    progress: Mutex<Owned<Progress>>,
    news: Owned<News>,
}

enum Progress {
    Waiting(Pending),
    Answered(Option<Answer>),
}

impl Call {
    fn new(py: Python<'_>, call: impl Future<Output = Answer> + Send + 'static) -> PyResult<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        logging::attend(py)?;
        let runtime = runtime::background().map_err(|problem| PyOSError::new_err(problem.to_string()))?;
        let progress = Mutex::new(Owned::new(Progress::Waiting(Box::pin(call))));
        Ok(Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            runtime,
            progress,
            news: Owned::new(News::default()),
        })
    }

    /// A call that runs in the background thread from its first poll until it completes or is
    /// dropped, because it does more work than a create, which mostly waits.
    pub(crate) fn beside(py: Python<'_>, call: impl Prepared) -> PyResult<Self> {
        Self::new(py, run_beside(call))
    }

    /// The same, for a call that reports progress.
    pub(crate) fn reporting(py: Python<'_>, news: News, call: impl Prepared) -> PyResult<Self> {
        Ok(Self { news: Owned::new(news), ..Self::beside(py, call)? })
    }
}

#[pymethods]
impl Call {
    /// The number of the call, which its waker carries.
    #[getter]
    fn number(&self) -> u64 {
        self.number
    }

    /// Polls the call, and returns whether it has completed. If not, it is woken through the queue
    /// once it may have.
    fn poll(&self, wake_queue: &Bound<'_, WakeQueue>) -> bool {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Progress::Waiting(future)) = progress.get_mut() else { return true };
        let _within = self.runtime.enter();
        let waker = wake_queue.get().waker(self.number);
        self.news.wakes(&waker);
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => false,
            Poll::Ready(answer) => {
                *progress = Owned::new(Progress::Answered(Some(answer)));
                true
            }
        }
    }

    /// The progress reported since the last call of this method.
    fn reported(&self) -> Many<Reported> {
        Many(if self.news.is_own() { self.news.take() } else { Vec::new() })
    }

    /// Drops the future. Python may keep the call object as long as the exception that ended the
    /// wait.
    fn abandon(&self) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.get_mut().is_some() {
            *progress = Owned::new(Progress::Answered(None));
        }
    }

    /// Takes the outcome of a completed call: its value, or its exception.
    fn take(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let answer = match self.progress.lock().unwrap_or_else(PoisonError::into_inner).get_mut() {
            Some(Progress::Answered(answer)) => answer.take(),
            _ => None,
        };
        logging::deliver(py)?;
        match answer {
            Some(answer) => answer.into_python(py),
            None => Err(PyRuntimeError::new_err("the call has not ended, or belongs to another process")),
        }
    }
}

async fn run_beside(call: impl Prepared) -> Answer {
    let mut task = Aborted(tokio::spawn(call));
    match (&mut task.0).await {
        Ok(answer) => answer,
        // Only its owner aborts the task, and the owner no longer exists then.
        Err(ended) => std::panic::resume_unwind(ended.into_panic()),
    }
}
