//! The blocking client.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use leadsquared_webhooks::call::CallId;
use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
    types::{PyDict, PyTuple, PyType},
};

use crate::{
    answer::Answer,
    logging, options, pending,
    process::{Owned, PerProcess},
    progress::{Hear, News},
    quota::Quota,
    request::{self, Prepared},
    runtime::BlockingClient,
    settings::Settings,
    ticket::Ticket,
    webhook::NewWebhook,
};

/// A client for one account. Threads may share it; a child process after ``fork()`` may keep using
/// it, with separate connections, quota and pending creates.
///
/// ``host`` is the account's host, such as ``"api-in21.leadsquared.com"``: https only, or http for
/// loopback. ``access_key`` and ``secret_key`` are the account's keys; no output of this package
/// shows them. Durations are in seconds, as numbers or ``timedelta``.
///
/// - ``auth``: where the keys are sent, ``"query"`` (default, the only form *observed* on this
///   service) or ``"headers"`` (recommended by LeadSquared, *documented*).
/// - ``codes``: the table of event codes, ``"documented"`` (default) or ``"observed"``.
/// - ``custom_headers_form``: how custom headers are sent, ``"array"`` (default, *documented* by a
///   sample) or ``"json_string"``, a string that contains that array (*inferred* from the page's
///   text). No response to either form has been observed.
/// - ``quota``: the account's quota, a ``Quota`` to share with other clients, ``"CALLS/SECONDS"``
///   or several of these. Default: 25 calls in 5 s, as *documented*. ``quota_wait``: the longest
///   wait for the quota. Default: unlimited.
/// - ``timeout``: the deadline of a call from its admission by the quota, retries and waits
///   included. Default 30.
/// - ``connect_timeout``: the timeout for opening a connection, TLS included. Default 5.
/// - ``attempts``: the maximum number of attempts for a call, the first one included. Default 4.
/// - ``backoff``, ``longest_backoff``: the longest wait before the second attempt, doubled for each
///   further one, and the longest wait overall. Defaults 0.5 and 8, with full jitter.
/// - ``roots``: where the root certificates come from, ``"platform"`` (default) or ``"bundled"``
///   with this package.
/// - ``root_certificates``: additional root certificates, each in DER.
/// - ``proxies_from_env``: whether to use the proxies from ``HTTPS_PROXY``, ``ALL_PROXY`` and
///   ``NO_PROXY``. Default: no, except in ``from_env``.
///
/// Raises ``ConfigError`` with all problems at once, and issues a ``LeadSquaredWarning``
/// (``foreign_host``) if the keys are sent to a host outside ``leadsquared.com``, loopback
/// excepted.
///
/// >>> with Client(
/// ...     host="api.leadsquared.com", access_key="access", secret_key="secret", timeout=10
/// ... ) as client:
/// ...     client
/// Client(host="https://api.leadsquared.com", auth="query", codes="documented")
/// >>> Client(host="http://api.leadsquared.com", access_key="", secret_key="secret")
/// Traceback (most recent call last):
/// leadsquared_webhooks.exceptions.ConfigError: host: "http://api.leadsquared.com" would not be
/// called over https; http is for loopback alone; access_key: the key is blank
#[pyclass(frozen, weakref, module = "leadsquared_webhooks")]
pub(crate) struct Client {
    settings: Settings,
    live: PerProcess<BlockingClient>,
    closed: AtomicBool,
}

impl Client {
    fn build(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        let live = PerProcess::new(live(py, &settings)?);
        Ok(Self { settings, live, closed: AtomicBool::new(false) })
    }

    /// The client of this process.
    fn live(&self, py: Python<'_>) -> PyResult<Arc<Owned<BlockingClient>>> {
        self.live.get(|| live(py, &self.settings))
    }

    fn open(&self, py: Python<'_>) -> PyResult<Arc<Owned<BlockingClient>>> {
        if self.closed.load(Ordering::Acquire) {
            return Err(PyRuntimeError::new_err("the client is closed"));
        }
        self.live(py)
    }
}

fn live(py: Python<'_>, settings: &Settings) -> PyResult<BlockingClient> {
    BlockingClient::new(settings.client(py)?).map_err(|problem| PyOSError::new_err(problem.to_string()))
}

/// Runs a call and waits for it.
fn run(
    py: Python<'_>,
    live: &Arc<Owned<BlockingClient>>,
    hear: Hear<'_>,
    call: impl Prepared,
) -> PyResult<Py<PyAny>> {
    logging::during(py, || BlockingClient::wait(live, py, hear, call))
        .and_then(|answer| answer.into_python(py))
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(
        signature = (**settings),
        text_signature = "(*, host, access_key, secret_key, auth=None, codes=None, custom_headers_form=None, quota=None, quota_wait=None, timeout=None, connect_timeout=None, attempts=None, backoff=None, longest_backoff=None, roots=None, root_certificates=None, proxies_from_env=None)"
    )]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::build(py, Settings::read(py, settings, 0)?)
    }

    /// Builds a client from ``LEADSQUARED_HOST``, ``LEADSQUARED_ACCESS_KEY``,
    /// ``LEADSQUARED_SECRET_KEY`` and, if set, ``LEADSQUARED_AUTH``, with the proxies of the
    /// environment. Further settings are those of ``Client``.
    ///
    /// Raises ``ConfigError`` with every variable that is missing or wrong.
    ///
    /// >>> with Client.from_env(timeout=10) as client:
    /// ...     client.pending()
    /// ()
    #[classmethod]
    #[pyo3(
        signature = (**settings),
        text_signature = "($cls, *, auth=None, codes=None, custom_headers_form=None, quota=None, quota_wait=None, timeout=None, connect_timeout=None, attempts=None, backoff=None, longest_backoff=None, roots=None, root_certificates=None, proxies_from_env=None)"
    )]
    fn from_env(class: &Bound<'_, PyType>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = class.py();
        Self::build(py, Settings::from_env(py, settings, 0)?)
    }

    /// Creates a webhook and waits for its id: ``POST /v2/Webhook.svc/Create``, *documented*.
    ///
    /// It is sent again only if it was not applied: the connection never opened, or the quota was
    /// exceeded.
    ///
    /// ``timeout`` (seconds or ``timedelta``), ``attempts`` and ``quota_wait`` override the
    /// client's settings for this call.
    ///
    /// Raises ``CallError``; its ``outcome`` distinguishes three cases:
    ///
    /// - ``"not_sent"``: no connection, not admitted by the quota, timed out before anything was
    ///   sent, or cancelled (``ConnectError``, ``QuotaWaitError``, ``RequestTimeoutError``,
    ///   ``CallCancelledError``). Retry.
    /// - ``"refused"``: invalid keys, invalid input, a duplicate, a persistent rate limit
    ///   (``ApiError`` and its subclasses). Fix the request.
    /// - ``"unknown"``: the response was lost, late or unreadable (``InterruptedCallError``,
    ///   ``RequestTimeoutError``, ``UnexpectedResponseError``, ``ServerError``). Check whether the
    ///   webhook exists before retrying: a second create makes a duplicate.
    ///
    /// Ctrl-C, like any exception from a signal handler, withdraws a create that was not sent: it
    /// leaves the queue, ``pending`` and the quota. A create that was sent continues: its outcome
    /// appears in ``pending`` and is taken by ``take_outcome``.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(
    /// ...         NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// ...     )
    /// >>> len(created.id), [attempt.result for attempt in created.attempts]
    /// (36, ['ok'])
    #[pyo3(signature = (webhook, *, timeout=None, attempts=None, quota_wait=None))]
    fn create(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        timeout: Option<&Bound<'_, PyAny>>,
        attempts: Option<u32>,
        quota_wait: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let options = options::read(py, timeout, attempts, quota_wait)?;
        let live = self.open(py)?;
        let webhook = &webhook.get().0;
        logging::during(py, || {
            BlockingClient::wait(&live, py, None, options.of(live.client.create(webhook)).into_future())
        })
        .and_then(|outcome| Answer::Created(outcome).into_python(py))
    }

    /// Lists the account's webhooks: ``POST /v2/Webhook.svc/Retrieve``, *documented*. Pages are
    /// fetched as needed; their total is checked against the count that the API reports.
    ///
    /// - ``event``: only webhooks with this event: its name, such as ``lead_create``, or
    ///   LeadSquared's name or number, such as ``Lead_Post_Create`` or ``3``.
    /// - ``status``: only webhooks with this status: ``enabled``, ``disabled``,
    ///   ``disabled_by_failures``, or a number.
    /// - ``id``: only this webhook. ``text``: only webhooks in whose name or description this text
    ///   is found, *documented*; URLs are not searched.
    ///
    /// A webhook that was just created may be missing: the delay of the list is unknown.
    ///
    /// Raises ``CallError``; a read may always be repeated. Raises ``ConfigError`` for an unknown
    /// event or status.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(
    /// ...         NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// ...     )
    /// ...     [(webhook.url, webhook.status) for webhook in client.list(event="lead_create")]
    /// [('https://example.com/hooks', 'enabled')]
    #[pyo3(signature = (*, event=None, status=None, id=None, text=None))]
    fn list(
        &self,
        py: Python<'_>,
        event: Option<&str>,
        status: Option<&Bound<'_, PyAny>>,
        id: Option<&str>,
        text: Option<String>,
    ) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::list(py, live.client.clone(), event, status, id, text)?)
    }

    /// Returns the webhook with this id, or ``None`` if the list does not show it.
    ///
    /// Raises ``CallError`` as ``list`` does, and ``ConfigError`` for a blank id.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     print(client.get("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"))
    /// None
    fn get(&self, py: Python<'_>, id: &str) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::get(py, live.client.clone(), id)?)
    }

    /// Replaces a webhook completely: ``POST /v2/Webhook.svc/Update``, *documented*; that nothing
    /// of the old one remains is *inferred*. It is idempotent, and is retried after a lost
    /// response.
    ///
    /// Raises ``CallError``; ``outcome`` is ``"unknown"`` if every response was lost: the old or
    /// the new webhook exists.
    ///
    /// Ctrl-C withdraws an update that was not sent; one that was sent continues.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(
    /// ...         NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// ...     )
    /// ...     moved = NewWebhook(url="https://example.com/moved", trigger=Trigger.lead_create())
    /// ...     client.update(created.id, moved).attempts[-1].result, client.get(created.id).url
    /// ('ok', 'https://example.com/moved')
    fn update(&self, py: Python<'_>, id: &str, webhook: &Bound<'_, NewWebhook>) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::update(py, live.client.clone(), id, webhook)?)
    }

    /// Deletes a webhook: ``GET /v2/Webhook.svc/Delete``, *documented*, confirmed by reading,
    /// because the form of its response is unknown.
    ///
    /// Raises ``CallError``: ``UnconfirmedError`` if the list still shows the webhook (kind
    /// ``still_listed``) or cannot be read (kind ``unconfirmed``). The outcome is unknown in both
    /// cases.
    ///
    /// Ctrl-C withdraws a delete that was not sent; one that was sent continues.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(
    /// ...         NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// ...     )
    /// ...     client.delete(created.id).id == created.id, client.list()
    /// (True, ())
    fn delete(&self, py: Python<'_>, id: &str) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::delete(py, live.client.clone(), id)?)
    }

    /// Creates a webhook and reads it back: event, URL, state and properties are compared. Only
    /// this shows which of the two tables of event codes an account uses.
    ///
    /// ``on_mismatch``: what happens to a webhook that was created with a different event or URL,
    /// ``"keep"`` (default: nothing is deleted unless requested) or ``"roll_back"``: it is deleted
    /// again. The result's ``ok`` says whether it is as desired.
    ///
    /// Raises ``CallError`` as ``create`` does, and ``UnconfirmedError`` with the ``id`` if the
    /// list could not be read.
    ///
    /// Ctrl-C withdraws a create that was not sent; one that was sent continues, and is not read
    /// back.
    ///
    /// >>> webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// >>> with Client.from_env() as client:
    /// ...     client.create_verified(webhook)
    /// Reconciled(id="...", action="created", state="delivering")
    /// >>> with Client.from_env() as client:
    /// ...     client.create_verified(webhook, on_mismatch="rollback")
    /// Traceback (most recent call last):
    /// leadsquared_webhooks.exceptions.ConfigError: on_mismatch: "rollback" is not keep or
    /// roll_back
    #[pyo3(signature = (webhook, *, on_mismatch="keep"))]
    fn create_verified(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        on_mismatch: &str,
    ) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::create_verified(py, live.client.clone(), webhook, on_mismatch)?)
    }

    /// Finds out by reading whether a create was applied.
    ///
    /// The result's ``state`` is that of the existing webhook, ``absent`` if the create was not
    /// applied, or ``unverified`` if it is too early to decide. **An immediately empty list proves
    /// nothing**: the request may still be in flight, and the list may be delayed.
    ///
    /// - ``consistency_window``: how long after it was sent a create may still show up. Default 60,
    ///   a bound chosen by this package.
    /// - ``max_wait``: how long this call keeps listing. Default: until the consistency window
    ///   ends.
    /// - ``on_progress``: called with a ``Progress`` in this thread when the call waits. An
    ///   exception that it raises ends the call as Ctrl-C does.
    ///
    /// Durations are in seconds, as numbers or ``timedelta``. Raises ``CallError`` as ``list``
    /// does.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     sandbox.fault("apply_then_close")
    /// ...     try:
    /// ...         client.create(
    /// ...             NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// ...         )
    /// ...     except CallError as error:
    /// ...         client.resolve(error.ticket)
    /// Reconciled(id="...", action="existed", state="delivering")
    #[pyo3(
        signature = (ticket, *, on_progress=None, **keywords),
        text_signature = "($self, ticket, *, consistency_window=None, max_wait=None, on_progress=None)"
    )]
    fn resolve(
        &self,
        py: Python<'_>,
        ticket: &Bound<'_, Ticket>,
        on_progress: Option<Py<PyAny>>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let (live, news) = (self.open(py)?, News::default());
        let call = request::resolve(py, live.client.clone(), ticket, keywords, news.on_progress())?;
        run(py, &live, on_progress.as_ref().map(|hear| (&news, hear)), call)
    }

    /// Ensures that a webhook with this event, URL and properties exists, without creating
    /// duplicates: declarative, and safe to run again. The result's ``ok`` says whether it is as
    /// desired; a disabled webhook is not, because only a person can enable it.
    ///
    /// It lists first, creates only what is known to be absent, and reads back what it created. If
    /// the response of a create was lost, it keeps listing until the webhook shows up or the
    /// consistency window ends. An existing webhook is adopted unchanged, and its ``differences``
    /// are listed. One that was created with a different event or URL is deleted again. Runs for
    /// the same webhook on one client are serialized.
    ///
    /// - ``overwrite``: whether an existing webhook is replaced if it differs or may differ,
    ///   including custom headers and everything else that cannot be read back. Default: no.
    /// - ``keep_mismatch``, ``keep_duplicates``: whether to keep a webhook that was created with a
    ///   different event or URL, and a duplicate that this run created. Default: no.
    /// - ``consistency_window``: how long after it was sent a create may still show up, in seconds
    ///   or as a ``timedelta``. Default 60, a bound chosen by this package.
    /// - ``tickets``: the tickets of creates of the same webhook whose outcome is unknown; nothing
    ///   is created before they are resolved.
    /// - ``on_progress``: called with a ``Progress`` in this thread when the run waits, and at the
    ///   end. An exception that it raises ends the run as Ctrl-C does.
    ///
    /// **Concurrent clients** may each list, find nothing and create. Each then finds the other's
    /// webhook on reading back, unless the list is delayed for longer; the client whose webhook has
    /// the greater id deletes its own.
    ///
    /// Raises ``CallError`` with the outcome of the whole run: ``"unknown"``, with a ticket, if the
    /// responses of creates were lost repeatedly, and with an ``id`` if a webhook was created but
    /// could not be read back.
    ///
    /// Ctrl-C ends the run: a create that was not sent is withdrawn; one that was sent continues,
    /// and appears in ``pending`` with its ticket.
    ///
    /// >>> webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// >>> with Client.from_env() as client:
    /// ...     [client.ensure(webhook).action for _ in range(2)]
    /// ['created', 'existed']
    #[pyo3(
        signature = (webhook, *, on_progress=None, **keywords),
        text_signature = "($self, webhook, *, overwrite=False, keep_mismatch=False, keep_duplicates=False, consistency_window=None, tickets=(), on_progress=None)"
    )]
    fn ensure(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        on_progress: Option<Py<PyAny>>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let (live, news) = (self.open(py)?, News::default());
        let call = request::ensure(py, live.client.clone(), webhook, keywords, news.on_progress())?;
        run(py, &live, on_progress.as_ref().map(|hear| (&news, hear)), call)
    }

    /// Whether the quota has admitted any create, update or delete of this client. A program that
    /// ends before that has changed nothing on the account.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     client.may_have_changed()
    /// False
    fn may_have_changed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.live(py)?.client.may_have_changed())
    }

    /// The creates that are queued or in flight, and those whose outcome has not been taken yet,
    /// oldest first: after Ctrl-C, or while another thread waits.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pending::list(py, &self.live(py)?.client)
    }

    /// Waits for a pending create to complete and takes its outcome; ``None`` if no such create is
    /// pending. At most 1,024 outcomes that were not taken are kept; beyond that the oldest known
    /// ones are dropped, and up to 16,384 unknown ones are kept.
    ///
    /// Raises ``CallError`` as ``create`` does: ``CallCancelledError``, not sent, if another caller
    /// withdrew the create.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     for call in client.pending():
    /// ...         print(call.webhook.url, client.take_outcome(call.id))
    /// ...     client.take_outcome(7)
    fn take_outcome(&self, py: Python<'_>, id: u64) -> PyResult<Py<PyAny>> {
        let live = self.live(py)?;
        logging::during(py, || {
            BlockingClient::wait(&live, py, None, live.client.take_outcome(CallId::new(id)))
        })
        .and_then(|outcome| Answer::OutcomeTaken(outcome).into_python(py))
    }

    /// Withdraws a pending create, by its ``PendingCall.id``, that was not sent. It leaves the
    /// queue, ``pending`` and the quota, and a caller that waits for it gets a
    /// ``CallCancelledError``, not sent.
    ///
    /// Returns ``"withdrawn"``; ``"already_sent"`` if its request was sent: ``take_outcome`` takes
    /// its outcome, and it is not sent again; ``"no_such_call"`` if no such create is pending.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     client.cancel(7)
    /// 'no_such_call'
    fn cancel(&self, py: Python<'_>, id: u64) -> PyResult<&'static str> {
        Ok(self.live(py)?.client.cancel(CallId::new(id)).as_str())
    }

    /// Waits until no create, update or delete is queued or in flight. Call it before the program
    /// ends, so that none is interrupted. The outcomes of creates remain available to
    /// ``take_outcome``.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        let live = self.live(py)?;
        logging::during(py, || BlockingClient::wait(&live, py, None, live.client.drain()))
    }

    /// The account's quota.
    #[getter]
    fn quota(&self, py: Python<'_>) -> Py<Quota> {
        self.settings.quota.clone_ref(py)
    }

    /// Closes the connections. Further calls are refused; pending outcomes can still be taken.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if !self.closed.swap(true, Ordering::AcqRel) && self.live(py)?.client.pending().is_empty() {
            self.live.clear();
        }
        Ok(())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("Client({})", self.settings.shown())
    }
}
