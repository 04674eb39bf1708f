//! What a list of wanted webhooks would change on an account, and the change itself as a pure state machine.

use std::time::{Duration, SystemTime};

use crate::{
    ensure::{Change, CreateEnd, Ensure, EnsureOptions, EnsureStep, Ensured},
    event_code::EventCodes,
    new_webhook::NewWebhook,
    ticket::Ticket,
    verification::Difference,
    webhook::{Webhook, WebhookStatus},
    webhook_id::WebhookId,
};

/// What would be done about one wanted webhook.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// It is there.
    Keep(WebhookId),
    /// It would be created.
    Create,
    /// What differs would be replaced.
    Update(WebhookId, Vec<Difference>),
    /// It is there and does not deliver; only a person can enable it.
    Disabled(WebhookId, WebhookStatus),
}

impl Planned {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Keep(_) => "keep",
            Self::Create => "create",
            Self::Update(..) => "update",
            Self::Disabled(..) => "disabled",
        }
    }
}

/// What would be changed on an account.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{EventCodes, NewWebhook, Plan, Planned, Trigger};
///
/// let wanted = [NewWebhook::builder("https://example.com/leads".parse()?, Trigger::LeadCreate).build()];
/// let plan = Plan::of(&wanted, EventCodes::Documented, Some("https://example.com/"), &[]);
/// assert_eq!(plan.wanted, [Planned::Create]);
/// assert!(plan.unwanted.is_empty() && !plan.is_done());
/// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// For each wanted webhook, in the order given.
    pub wanted: Vec<Planned>,
    /// What is owned and not wanted, twins of what is wanted included. Deleted only when asked.
    pub unwanted: Vec<Webhook>,
}

impl Plan {
    /// Compares what is wanted with all that an account has. Owned is what posts to a URL that begins like `owns`.
    #[must_use]
    pub fn of(wanted: &[NewWebhook], codes: EventCodes, owns: Option<&str>, seen: &[Webhook]) -> Self {
        let ensures = ensures(wanted.to_vec(), codes, &EnsureOptions::default());
        let mut kept = Vec::new();
        let wanted = ensures
            .into_iter()
            .map(|mut ensure| {
                ensure.looked(seen, SystemTime::UNIX_EPOCH);
                let Some(Ensured { id, change, .. }) = ensure.intended() else { return Planned::Create };
                kept.push(id.clone());
                match change {
                    Change::Existed | Change::Created(_) => Planned::Keep(id),
                    Change::Updated(differences) => Planned::Update(id, differences),
                    Change::Disabled(status) => Planned::Disabled(id, status),
                }
            })
            .collect();
        Self { wanted, unwanted: unwanted(seen, owns, &kept).cloned().collect() }
    }

    /// Whether nothing would be created or changed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.wanted.iter().all(|planned| matches!(planned, Planned::Keep(_) | Planned::Disabled(..)))
    }
}

fn unwanted<'a>(
    seen: &'a [Webhook],
    owns: Option<&str>,
    kept: &[WebhookId],
) -> impl Iterator<Item = &'a Webhook> {
    seen.iter().filter(move |webhook| {
        let owned = owns.zip(webhook.url.as_deref()).is_some_and(|(owns, url)| url.starts_with(owns));
        owned && !kept.contains(&webhook.id)
    })
}

fn ensures(wanted: Vec<NewWebhook>, codes: EventCodes, options: &EnsureOptions) -> Vec<Ensure> {
    wanted.into_iter().map(|webhook| Ensure::new(webhook, codes, options.clone())).collect()
}

/// How an [`Apply`] goes about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplyOptions {
    /// How each webhook is ensured.
    pub ensure: EnsureOptions,
    /// Whose URLs are owned, by their beginning.
    pub owns: Option<String>,
    /// Whether what is owned and not wanted is deleted.
    pub delete: bool,
}

/// What is to be done next on an account.
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyStep {
    /// List all webhooks of the account, and tell it by [`Apply::looked`].
    Look,
    /// Ask again after this long.
    Wait(Duration),
    /// Create this wanted one, and tell the end by [`Apply::created`].
    Create(usize),
    /// Replace this one by this wanted one, and tell it by [`Apply::updated`].
    Update(usize, WebhookId),
    /// Delete this one, and tell it by [`Apply::deleted`].
    Delete(WebhookId),
    /// It is done, or cannot be done further.
    Done,
}

/// The wanted webhooks of one account, each once: an [`Ensure`] for each, which share every look.
#[derive(Clone, Debug)]
pub struct Apply {
    ensures: Vec<Ensure>,
    options: ApplyOptions,
    /// The list that the deletes go by; nothing before they begin.
    doomed: Option<Vec<WebhookId>>,
    deleted: Vec<WebhookId>,
    /// Nothing before the first look.
    last_seen: Option<Vec<Webhook>>,
}

impl Apply {
    /// Starts with a look.
    #[must_use]
    pub fn new(wanted: Vec<NewWebhook>, codes: EventCodes, options: ApplyOptions) -> Self {
        let ensures = ensures(wanted, codes, &options.ensure);
        Self { ensures, options, doomed: None, deleted: Vec::new(), last_seen: None }
    }

    /// The wanted webhook with this index.
    #[must_use]
    pub fn wanted(&self, index: usize) -> Option<&NewWebhook> {
        self.ensures.get(index).map(Ensure::asked)
    }

    /// How each wanted webhook stands: what was done, or that nothing was yet.
    pub fn ended(&self) -> impl Iterator<Item = Option<Result<Ensured, Option<Ticket>>>> {
        self.ensures.iter().map(|ensure| match ensure.next(SystemTime::UNIX_EPOCH) {
            EnsureStep::Done(ensured) => Some(Ok(*ensured)),
            EnsureStep::GiveUp(ticket) => Some(Err(ticket)),
            _ => None,
        })
    }

    /// What was deleted because it was owned and not wanted.
    #[must_use]
    pub fn removed(&self) -> &[WebhookId] {
        &self.deleted
    }

    /// What is to be done next.
    pub fn next(&mut self, now: SystemTime) -> ApplyStep {
        let (mut look, mut wait) = (false, None);
        for (index, ensure) in self.ensures.iter().enumerate() {
            match ensure.next(now) {
                EnsureStep::Create => return ApplyStep::Create(index),
                EnsureStep::Update(id) => return ApplyStep::Update(index, id),
                EnsureStep::Delete(id) => return ApplyStep::Delete(id),
                EnsureStep::Look => look = true,
                EnsureStep::Wait(time) => wait = Some(wait.map_or(time, |least: Duration| least.min(time))),
                EnsureStep::Done(_) | EnsureStep::GiveUp(_) => {}
            }
        }
        // With nothing wanted there may still be something to delete.
        if look || self.options.delete && self.last_seen.is_none() {
            return ApplyStep::Look;
        }
        if let Some(wait) = wait {
            return ApplyStep::Wait(wait);
        }
        self.next_delete()
    }

    fn next_delete(&mut self) -> ApplyStep {
        if !self.options.delete {
            return ApplyStep::Done;
        }
        if self.doomed.is_none() {
            let kept: Vec<_> =
                self.ended().flatten().filter_map(Result::ok).map(|ensured| ensured.id).collect();
            // With one of them given up nobody knows which of the others is it.
            let all = kept.len() == self.ensures.len();
            let owns = self.options.owns.as_deref().filter(|_| all);
            self.doomed = Some(
                unwanted(self.last_seen.as_deref().unwrap_or_default(), owns, &kept)
                    .map(|webhook| webhook.id.clone())
                    .collect(),
            );
        }
        let next = self.doomed.as_ref().and_then(|doomed| doomed.last());
        next.map_or(ApplyStep::Done, |id| ApplyStep::Delete(id.clone()))
    }

    /// A list was asked for at this time, and holds all webhooks of the account.
    pub fn looked(&mut self, seen: Vec<Webhook>, asked_at: SystemTime) {
        for ensure in &mut self.ensures {
            ensure.looked(&seen, asked_at);
        }
        self.last_seen = Some(seen);
    }

    /// A create has ended.
    pub fn created(&mut self, index: usize, end: CreateEnd, now: SystemTime) {
        if let Some(ensure) = self.ensures.get_mut(index) {
            ensure.created(end, now);
        }
    }

    /// What was asked for about this wanted one cannot be done.
    pub fn failed(&mut self, index: usize) {
        if let Some(ensure) = self.ensures.get_mut(index) {
            ensure.failed();
        }
    }

    /// An update is done.
    pub fn updated(&mut self, index: usize) {
        if let Some(ensure) = self.ensures.get_mut(index) {
            ensure.updated();
        }
    }

    /// A delete cannot be done.
    pub fn undeletable(&mut self, id: &WebhookId) {
        match &mut self.doomed {
            Some(doomed) => doomed.retain(|other| other != id),
            None => self.ensures.iter_mut().for_each(|ensure| ensure.failed_if_deleting(id)),
        }
    }

    /// A delete is done.
    pub fn deleted(&mut self, id: &WebhookId) {
        match &mut self.doomed {
            Some(doomed) => {
                doomed.retain(|other| other != id);
                self.deleted.push(id.clone());
            }
            None => self.ensures.iter_mut().for_each(|ensure| ensure.deleted_if(id)),
        }
    }
}
