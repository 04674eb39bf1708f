//! One account: its keys, settings and webhooks, and the calls on them.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    call::Call,
    clock::{Timestamp, later},
    codes::CodeTable,
    envelope::Answer,
    fault::QueuedFault,
    foreign_change::ForeignChange,
    form::{Form, members, wrong},
    judge::judge,
    keys::Keys,
    limits::{Arrivals, Limit, RateLimitForm},
    query,
    retrieve::{Pages, Search, Writing},
    webhooks::{Definition, StoredWebhook, Webhook},
};

/// How an account behaves.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) table: CodeTable,
    pub(crate) limits: Vec<Limit>,
    pub(crate) rate_limit_form: RateLimitForm,
    /// The shortest and longest delay until a created webhook shows up in Retrieve.
    pub(crate) visible_after: (Duration, Duration),
    pub(crate) writing: Writing,
    pub(crate) pages: Pages,
}

/// A call that is being applied.
#[derive(Debug)]
pub(crate) struct Taken<'r> {
    pub(crate) query: &'r str,
    pub(crate) body: &'r [u8],
    /// The fault injected into the call.
    pub(crate) fault: Option<&'r QueuedFault>,
}

impl Taken<'_> {
    /// Returns whether the sandbox sends the client the complete answer.
    fn is_heard(&self) -> bool {
        self.fault.is_none_or(|fault| fault.fault().lets_answer())
    }
}

/// The result of a call.
pub(crate) struct Effect {
    pub(crate) answer: Answer,
    /// Whether the call created a duplicate of an existing webhook.
    pub(crate) made_duplicate: bool,
}

impl From<Answer> for Effect {
    fn from(answer: Answer) -> Self {
        Self { answer, made_duplicate: false }
    }
}

/// A create whose outcome the client cannot know.
struct OpenCreate {
    /// The webhook that the create defines; `None` if the create is refused.
    definition: Option<Definition>,
    /// The ID of the created webhook, if there is one.
    id: Option<String>,
    /// The time from which a Retrieve shows whether the create was applied.
    visible_from: Instant,
}

pub(crate) struct Account {
    keys: Keys,
    settings: Settings,
    arrivals: Arrivals,
    random: fastrand::Rng,
    faults: VecDeque<QueuedFault>,
    webhooks: Vec<Webhook>,
    /// Keyed by request body. The bodies hold secrets and are never shown.
    open: HashMap<Vec<u8>, OpenCreate>,
}

impl Account {
    pub(crate) fn new(keys: Keys, settings: Settings, seed: u64) -> Self {
        Self {
            keys,
            settings,
            arrivals: Arrivals::default(),
            random: fastrand::Rng::with_seed(seed),
            faults: VecDeque::new(),
            webhooks: Vec::new(),
            open: HashMap::new(),
        }
    }

    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn set_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    pub(crate) fn webhooks(&self) -> &[Webhook] {
        &self.webhooks
    }

    pub(crate) fn queue(&mut self, faults: impl IntoIterator<Item = QueuedFault>) {
        self.faults.extend(faults);
    }

    /// Removes and returns the first queued fault for this call. The other faults keep their order.
    pub(crate) fn take_fault(&mut self, call: Option<Call>) -> Option<QueuedFault> {
        // Every fault is polled, because each counts the calls that it skips.
        let due: Vec<_> = self.faults.iter_mut().map(|fault| fault.is_due(call)).collect();
        self.faults.remove(due.into_iter().position(|is_due| is_due)?)
    }

    /// Counts a call, or returns the rate-limit answer if the call is above the quota.
    pub(crate) fn count(&mut self, now: Instant) -> Result<(), Answer> {
        let Settings { limits, rate_limit_form, .. } = &self.settings;
        self.arrivals.count(limits, now).map_err(|limit| rate_limit_form.answer(limit.calls, limit.window))
    }

    /// Clears everything except the keys and the settings.
    pub(crate) fn reset(&mut self) {
        self.arrivals.clear();
        self.faults.clear();
        self.webhooks.clear();
        self.open.clear();
    }

    /// Returns whether this create is open: it was already sent, and its sender could not find out
    /// since then whether it was applied.
    pub(crate) fn is_open(&self, body: &[u8]) -> bool {
        self.open.contains_key(body)
    }

    /// Marks this create as open: its sender cannot know the outcome.
    pub(crate) fn leave_open(&mut self, body: &[u8], visible_after: Option<Duration>, now: Instant) {
        let definition = members(body).and_then(|members| self.judge(&members, None)).ok();
        let visible_from = later(now, visible_after.unwrap_or(self.settings.visible_after.1));
        // The webhook that an earlier send created can still be found.
        let id = self.open.remove(body).and_then(|earlier| earlier.id);
        self.open.insert(body.to_vec(), OpenCreate { definition, id, visible_from });
    }

    /// Applies the call.
    pub(crate) fn apply(&mut self, call: Call, taken: &Taken<'_>, now: Timestamp) -> Effect {
        match call {
            Call::Create => self.create(taken, now),
            Call::Update => self.update(taken.body, now).map(Effect::from),
            Call::Retrieve => self.retrieve(taken, now.at).map(Effect::from),
            Call::Delete => self.delete(taken.query).map(Effect::from),
        }
        .unwrap_or_else(Effect::from)
    }

    fn create(&mut self, taken: &Taken<'_>, now: Timestamp) -> Result<Effect, Answer> {
        let definition = self.judge(&members(taken.body)?, None)?;
        let made_duplicate = self.webhooks.iter().any(|other| other.definition.is_duplicate_of(&definition));
        let visible_after = taken.fault.and_then(QueuedFault::visibility);
        let visible_after = visible_after.unwrap_or_else(|| self.draw_visible_after());
        let (id, visible_from) = self.store(definition, now, visible_after);
        if let Some(open) = self.open.get_mut(taken.body) {
            (open.id, open.visible_from) = (Some(id.clone()), visible_from);
        }
        Ok(Effect { answer: Answer::with_id(&id), made_duplicate })
    }

    /// Takes the Create body with a mandatory `WebhookId` (*documented*). An update replaces every
    /// member, including the event (*inferred*); the status is unchanged (the sandbox's choice).
    fn update(&mut self, body: &[u8], now: Timestamp) -> Result<Answer, Answer> {
        let members = members(body)?;
        let index = self.position(Form(&members).string("WebhookId")?)?;
        let definition = self.judge(&members, Some(index))?;
        let webhook = self.webhooks.get_mut(index).ok_or_else(Answer::no_such_webhook)?;
        webhook.definition = definition;
        webhook.modified = now;
        // The real answer is unknown; answering like Create is the sandbox's choice.
        Ok(Answer::with_id(&webhook.id))
    }

    fn retrieve(&mut self, taken: &Taken<'_>, now: Instant) -> Result<Answer, Answer> {
        let search = Search::read(Form(&members(taken.body)?), self.settings.pages)?;
        let visible = self.webhooks.iter().filter(|webhook| webhook.visible_from <= now);
        let record_count = taken.fault.and_then(QueuedFault::record_count);
        let found = search.find(visible, self.settings.writing, record_count);
        if taken.is_heard() {
            let webhooks = &self.webhooks;
            self.open.retain(|_, open| {
                let id = open.id.as_ref().filter(|id| webhooks.iter().any(|webhook| webhook.id == **id));
                let tells = match (id, &open.definition) {
                    (Some(id), _) => found.shown.contains(id),
                    // Not created, or deleted since: otherwise the answer would show it.
                    (None, Some(definition)) => open.visible_from <= now && search.takes("", definition, 0),
                    (None, None) => true,
                };
                !tells
            });
        }
        Ok(found.answer)
    }

    /// `webhookId` is in the query (*observed*).
    fn delete(&mut self, query: &str) -> Result<Answer, Answer> {
        let id = query::decoded(query, "webhookId").filter(|id| !id.is_empty());
        // The refusal is the sandbox's choice.
        let id = id.ok_or_else(|| Answer::bad_request("webhookId is missing."))?;
        let index = self.position(&id)?;
        self.webhooks.remove(index);
        Ok(Answer::deleted())
    }

    fn judge(&self, members: &Map<String, Value>, itself: Option<usize>) -> Result<Definition, Answer> {
        let others = self.webhooks.iter().enumerate().filter(|(index, _)| Some(*index) != itself);
        judge(members, self.settings.table, others.map(|(_, webhook)| &webhook.definition))
    }

    /// Returns the index of a webhook. IDs are case-insensitive (the sandbox's choice).
    fn position(&self, id: &str) -> Result<usize, Answer> {
        let position = self.webhooks.iter().position(|webhook| webhook.id.eq_ignore_ascii_case(id));
        position.ok_or_else(Answer::no_such_webhook)
    }

    fn draw_visible_after(&mut self) -> Duration {
        let (shortest, longest) = self.settings.visible_after;
        shortest.saturating_add(longest.saturating_sub(shortest).mul_f64(self.random.f64()))
    }

    fn store(
        &mut self,
        definition: Definition,
        created: Timestamp,
        visible_after: Duration,
    ) -> (String, Instant) {
        let id = uuid::Uuid::new_v4().to_string();
        let visible_from = later(created.at, visible_after);
        self.webhooks.push(Webhook {
            id: id.clone(),
            definition,
            status: 0,
            modified: created.clone(),
            created,
            visible_from,
        });
        (id, visible_from)
    }

    /// Adds a webhook as if a person had created it long ago.
    pub(crate) fn seed_webhook(&mut self, body: &Value, now: Timestamp) -> Result<StoredWebhook, Answer> {
        let mut whole = Map::from_iter([
            ("URL".to_owned(), "https://example.com".into()),
            ("Method".to_owned(), "POST".into()),
            ("ContentType".to_owned(), "application/json".into()),
            ("IsSpecificLandingPage".to_owned(), false.into()),
            ("NotifyOnFailure".to_owned(), true.into()),
        ]);
        whole.extend(object(body)?.clone());
        let status = take_status(&mut whole)?;
        let definition = self.judge(&whole, None)?;
        self.store(definition, now, Duration::ZERO);
        let webhook = self.webhooks.last_mut().ok_or_else(Answer::fault)?;
        webhook.status = status.unwrap_or_default();
        Ok(webhook.stored())
    }

    /// Applies a change made by someone else.
    pub(crate) fn change(&mut self, change: &ForeignChange, now: Timestamp) -> Result<(), Answer> {
        match change {
            ForeignChange::Delete(id) => {
                let index = self.position(id)?;
                self.webhooks.remove(index);
            }
            ForeignChange::Create(body) => {
                self.seed_webhook(body, now)?;
            }
            ForeignChange::Update(changes) => {
                let mut changes = object(changes)?.clone();
                let index = self.position(Form(&changes).string("WebhookId")?)?;
                let status = take_status(&mut changes)?;
                let webhook = self.webhooks.get(index).ok_or_else(Answer::no_such_webhook)?;
                let mut whole = object(&webhook.definition.body)?.clone();
                whole.extend(changes);
                let definition = self.judge(&whole, Some(index))?;
                let webhook = self.webhooks.get_mut(index).ok_or_else(Answer::no_such_webhook)?;
                webhook.definition = definition;
                webhook.modified = now;
                webhook.status = status.unwrap_or(webhook.status);
            }
        }
        Ok(())
    }

    /// Sets a webhook's status. Returns whether the webhook exists.
    pub(crate) fn set_status(&mut self, id: &str, status: u8) -> bool {
        let webhook = self.position(id).ok().and_then(|index| self.webhooks.get_mut(index));
        webhook.map(|webhook| webhook.status = status).is_some()
    }
}

fn object(body: &Value) -> Result<&Map<String, Value>, Answer> {
    body.as_object().ok_or_else(|| Answer::bad_request("The body is not a JSON object."))
}

/// Removes `StatusCode`, which is not a member of Create or Update.
fn take_status(members: &mut Map<String, Value>) -> Result<Option<u8>, Answer> {
    let status = members.remove("StatusCode").map(serde_json::from_value).transpose();
    status.map_err(|_| wrong("StatusCode", "a number from 0 to 255"))
}
