//! The account and all that happened to it: one state behind the vendor's API, the library and `/_sandbox/`.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    time::Duration,
};

use http::HeaderMap;
use tokio::time::Instant;

use crate::{
    codes::CodeTable,
    create,
    envelope::Answer,
    fault::Fault,
    keys::Account,
    limits::{Arrivals, RateLimitForm},
    manners::{BadManners, Manners},
    requests::{KeysForm, ReceivedRequest, masked},
    webhooks::StoredWebhook,
};

const SERVICE: &str = "/v2/Webhook.svc/";

/// A request, as far as the vendor's API sees it.
pub(crate) struct Request {
    pub(crate) method: http::Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A request that arrived, and what is to become of it.
pub(crate) struct Arrival {
    pub(crate) number: usize,
    pub(crate) fault: Option<Fault>,
    /// A refusal that needs no look at the body.
    pub(crate) refusal: Option<Answer>,
}

pub(crate) struct State {
    account: Account,
    table: CodeTable,
    rate_limit_form: RateLimitForm,
    arrivals: Arrivals,
    delay: (Duration, Duration),
    random: fastrand::Rng,
    faults: VecDeque<Fault>,
    requests: Vec<ReceivedRequest>,
    webhooks: Vec<StoredWebhook>,
    manners: Manners,
    /// The bodies of creates whose sender cannot know the outcome. They hold secrets and are shown nowhere.
    open: HashMap<Vec<u8>, usize>,
}

impl State {
    pub(crate) fn new(
        account: Account,
        table: CodeTable,
        arrivals: Arrivals,
        rate_limit_form: RateLimitForm,
        delay: (Duration, Duration),
        seed: u64,
    ) -> Self {
        Self {
            account,
            table,
            rate_limit_form,
            arrivals,
            delay,
            random: fastrand::Rng::with_seed(seed),
            faults: VecDeque::new(),
            requests: Vec::new(),
            webhooks: Vec::new(),
            manners: Manners::default(),
            open: HashMap::new(),
        }
    }

    /// The delays of the next call on its way here and on its way back.
    pub(crate) fn travel(&mut self) -> (Duration, Duration) {
        let (shortest, longest) = self.delay;
        let whole = shortest + longest.saturating_sub(shortest).mul_f64(self.random.f64());
        let there = whole.mul_f64(self.random.f64());
        (there, whole.saturating_sub(there))
    }

    /// A request arrives: it is noted, counted and checked as far as the body does not matter.
    pub(crate) fn arrive(&mut self, request: &Request, now: Instant) -> Arrival {
        let number = self.requests.len() + 1;
        let keys = self.account.read(&request.query, &request.headers);
        let content_type =
            request.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if keys.unencoded {
            self.manners.note(BadManners::KeysNotEncoded, number);
        }
        if keys.form == KeysForm::Both {
            self.manners.note(BadManners::KeysTwice, number);
        }
        if request.method == http::Method::POST && !content_type.is_some_and(says_utf8) {
            self.manners.note(BadManners::CharsetMissing, number);
        }
        self.requests.push(ReceivedRequest {
            number,
            method: request.method.to_string(),
            path: request.path.clone(),
            keys: keys.form,
            authenticated: keys.right,
            content_type: content_type.map(str::to_owned),
            body: masked(&request.body),
            body_bytes: request.body.len(),
            status: None,
        });
        Arrival {
            number,
            fault: self.faults.pop_front(),
            refusal: self.refusal(request, keys.right, number, now),
        }
    }

    fn refusal(
        &mut self,
        request: &Request,
        authenticated: bool,
        number: usize,
        now: Instant,
    ) -> Option<Answer> {
        let Some(call) = request.path.strip_prefix(SERVICE) else {
            return Some(Answer::error(404, "MXNotFoundException", "No such API."));
        };
        if !authenticated {
            return Some(Answer::error(
                401,
                "MXUnAuthorizedAccessException",
                "The access key or the secret key is wrong.",
            ));
        }
        if let Err(limit) = self.arrivals.count(now) {
            self.manners.note(BadManners::QuotaExceeded, number);
            return Some(self.rate_limit_form.answer(limit.calls, limit.window));
        }
        match (call, &request.method) {
            ("Create", &http::Method::POST) => {
                if self.open.contains_key(&request.body) {
                    self.manners.note(BadManners::AmbiguousCreateRepeated, number);
                }
                None
            }
            // A POST on Delete was observed to answer 405.
            ("Create" | "Delete", _) => {
                Some(Answer::error(405, "MXMethodNotAllowedException", "Method not allowed."))
            }
            // Update, Retrieve and Delete are the vendor's, and not this sandbox's yet.
            _ => Some(Answer::error(404, "MXNotFoundException", "No such API in the sandbox.")),
        }
    }

    /// The call takes effect.
    pub(crate) fn apply(&mut self, body: &[u8]) -> Answer {
        match create::judge(body, self.table, &self.webhooks) {
            Ok(webhook) => {
                let answer = Answer::created(&webhook.id);
                self.webhooks.push(webhook);
                answer
            }
            Err(refusal) => refusal,
        }
    }

    /// The sender of this create cannot know what became of it.
    pub(crate) fn leave_open(&mut self, number: usize, body: &[u8]) {
        self.open.insert(body.to_vec(), number);
    }

    pub(crate) fn answered(&mut self, number: usize, status: u16) {
        if let Some(request) = number.checked_sub(1).and_then(|index| self.requests.get_mut(index)) {
            request.status = Some(status);
        }
    }

    pub(crate) const fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn queue(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.extend(faults);
    }

    pub(crate) fn requests(&self) -> &[ReceivedRequest] {
        &self.requests
    }

    pub(crate) fn webhooks(&self) -> &[StoredWebhook] {
        &self.webhooks
    }

    pub(crate) const fn manners(&self) -> &Manners {
        &self.manners
    }

    /// Forgets everything but the settings.
    pub(crate) fn reset(&mut self) {
        self.faults.clear();
        self.requests.clear();
        self.webhooks.clear();
        self.manners = Manners::default();
        self.open.clear();
        self.arrivals.clear();
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("requests", &self.requests.len())
            .field("webhooks", &self.webhooks.len())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

fn says_utf8(content_type: &str) -> bool {
    content_type.split(';').skip(1).any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset")
                && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    })
}
