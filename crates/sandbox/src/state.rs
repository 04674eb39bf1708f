//! The accounts and their history: one state behind the LeadSquared API, the library and
//! `/_sandbox/`.

use std::{collections::HashMap, fmt, time::Duration};

use http::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    account::{Account, Settings, Taken},
    call::Call,
    client_report::{ClientReport, Finding, Misuse},
    clock::Clock,
    envelope::Answer,
    fault::QueuedFault,
    keys::{Keys, Presented},
    requests::{CustomHeadersForm, KeysForm, ReceivedRequest, masked},
    webhooks::{StoredWebhook, Webhook},
};

/// A request as the LeadSquared API sees it.
pub(crate) struct Request {
    pub(crate) method: http::Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A request that arrived, and how to handle it.
pub(crate) struct Arrival {
    pub(crate) number: usize,
    pub(crate) fate: Fate,
}

pub(crate) enum Fate {
    /// A refusal that does not depend on the body.
    Refused(Answer),
    /// The account handles the call, or the fault does.
    Served { account: AccountIndex, call: Call, fault: Option<QueuedFault> },
}

/// The index of an account, in the order of creation. Accounts are never removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountIndex(usize);

impl AccountIndex {
    pub(crate) const FIRST: Self = Self(0);
}

/// The scope of a view: one account, or everything, including requests without an account.
pub(crate) type Scope = Option<AccountIndex>;

pub(crate) struct State {
    accounts: Vec<Account>,
    by_access_key: HashMap<Vec<u8>, AccountIndex>,
    /// The settings that a new account starts with.
    settings: Settings,
    seed: u64,
    delay: (Duration, Duration),
    random: fastrand::Rng,
    clock: Clock,
    received: usize,
    /// Sorted by number; a reset may have removed some.
    requests: Vec<(Scope, ReceivedRequest)>,
    findings: Vec<(Scope, Finding)>,
}

impl State {
    pub(crate) fn new(keys: Keys, settings: Settings, delay: (Duration, Duration), seed: u64) -> Self {
        let mut state = Self {
            accounts: Vec::new(),
            by_access_key: HashMap::new(),
            settings,
            seed,
            delay,
            random: fastrand::Rng::with_seed(seed),
            clock: Clock::new(),
            received: 0,
            requests: Vec::new(),
            findings: Vec::new(),
        };
        state.add_account(keys);
        state
    }

    /// Adds an account, or replaces the secret key of an existing one.
    pub(crate) fn add_account(&mut self, keys: Keys) -> AccountIndex {
        if let Some(index) = self.account(&keys.access_key) {
            if let Some(account) = self.accounts.get_mut(index.0) {
                account.set_keys(keys);
            }
            return index;
        }
        let index = AccountIndex(self.accounts.len());
        self.by_access_key.insert(keys.access_key.clone().into_bytes(), index);
        let seed = self.seed.wrapping_add(index.0 as u64);
        self.accounts.push(Account::new(keys, self.settings.clone(), seed));
        index
    }

    pub(crate) fn account(&self, access_key: &str) -> Scope {
        self.by_access_key.get(access_key.as_bytes()).copied()
    }

    /// Draws the latencies of the next call, to the server and back.
    pub(crate) fn travel(&mut self) -> (Duration, Duration) {
        let (shortest, longest) = self.delay;
        let whole = shortest + longest.saturating_sub(shortest).mul_f64(self.random.f64());
        let there = whole.mul_f64(self.random.f64());
        (there, whole.saturating_sub(there))
    }

    /// Records and counts an arriving request, and checks it as far as the body does not matter.
    pub(crate) fn arrive(&mut self, request: &Request, now: Instant) -> Arrival {
        self.received += 1;
        let number = self.received;
        let presented = Presented::read(&request.query, &request.headers);
        let (scope, authenticated) = self.account_of(&presented);
        let content_type =
            request.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if presented.unencoded {
            self.note(scope, Misuse::KeysNotEncoded, number);
        }
        if presented.form() == KeysForm::Both {
            self.note(scope, Misuse::KeysTwice, number);
        }
        if request.method == http::Method::POST && !content_type.is_some_and(says_utf8) {
            self.note(scope, Misuse::CharsetMissing, number);
        }
        let body = masked(&request.body);
        let received = ReceivedRequest {
            number,
            method: request.method.to_string(),
            path: request.path.clone(),
            keys: presented.form(),
            authenticated,
            content_type: content_type.map(str::to_owned),
            custom_headers_form: body.as_ref().and_then(CustomHeadersForm::of),
            body,
            body_bytes: request.body.len(),
            status: None,
        };
        self.requests.push((scope, received));

        let call = Call::of_path(&request.path);
        let fault = scope
            .and_then(|index| self.accounts.get_mut(index.0))
            .and_then(|account| account.take_fault(call));
        let account = scope.filter(|_| authenticated);
        let fate = match self.admit(request, call, account, number, now) {
            Ok((account, call)) => Fate::Served { account, call, fault },
            Err(refusal) => Fate::Refused(refusal),
        };
        Arrival { number, fate }
    }

    /// Returns the account that the keys belong to, and whether both keys are right.
    fn account_of(&self, presented: &Presented<'_>) -> (Scope, bool) {
        let accounts = || {
            presented.pairs().filter_map(|[access_key, secret_key]| {
                let index = *self.by_access_key.get(access_key?)?;
                let account = self.accounts.get(index.0)?;
                Some((index, secret_key == Some(account.keys().secret_key.as_bytes())))
            })
        };
        let found = accounts().find(|(_, right)| *right).or_else(|| accounts().next());
        found.map_or((None, false), |(index, right)| (Some(index), right))
    }

    fn admit(
        &mut self,
        request: &Request,
        call: Option<Call>,
        account: Scope,
        number: usize,
        now: Instant,
    ) -> Result<(AccountIndex, Call), Answer> {
        // The 404 is documented.
        let no_such_api = || Answer::error(404, "MXNotFoundException", "No such API.");
        if !request.path.starts_with("/v2/Webhook.svc/") {
            return Err(no_such_api());
        }
        let admitted = account.and_then(|index| Some((index, self.accounts.get_mut(index.0)?)));
        let Some((index, account)) = admitted else {
            // The 401 is documented.
            let sentence = "The access key or the secret key is wrong.";
            return Err(Answer::error(401, "MXUnAuthorizedAccessException", sentence));
        };
        if let Err(refusal) = account.count(now) {
            self.note(Some(index), Misuse::QuotaExceeded, number);
            return Err(refusal);
        }
        let call = call.ok_or_else(no_such_api)?;
        if request.method != call.method() {
            // A POST on Delete was observed to answer 405.
            return Err(Answer::error(405, "MXMethodNotAllowedException", "Method not allowed."));
        }
        if call == Call::Create && account.is_open(&request.body) {
            self.note(Some(index), Misuse::AmbiguousCreateRepeated, number);
        }
        Ok((index, call))
    }

    /// Applies the call.
    pub(crate) fn apply(
        &mut self,
        index: AccountIndex,
        call: Call,
        taken: &Taken<'_>,
        number: usize,
        now: Instant,
    ) -> Answer {
        let Some(account) = self.accounts.get_mut(index.0) else { return Answer::fault() };
        if let Some(change) = taken.fault.and_then(QueuedFault::meanwhile)
            && let Err(refusal) = account.change(change, self.clock.timestamp(now))
        {
            let why = format!("the change meanwhile was refused: {}", refusal.body);
            return Answer::json(500, &json!({"error": why}));
        }
        let effect = account.apply(call, taken, self.clock.timestamp(now));
        if effect.made_duplicate {
            self.note(Some(index), Misuse::DuplicateCreated, number);
        }
        effect.answer
    }

    /// Marks this create as open: its sender cannot know the outcome.
    pub(crate) fn leave_open(
        &mut self,
        index: AccountIndex,
        body: &[u8],
        visible_after: Option<Duration>,
        now: Instant,
    ) {
        if let Some(account) = self.accounts.get_mut(index.0) {
            account.leave_open(body, visible_after, now);
        }
    }

    pub(crate) fn answered(&mut self, number: usize, status: u16) {
        let position = self.requests.binary_search_by_key(&number, |(_, request)| request.number);
        if let Some((_, request)) = position.ok().and_then(|position| self.requests.get_mut(position)) {
            request.status = Some(status);
        }
    }

    fn note(&mut self, scope: Scope, kind: Misuse, request: usize) {
        self.findings.push((scope, Finding::new(kind, request)));
    }

    pub(crate) fn keys(&self, index: AccountIndex) -> Option<&Keys> {
        self.accounts.get(index.0).map(Account::keys)
    }

    pub(crate) fn queue(&mut self, index: AccountIndex, faults: impl IntoIterator<Item = QueuedFault>) {
        if let Some(account) = self.accounts.get_mut(index.0) {
            account.queue(faults);
        }
    }

    pub(crate) fn seed_webhook(
        &mut self,
        index: AccountIndex,
        body: &Value,
        now: Instant,
    ) -> Result<StoredWebhook, Answer> {
        let now = self.clock.timestamp(now);
        self.accounts.get_mut(index.0).ok_or_else(Answer::fault)?.seed_webhook(body, now)
    }

    /// Sets a webhook's status. Returns whether the webhook exists.
    pub(crate) fn set_status(&mut self, scope: Scope, id: &str, status: u8) -> bool {
        self.scoped_mut(scope).any(|account| account.set_status(id, status))
    }

    /// Changes the settings of one account, or of all present and future ones.
    pub(crate) fn set(&mut self, scope: Scope, change: impl Fn(&mut Settings)) {
        self.scoped_mut(scope).for_each(|account| change(account.settings_mut()));
        if scope.is_none() {
            change(&mut self.settings);
        }
    }

    pub(crate) fn requests(&self, scope: Scope) -> Vec<ReceivedRequest> {
        scoped(&self.requests, scope).cloned().collect()
    }

    pub(crate) fn request_count(&self, scope: Scope) -> usize {
        scoped(&self.requests, scope).count()
    }

    /// Returns the webhooks in order of creation.
    pub(crate) fn webhooks(&self, scope: Scope) -> Vec<StoredWebhook> {
        let accounts = self.accounts.iter().enumerate();
        let accounts = accounts.filter(|(index, _)| scope.is_none_or(|scope| scope.0 == *index));
        let mut webhooks: Vec<_> = accounts.flat_map(|(_, account)| account.webhooks()).collect();
        webhooks.sort_by_key(|webhook| webhook.created.order);
        webhooks.into_iter().map(Webhook::stored).collect()
    }

    pub(crate) fn client_report(&self, scope: Scope) -> ClientReport {
        ClientReport { findings: scoped(&self.findings, scope).cloned().collect() }
    }

    /// Clears everything except the keys and the settings.
    pub(crate) fn reset(&mut self, scope: Scope) {
        self.requests.retain(|(owner, _)| scope.is_some() && *owner != scope);
        self.findings.retain(|(owner, _)| scope.is_some() && *owner != scope);
        self.scoped_mut(scope).for_each(Account::reset);
        if scope.is_none() {
            self.received = 0;
        }
    }

    fn scoped_mut(&mut self, scope: Scope) -> impl Iterator<Item = &mut Account> {
        let accounts = self.accounts.iter_mut().enumerate();
        accounts
            .filter(move |(index, _)| scope.is_none_or(|scope| scope.0 == *index))
            .map(|(_, account)| account)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("accounts", &self.accounts.len())
            .field("requests", &self.requests.len())
            .finish_non_exhaustive()
    }
}

/// Returns the items of one account, or all.
fn scoped<T>(items: &[(Scope, T)], scope: Scope) -> impl Iterator<Item = &T> {
    items.iter().filter(move |(owner, _)| scope.is_none() || *owner == scope).map(|(_, item)| item)
}

fn says_utf8(content_type: &str) -> bool {
    content_type.split(';').skip(1).any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset")
                && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    })
}
