//! The client whose calls block.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use leadsquared_webhooks::CallId;
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

/// A client of one account. Threads may share it; a child after ``fork()`` may go on to use it,
/// with connections, a quota and pending creates of its own.
///
/// ``host`` is the account's host, such as ``"api-in21.leadsquared.com"``: always https, http for
/// loopback alone. ``access_key`` and ``secret_key`` are the account's keys; no output of this
/// package shows them. Lengths of time are in seconds, as numbers or ``timedelta``.
///
/// - ``auth``: where the keys travel, ``"query"`` (default, the one form *observed* on this
///   service) or ``"headers"`` (which the vendor recommends, *documented*).
/// - ``codes``: which number stands for which event, ``"documented"`` (default) or ``"observed"``.
/// - ``custom_headers_form``: how custom headers are sent, ``"array"`` (default, *documented* by a
///   sample) or ``"json_string"``, a string that holds that array (the page's text read so,
///   *inferred*). Nobody has seen either answered.
/// - ``quota``: the account's quota, a ``Quota`` to share with other clients, ``"CALLS/SECONDS"``
///   or several of these. Default: 25 calls in 5 s, as *documented*. ``quota_wait``: the longest
///   wait for it. Default: none, a call waits for its turn.
/// - ``timeout``: the deadline of a call from the moment that the quota admits it, retries and
///   waits included. Default 30.
/// - ``connect_timeout``: how long a connection may take to open, TLS included. Default 5.
/// - ``attempts``: the most attempts of a call, the first one included. Default 4.
/// - ``backoff``, ``longest_backoff``: the longest wait before the second attempt, doubled with
///   each further one, and the longest of all. Defaults 0.5 and 8, with full jitter.
/// - ``roots``: where the root certificates come from, ``"platform"`` (default) or ``"bundled"``
///   with this package.
/// - ``root_certificates``: further root certificates beside those, each in DER.
/// - ``proxies_from_env``: whether the proxies are used that ``HTTPS_PROXY``, ``ALL_PROXY`` and
///   ``NO_PROXY`` name. Default: not, except by ``from_env``.
///
/// Raises ``ConfigError`` with all that is wrong at once, and gives a ``LeadSquaredWarning``
/// (``foreign_host``) when the keys go to a host that is not below ``leadsquared.com``, loopback
/// excepted.
///
/// >>> with Client(host="api.leadsquared.com", access_key="access", secret_key="secret", timeout=10) as client:
/// ...     client
/// Client(host="https://api.leadsquared.com", auth="query", codes="documented")
/// >>> Client(host="http://api.leadsquared.com", access_key="", secret_key="secret")
/// Traceback (most recent call last): leadsquared_webhooks.exceptions.ConfigError: host:
/// "http://api.leadsquared.com" would not be called over https; http is for loopback alone;
/// access_key: the key is blank
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

    /// This process's own.
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

    /// A client from ``LEADSQUARED_HOST``, ``LEADSQUARED_ACCESS_KEY``, ``LEADSQUARED_SECRET_KEY``
    /// and, if it is there, ``LEADSQUARED_AUTH``; proxies as the environment says. Further settings
    /// are those of ``Client``.
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
    /// It is sent again only when it was not applied: the connection never opened, or the quota was
    /// exceeded.
    ///
    /// ``timeout`` (seconds or ``timedelta``), ``attempts`` and ``quota_wait`` stand in for the
    /// client's own for this call.
    ///
    /// Raises ``CallError``; its ``outcome`` tells three cases apart:
    ///
    /// - ``"not_sent"``: no connection, no turn in the quota, the deadline before anything was
    ///   sent, or cancelled (``ConnectError``, ``QuotaWaitError``, ``RequestTimeoutError``,
    ///   ``CallCancelledError``). Try again.
    /// - ``"refused"``: wrong keys, wrong input, a duplicate, a rate limit that lasted
    ///   (``ApiError`` and its subclasses). Fix the request.
    /// - ``"unknown"``: the answer was lost, late or not readable (``InterruptedCallError``,
    ///   ``RequestTimeoutError``, ``UnexpectedResponseError``, ``ServerError``). Check whether it
    ///   exists before retrying: a second create makes a duplicate.
    ///
    /// Ctrl-C, and whatever else a signal's handler raises, withdraws a create that was not sent:
    /// it leaves the queue, ``pending`` and the quota. One that was sent goes on: its outcome shows
    /// in ``pending`` and is taken by ``take_outcome``.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
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
            BlockingClient::wait(&live, py, None, live.client.create_with(webhook, &options))
        })
        .and_then(|outcome| Answer::Created(outcome).into_python(py))
    }

    /// The webhooks that the account has: ``POST /v2/Webhook.svc/Retrieve``, *documented*. Pages
    /// are fetched as needed; what they hold together is checked against the number that the API
    /// tells.
    ///
    /// - ``event``: those of this event, by its name in drafts such as ``lead_create``, or by the
    ///   account's such as ``Lead_Post_Create``.
    /// - ``status``: ``enabled``, ``disabled``, ``disabled_by_failures``, or a number.
    /// - ``id``: this one. ``text``: those in which this is found; in which of their members the
    ///   vendor looks is unknown.
    ///
    /// A webhook that was created a moment ago may be missing: how late a list is, is unknown.
    ///
    /// Raises ``CallError``; a read may always be repeated. ``ConfigError`` for an unknown event or
    /// status.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
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

    /// The webhook of this id, or ``None`` when the list does not show it.
    ///
    /// Raises ``CallError`` as ``list`` does, and ``ConfigError`` for an id that is blank.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     print(client.get("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"))
    /// None
    fn get(&self, py: Python<'_>, id: &str) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::get(py, live.client.clone(), id)?)
    }

    /// Replaces a webhook, whole: ``POST /v2/Webhook.svc/Update``, *documented*; that nothing of
    /// the old one stays is *inferred*. It may be repeated, and is, after a lost answer.
    ///
    /// Raises ``CallError``; ``outcome`` is ``"unknown"`` when every answer was lost: the old or
    /// the new webhook exists.
    ///
    /// Ctrl-C withdraws an update that was not sent; one that was goes on.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
    /// ...     moved = NewWebhook(url="https://example.com/moved", trigger=Trigger.lead_create())
    /// ...     client.update(created.id, moved).attempts[-1].result, client.get(created.id).url
    /// ('ok', 'https://example.com/moved')
    fn update(&self, py: Python<'_>, id: &str, webhook: &Bound<'_, NewWebhook>) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::update(py, live.client.clone(), id, webhook)?)
    }

    /// Deletes a webhook: ``GET /v2/Webhook.svc/Delete``, *documented*, confirmed by reading, for
    /// what it answers is unknown.
    ///
    /// Raises ``CallError``: ``UnconfirmedError`` when the list goes on showing it (its kind is
    /// ``still_listed``) or cannot be read (``unconfirmed``). Both leave the outcome unknown.
    ///
    /// Ctrl-C withdraws a delete that was not sent; one that was goes on.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
    /// ...     client.delete(created.id).id == created.id, client.list()
    /// (True, ())
    fn delete(&self, py: Python<'_>, id: &str) -> PyResult<Py<PyAny>> {
        let live = self.open(py)?;
        run(py, &live, None, request::delete(py, live.client.clone(), id)?)
    }

    /// Creates a webhook and reads it back: event, URL, state and properties are compared. This
    /// alone tells which of the two tables of event codes an account follows.
    ///
    /// ``on_mismatch``: what becomes of a webhook that was created with another event or URL,
    /// ``"keep"`` (default: nothing is deleted that nobody asked to delete) or ``"roll_back"``: it
    /// is deleted again. The result's ``ok`` says whether it is as desired.
    ///
    /// Raises ``CallError`` as ``create`` does, and ``UnconfirmedError`` with the ``id`` when the
    /// list could not be read.
    ///
    /// Ctrl-C withdraws a create that was not sent; one that was goes on, and is not read back.
    ///
    /// >>> webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    /// >>> with Client.from_env() as client:
    /// ...     client.create_verified(webhook)
    /// Reconciled(id="...", action="created", state="delivering")
    /// >>> with Client.from_env() as client:
    /// ...     client.create_verified(webhook, on_mismatch="rollback")
    /// Traceback (most recent call last): leadsquared_webhooks.exceptions.ConfigError: on_mismatch:
    /// "rollback" is not keep or roll_back
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

    /// Finds out what became of a create by reading.
    ///
    /// The result's ``state`` is that of the webhook that exists, ``absent`` when the create was
    /// not applied, or ``unverified`` when it is too early to say. **An empty list at once proves
    /// nothing**: the call may still be on its way, and the list may be late.
    ///
    /// - ``consistency_window``: how long after its send a create may still show up. Default 60,
    ///   our own bound.
    /// - ``max_wait``: how long this call lists again. Default: until the consistency window is
    ///   over.
    /// - ``on_progress``: called with a ``Progress`` in this thread when it waits. What it raises
    ///   ends the call as Ctrl-C does.
    ///
    /// Lengths of time are in seconds, as numbers or ``timedelta``. Raises ``CallError`` as
    /// ``list`` does.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     sandbox.fault("apply_then_close")
    /// ...     try:
    /// ...         client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
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

    /// Ensures that one webhook of this event, URL and properties exists: declarative, and safe to
    /// run again. The result's ``ok`` says whether it is as desired; one that was found disabled is
    /// not, because only a person can enable it.
    ///
    /// It lists first, creates only what is known not to be there, and reads back what it made; a
    /// webhook whose create lost its answer is looked for until it shows up or the consistency
    /// window is over. One that is found is adopted as it is, and its ``differences`` are listed.
    /// One that was created with another event or URL is deleted again. Runs of one webhook on one
    /// client go one after another.
    ///
    /// - ``overwrite``: whether a webhook that is found is replaced when it differs or may differ,
    ///   custom headers and all else that cannot be read back included. Default: no.
    /// - ``keep_mismatch``, ``keep_duplicates``: whether a webhook that was created with another
    ///   event or URL, and a duplicate that this run created, stays. Default: no.
    /// - ``consistency_window``: how long after its send a create may still show up, in seconds or
    ///   as a ``timedelta``. Default 60, our own bound.
    /// - ``tickets``: creates of the same webhook whose outcome is unknown: before they are
    ///   resolved nothing is created.
    /// - ``on_progress``: called with a ``Progress`` in this thread when it waits, and at the end.
    ///   What it raises ends the run as Ctrl-C does.
    ///
    /// **Several clients at once** may each list, see nothing and create. Each then sees the
    /// other's on reading back, unless the list is later than that; the one whose id is the greater
    /// deletes its own.
    ///
    /// Raises ``CallError`` with the outcome of the whole run: ``"unknown"``, with a ticket, when
    /// creates were lost time and again, and with an ``id`` when a webhook was created and could
    /// not be read back.
    ///
    /// Ctrl-C ends the run: a create that was not sent is withdrawn; one that was goes on, and
    /// shows in ``pending`` with its ticket.
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

    /// Whether the quota has admitted any create, update or delete of this client: a program that
    /// ends before has left no trace on the account.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     client.may_have_changed()
    /// False
    fn may_have_changed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.live(py)?.client.may_have_changed())
    }

    /// The creates that are queued or in flight, and those whose outcome nobody has taken yet,
    /// oldest first: after Ctrl-C, or while another thread waits.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pending::list(py, &self.live(py)?.client)
    }

    /// Waits for a pending create to end and takes its outcome; ``None`` when no such create is
    /// pending. At most 1,024 outcomes that nobody took are kept; beyond that the oldest known ones
    /// go, and of the unknown ones 16,384 are kept.
    ///
    /// Raises ``CallError`` as ``create`` does: ``CallCancelledError``, not sent, when another
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
    /// queue, ``pending`` and the quota, and whoever waits for it gets a ``CallCancelledError``,
    /// not sent.
    ///
    /// Returns ``"withdrawn"``; ``"already_sent"`` when a request of it was sent: ``take_outcome``
    /// takes its outcome, and it is not sent again; ``"no_such_call"`` when no such create is
    /// pending.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     client.cancel(7)
    /// 'no_such_call'
    fn cancel(&self, py: Python<'_>, id: u64) -> PyResult<&'static str> {
        Ok(self.live(py)?.client.cancel(CallId::new(id)).as_str())
    }

    /// Waits until no create, update or delete is queued or in flight: what a program does before
    /// it ends, so that none is interrupted. The outcomes of creates stay, for ``take_outcome``.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        let live = self.live(py)?;
        logging::during(py, || BlockingClient::wait(&live, py, None, live.client.drain()))
    }

    /// The account's quota.
    #[getter]
    fn quota(&self, py: Python<'_>) -> Py<Quota> {
        self.settings.quota.clone_ref(py)
    }

    /// Closes the connections. Calls are refused afterwards; what is pending can still be taken.
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
