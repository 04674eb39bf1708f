//! One webhook of an identity, once: a pure state machine. Time is an argument; whoever drives it makes the calls.

use std::time::{Duration, SystemTime};

use crate::{
    event_code::EventCodes,
    identity::Identity,
    new_webhook::NewWebhook,
    ticket::{DEFAULT_SETTLING, Resolution, Ticket},
    verification::{Difference, Unverified, Verification, changes, verify},
    webhook::{Webhook, WebhookStatus},
    webhook_id::WebhookId,
};

/// The wait after the first look that showed nothing; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// How often a create is sent whose predecessors are surely absent.
const MOST_CREATES: u32 = 3;

/// How [`Ensure`] goes about it.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks_core::EnsureOptions;
///
/// let options = EnsureOptions::builder().settling(Duration::from_secs(120)).remove_surplus(true).build();
/// assert_eq!(options.settling, Duration::from_secs(120));
/// assert!(EnsureOptions::default().tickets.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, bon::Builder)]
pub struct EnsureOptions {
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[builder(default = DEFAULT_SETTLING)]
    pub settling: Duration,
    /// Whether a webhook that this very run created is deleted when another of its identity turns out to exist. Default: no.
    #[builder(default)]
    pub remove_surplus: bool,
    /// Creates of the same identity that were cut off earlier: before they are settled nothing is created.
    #[builder(default)]
    pub tickets: Vec<Ticket>,
}

impl Default for EnsureOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// What was done so that one webhook of the identity exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensured {
    /// The one that exists.
    pub id: WebhookId,
    /// What was done.
    pub change: Change,
    /// Others of the same identity, which deliver everything once more.
    pub surplus: Vec<WebhookId>,
    /// Those that were created here and deleted again, because another existed.
    pub removed: Vec<WebhookId>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing: it was there.
    Existed,
    /// It was created; never [`Verification::Different`] unless the account takes its number for another event.
    Created(Verification),
    /// It was there, and what differed was replaced.
    Updated(Vec<Difference>),
    /// It is there and does not deliver; only a person can enable it, in the vendor's UI.
    Disabled(WebhookStatus),
}

impl Change {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Existed => "existed",
            Self::Created(_) => "created",
            Self::Updated(_) => "updated",
            Self::Disabled(_) => "disabled",
        }
    }
}

/// How a create ended that [`Ensure`] asked for. What was refused for another reason, or surely not sent, ends the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateEnd {
    /// It succeeded.
    Created(WebhookId),
    /// The request left at this time, and nobody knows.
    Unknown {
        /// When it left, at the latest.
        sent_at: SystemTime,
    },
    /// The API says that there is one already.
    Duplicate,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum EnsureStep {
    /// List the webhooks of the event, and tell it by [`Ensure::looked`].
    Look,
    /// Ask again after this long.
    Wait(Duration),
    /// Create it, and tell the end by [`Ensure::created`].
    Create,
    /// Replace this one, and tell it by [`Ensure::updated`].
    Update(WebhookId),
    /// Delete this one, and tell it by [`Ensure::deleted`].
    Delete(WebhookId),
    /// It is done.
    Done(Box<Ensured>),
    /// It cannot be done: creates were lost time and again, or the API says "duplicate" of something that it does not show.
    GiveUp(Option<Ticket>),
}

/// One webhook of an identity, once.
///
/// It looks first, creates only what is surely not there, reads back what it made, and takes a lost answer for neither a yes
/// nor a no: it looks again until the webhook shows up or the settling time is over.
///
/// Several at once may each look, see nothing and create. Each then sees the other on reading back, unless the list is later
/// than that; the one whose id is the greater is surplus, and is deleted by whoever made it, when that was asked for.
#[derive(Clone, Debug)]
pub struct Ensure {
    asked: NewWebhook,
    codes: EventCodes,
    options: EnsureOptions,
    identity: Identity,
    phase: Phase,
    creates: u32,
}

#[derive(Clone, Debug)]
enum Phase {
    /// Nothing is known yet, or a create is to be found out.
    Looking {
        since: Option<Ticket>,
        waited: u32,
        not_before: Option<SystemTime>,
        duplicate: bool,
    },
    Creating,
    Updating {
        ensured: Ensured,
    },
    /// Created; to be seen.
    Confirming {
        id: WebhookId,
        created_at: Option<SystemTime>,
        waited: u32,
        not_before: Option<SystemTime>,
    },
    Deleting {
        own: WebhookId,
        ensured: Ensured,
    },
    Done(Ensured),
    GivenUp(Option<Ticket>),
}

impl Ensure {
    /// Starts with a look.
    #[must_use]
    pub fn new(asked: NewWebhook, codes: EventCodes, options: EnsureOptions) -> Self {
        let identity = Identity::of(&asked, codes);
        let mine = options.tickets.iter().filter(|ticket| *ticket.identity() == identity);
        let since = mine.max_by_key(|ticket| ticket.sent_at()).cloned();
        let phase = Phase::Looking { since, waited: 0, not_before: None, duplicate: false };
        Self { asked, codes, options, identity, phase, creates: 0 }
    }

    /// The webhook that is to exist.
    #[must_use]
    pub const fn asked(&self) -> &NewWebhook {
        &self.asked
    }

    /// What makes it the same as another.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Done(_) | Phase::GivenUp(_))
    }

    /// What is to be done next.
    #[must_use]
    pub fn next(&self, now: SystemTime) -> EnsureStep {
        match &self.phase {
            Phase::Looking { not_before, .. } | Phase::Confirming { not_before, .. } => {
                let wait = not_before.and_then(|time| time.duration_since(now).ok());
                wait.filter(|wait| !wait.is_zero()).map_or(EnsureStep::Look, EnsureStep::Wait)
            }
            Phase::Creating => EnsureStep::Create,
            Phase::Updating { ensured } => EnsureStep::Update(ensured.id.clone()),
            Phase::Deleting { own, .. } => EnsureStep::Delete(own.clone()),
            Phase::Done(ensured) => EnsureStep::Done(Box::new(ensured.clone())),
            Phase::GivenUp(ticket) => EnsureStep::GiveUp(ticket.clone()),
        }
    }

    /// A list was asked for at this time, and holds all webhooks of the event. A look that nobody waits for changes nothing.
    pub fn looked(&mut self, seen: &[Webhook], asked_at: SystemTime) {
        let mut same: Vec<&Webhook> = seen.iter().filter(|webhook| self.identity.matches(webhook)).collect();
        same.sort_by(|a, b| a.id.cmp(&b.id));
        self.phase = match std::mem::replace(&mut self.phase, Phase::GivenUp(None)) {
            Phase::Looking { since, waited, duplicate, .. } => {
                self.found(&same, since, waited, duplicate, asked_at)
            }
            Phase::Confirming { id, created_at, waited, .. } => {
                self.confirm(&same, seen, id, created_at, waited, asked_at)
            }
            other => other,
        };
    }

    /// The create that was asked for has ended.
    pub fn created(&mut self, end: CreateEnd, now: SystemTime) {
        let looking = |sent_at, duplicate| Phase::Looking {
            since: Some(Ticket::for_identity(self.identity.clone(), sent_at)),
            waited: 0,
            not_before: None,
            duplicate,
        };
        self.phase = match end {
            CreateEnd::Created(id) => {
                Phase::Confirming { id, created_at: Some(now), waited: 0, not_before: None }
            }
            CreateEnd::Unknown { sent_at } => looking(sent_at, false),
            CreateEnd::Duplicate => looking(now, true),
        };
    }

    /// What was asked for cannot be done, for a reason that looking again would not mend.
    pub fn failed(&mut self) {
        self.phase = Phase::GivenUp(None);
    }

    /// The update that was asked for is done.
    pub fn updated(&mut self) {
        if let Phase::Updating { ensured } = &self.phase {
            self.phase = Phase::Done(ensured.clone());
        }
    }

    /// The delete that was asked for is done.
    pub fn deleted(&mut self) {
        if let Phase::Deleting { own, ensured } = &self.phase {
            let mut ensured = ensured.clone();
            ensured.surplus.retain(|id| id != own);
            ensured.removed.push(own.clone());
            self.phase = Phase::Done(ensured);
        }
    }

    pub(crate) fn failed_if_deleting(&mut self, id: &WebhookId) {
        if matches!(&self.phase, Phase::Deleting { own, .. } if own == id) {
            self.failed();
        }
    }

    pub(crate) fn deleted_if(&mut self, id: &WebhookId) {
        if matches!(&self.phase, Phase::Deleting { own, .. } if own == id) {
            self.deleted();
        }
    }

    /// What the run is about to say, before the calls that make it true; nothing when it would create.
    pub(crate) fn intended(&self) -> Option<Ensured> {
        match &self.phase {
            Phase::Done(ensured) | Phase::Updating { ensured } | Phase::Deleting { ensured, .. } => {
                Some(ensured.clone())
            }
            Phase::Looking { .. } | Phase::Creating | Phase::Confirming { .. } | Phase::GivenUp(_) => None,
        }
    }

    fn found(
        &mut self,
        same: &[&Webhook],
        since: Option<Ticket>,
        waited: u32,
        duplicate: bool,
        asked_at: SystemTime,
    ) -> Phase {
        // Of several, one that delivers; of these the least id, so that everybody chooses alike.
        let enabled =
            |webhook: &&&Webhook| webhook.status.is_none_or(|status| status == WebhookStatus::Enabled);
        if let Some(kept) = same.iter().find(enabled).or_else(|| same.first()) {
            let surplus = others(same, &kept.id);
            let ended = |change| Ensured { id: kept.id.clone(), change, surplus, removed: Vec::new() };
            return match kept.status {
                Some(status) if status != WebhookStatus::Enabled => {
                    Phase::Done(ended(Change::Disabled(status)))
                }
                // What a create of ours became is verified like any other.
                _ if self.creates > 0 && !duplicate => {
                    let verification = verify(&self.asked, self.codes, kept);
                    Phase::Done(ended(Change::Created(verification)))
                }
                _ => match changes(&self.asked, kept) {
                    differences if differences.is_empty() => Phase::Done(ended(Change::Existed)),
                    differences => Phase::Updating { ensured: ended(Change::Updated(differences)) },
                },
            };
        }
        let resolution = since.as_ref().map(|ticket| ticket.resolve(&[], asked_at, self.options.settling));
        match resolution {
            Some(Resolution::NotSeen { settled_at }) => Phase::Looking {
                since,
                waited: waited + 1,
                not_before: Some((asked_at + wait(waited)).min(settled_at)),
                duplicate,
            },
            _ if duplicate || self.creates >= MOST_CREATES => Phase::GivenUp(since),
            _ => {
                self.creates += 1;
                Phase::Creating
            }
        }
    }

    fn confirm(
        &self,
        same: &[&Webhook],
        seen: &[Webhook],
        id: WebhookId,
        created_at: Option<SystemTime>,
        waited: u32,
        asked_at: SystemTime,
    ) -> Phase {
        let Some(own) = seen.iter().find(|webhook| webhook.id == id) else {
            let settled_at = created_at.unwrap_or(asked_at) + self.options.settling;
            if asked_at < settled_at {
                let not_before = Some((asked_at + wait(waited)).min(settled_at));
                return Phase::Confirming { id, created_at, waited: waited + 1, not_before };
            }
            let change = Change::Created(Verification::Unverified { why: Unverified::NotSeen });
            let surplus = others(same, &id);
            return Phase::Done(Ensured { id, change, surplus, removed: Vec::new() });
        };
        let verification = verify(&self.asked, self.codes, own);
        let surplus = others(same, &id);
        let least = same.first().map(|webhook| webhook.id.clone());
        match least {
            Some(kept) if self.options.remove_surplus && kept < id && verification == Verification::Same => {
                let surplus = others(same, &kept);
                let ensured = Ensured { id: kept, change: Change::Existed, surplus, removed: Vec::new() };
                Phase::Deleting { own: id, ensured }
            }
            _ => Phase::Done(Ensured {
                id,
                change: Change::Created(verification),
                surplus,
                removed: Vec::new(),
            }),
        }
    }
}

fn others(same: &[&Webhook], kept: &WebhookId) -> Vec<WebhookId> {
    same.iter().map(|webhook| &webhook.id).filter(|id| *id != kept).cloned().collect()
}

fn wait(waited: u32) -> Duration {
    let doubled = 1_u32.checked_shl(waited).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}
