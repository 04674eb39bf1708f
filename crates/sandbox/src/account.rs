//! One account: its keys, its settings, its webhooks and what becomes of its calls.

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
    /// How much later than its create a webhook shows up in Retrieve, at least and at most.
    pub(crate) visible_after: (Duration, Duration),
    pub(crate) writing: Writing,
    pub(crate) pages: Pages,
}

/// A call that takes effect.
#[derive(Debug)]
pub(crate) struct Taken<'r> {
    pub(crate) query: &'r str,
    pub(crate) body: &'r [u8],
    /// What goes wrong with it.
    pub(crate) fault: Option<&'r QueuedFault>,
}

impl Taken<'_> {
    /// Whether its sender gets the whole answer, as far as it depends on the sandbox.
    fn is_heard(&self) -> bool {
        self.fault.is_none_or(|fault| fault.fault().lets_answer())
    }
}

/// What a call did.
pub(crate) struct Effect {
    pub(crate) answer: Answer,
    /// The account has a second webhook now that is delivered the same.
    pub(crate) made_duplicate: bool,
}

impl From<Answer> for Effect {
    fn from(answer: Answer) -> Self {
        Self { answer, made_duplicate: false }
    }
}

/// A create whose sender cannot know the outcome.
struct OpenCreate {
    /// What it would make; nothing when it is refused.
    definition: Option<Definition>,
    /// What it made.
    id: Option<String>,
    /// From when on a Retrieve tells whether it made something.
    visible_from: Instant,
}

pub(crate) struct Account {
    keys: Keys,
    settings: Settings,
    arrivals: Arrivals,
    random: fastrand::Rng,
    faults: VecDeque<QueuedFault>,
    webhooks: Vec<Webhook>,
    /// By their bodies, which hold secrets and are shown nowhere.
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

    /// The first fault in the queue that is for this call; those for others stay, in their order.
    pub(crate) fn take_fault(&mut self, call: Option<Call>) -> Option<QueuedFault> {
        // Each is asked, for each counts the calls that pass.
        let due: Vec<_> = self.faults.iter_mut().map(|fault| fault.is_due(call)).collect();
        self.faults.remove(due.into_iter().position(|is_due| is_due)?)
    }

    /// The rate limit's answer, when the call is above the quota.
    pub(crate) fn count(&mut self, now: Instant) -> Result<(), Answer> {
        let Settings { limits, rate_limit_form, .. } = &self.settings;
        self.arrivals.count(limits, now).map_err(|limit| rate_limit_form.answer(limit.calls, limit.window))
    }

    /// Forgets everything but the keys and the settings.
    pub(crate) fn reset(&mut self) {
        self.arrivals.clear();
        self.faults.clear();
        self.webhooks.clear();
        self.open.clear();
    }

    /// Whether this create is open: it was sent already, and nobody could know since whether it was
    /// applied.
    pub(crate) fn is_open(&self, body: &[u8]) -> bool {
        self.open.contains_key(body)
    }

    /// The sender of this create cannot know what becomes of it.
    pub(crate) fn leave_open(&mut self, body: &[u8], visible_after: Option<Duration>, now: Instant) {
        let definition = members(body).and_then(|members| self.judge(&members, None)).ok();
        let visible_from = later(now, visible_after.unwrap_or(self.settings.visible_after.1));
        // What an earlier one made stays to be found.
        let id = self.open.remove(body).and_then(|earlier| earlier.id);
        self.open.insert(body.to_vec(), OpenCreate { definition, id, visible_from });
    }

    /// The call takes effect.
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

    /// The Create body and a mandatory `WebhookId` (*documented*). It replaces everything, the
    /// event too (*inferred*); the status stays as it is (the sandbox's choice).
    fn update(&mut self, body: &[u8], now: Timestamp) -> Result<Answer, Answer> {
        let members = members(body)?;
        let index = self.position(Form(&members).string("WebhookId")?)?;
        let definition = self.judge(&members, Some(index))?;
        let webhook = self.webhooks.get_mut(index).ok_or_else(Answer::no_such_webhook)?;
        webhook.definition = definition;
        webhook.modified = now;
        // Nobody knows this answer: that it is a create's is the sandbox's choice.
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
                    // Made and gone again, or not made: it would have been among the answer's.
                    (None, Some(definition)) => open.visible_from <= now && search.takes("", definition, 0),
                    (None, None) => true,
                };
                !tells
            });
        }
        Ok(found.answer)
    }

    /// `webhookId` stands in the query (*observed*).
    fn delete(&mut self, query: &str) -> Result<Answer, Answer> {
        let id = query::decoded(query, "webhookId").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Answer::bad_request("webhookId is missing."))?; // the sandbox's choice
        let index = self.position(&id)?;
        self.webhooks.remove(index);
        Ok(Answer::deleted())
    }

    fn judge(&self, members: &Map<String, Value>, itself: Option<usize>) -> Result<Definition, Answer> {
        let others = self.webhooks.iter().enumerate().filter(|(index, _)| Some(*index) != itself);
        judge(members, self.settings.table, others.map(|(_, webhook)| &webhook.definition))
    }

    /// Where a webhook is; the letter case of its id does not matter (the sandbox's choice).
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

    /// The account has this webhook, as if somebody had made it long ago.
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

    /// Somebody else does this.
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

    /// Whether there is such a webhook, which then has this status.
    pub(crate) fn set_status(&mut self, id: &str, status: u8) -> bool {
        let webhook = self.position(id).ok().and_then(|index| self.webhooks.get_mut(index));
        webhook.map(|webhook| webhook.status = status).is_some()
    }
}

fn object(body: &Value) -> Result<&Map<String, Value>, Answer> {
    body.as_object().ok_or_else(|| Answer::bad_request("The body is not a JSON object."))
}

/// Takes out the `StatusCode`, which no Create and no Update has.
fn take_status(members: &mut Map<String, Value>) -> Result<Option<u8>, Answer> {
    let status = members.remove("StatusCode").map(serde_json::from_value).transpose();
    status.map_err(|_| wrong("StatusCode", "a number from 0 to 255"))
}
