//! A run driven by hand: each step is asserted, and each answer of the account is given.

use std::time::{Duration, SystemTime};

use leadsquared_webhooks_core::{
    CustomHeader, EventCodes, NewWebhook, OpportunityType, Outcome, Trigger, Webhook, WebhookId,
    WebhookStatus,
    reconcile::{
        CreateEnd, Failed, Finished, Identity, Job, Memory, MismatchNote, Note, OpenCreate, Prune,
        ReconcileOptions, Reconciled, Reconciler, Seal, Step, Ticket, Written,
    },
};

pub(super) type Ended = Result<Reconciled, Failed<&'static str>>;

pub(super) const WINDOW: Duration = Duration::from_mins(1);

pub(super) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

pub(super) fn after(seconds: u64) -> SystemTime {
    start() + Duration::from_secs(seconds)
}

pub(super) fn id(text: &str) -> WebhookId {
    text.parse().unwrap()
}

pub(super) fn ids(texts: &[&str]) -> Vec<WebhookId> {
    texts.iter().map(|text| id(text)).collect()
}

/// Returns a desired webhook with only the required parts.
pub(super) fn desired(trigger: Trigger, path: &str) -> NewWebhook {
    NewWebhook::builder(format!("https://example.com/{path}").parse().unwrap(), trigger).build()
}

pub(super) fn lead(path: &str) -> NewWebhook {
    desired(Trigger::LeadCreate, path)
}

/// Returns a desired webhook whose code the tables dispute: 31 is an opportunity's create in one,
/// its delete in the other.
pub(super) fn disputed(path: &str) -> NewWebhook {
    let types = "12000".parse::<OpportunityType>().unwrap().into();
    desired(Trigger::OpportunityCreate(types), path)
}

/// Returns the same webhook with a header, which no answer shows.
pub(super) fn with_header(webhook: &NewWebhook, value: &str) -> NewWebhook {
    let headers = vec![CustomHeader::parse("x-key", value).unwrap()].try_into().unwrap();
    NewWebhook::builder(webhook.url().clone(), webhook.trigger().clone()).custom_headers(headers).build()
}

pub(super) fn with_description(webhook: &NewWebhook, text: &str) -> NewWebhook {
    NewWebhook::builder(webhook.url().clone(), webhook.trigger().clone()).description(text).build()
}

/// Returns an existing webhook as the account shows it.
pub(super) fn shown(text: &str, webhook: &NewWebhook) -> Webhook {
    let identity = Identity::of(webhook);
    Webhook {
        id: id(text),
        event: identity.event().cloned(),
        url: Some(identity.url().to_owned()),
        status: Some(WebhookStatus::Enabled),
        description: Some(String::new()),
        properties: Some(if identity.properties().is_null() {
            String::new()
        } else {
            identity.properties().to_string()
        }),
        other: Vec::new(),
    }
}

pub(super) fn disabled(webhook: Webhook) -> Webhook {
    Webhook { status: Some(WebhookStatus::Disabled), ..webhook }
}

pub(super) fn seal() -> Seal {
    Seal::new(&"secret".parse().unwrap())
}

/// Returns a memory that holds created webhooks.
pub(super) fn wrote(all: &[(&str, &NewWebhook)]) -> Memory {
    let mut memory = Memory::default();
    for (text, webhook) in all {
        memory.note(Note::Wrote(Written::new(id(text), webhook, &seal())));
    }
    memory
}

/// Returns a memory of a create that was sent at the start and never seen.
pub(super) fn lost(webhook: &NewWebhook, known: &[&str]) -> Memory {
    let ticket = Ticket::new(webhook, start()).knowing(ids(known));
    Memory { open: vec![OpenCreate { ticket, is_ended: true }], ..Memory::default() }
}

/// Returns a memory of a create that ended in a mismatch.
pub(super) fn mismatched(webhook: &NewWebhook, kept: Option<&str>) -> Memory {
    let code = webhook.trigger().code(EventCodes::Documented);
    let note =
        MismatchNote { desired: Identity::of(webhook), code, differences: Vec::new(), id: kept.map(id) };
    Memory { mismatches: vec![note], ..Memory::default() }
}

pub(super) fn options() -> ReconcileOptions {
    ReconcileOptions { consistency_window: WINDOW, seal: Some(seal()), ..ReconcileOptions::default() }
}

pub(super) fn pruning(prefix: &str) -> ReconcileOptions {
    let prune = Prune { prefix: prefix.parse().unwrap(), shown: None };
    ReconcileOptions { prune: Some(prune), ..options() }
}

pub(super) struct Run {
    pub(super) machine: Reconciler<&'static str>,
    pub(super) now: SystemTime,
    pub(super) notes: Vec<Note>,
    /// The seconds waited before each list.
    pub(super) waits: Vec<u64>,
}

impl Run {
    pub(super) fn new(webhooks: &[NewWebhook], options: ReconcileOptions, memory: Memory) -> Self {
        Self::of(Reconciler::new(webhooks.to_vec(), options, memory))
    }

    pub(super) fn one(webhook: &NewWebhook, options: ReconcileOptions, memory: Memory) -> Self {
        Self::new(std::slice::from_ref(webhook), options, memory)
    }

    pub(super) fn of(machine: Reconciler<&'static str>) -> Self {
        Self { machine, now: start(), notes: Vec::new(), waits: Vec::new() }
    }

    pub(super) fn job(&self, index: usize) -> Job {
        self.machine.jobs().nth(index).unwrap()
    }

    /// Returns the next step other than a wait.
    pub(super) fn step(&mut self) -> Step {
        loop {
            let step = self.machine.next(self.now);
            self.notes.extend(self.machine.take_notes());
            let time = match step {
                Step::Wait(waiting) => {
                    assert!(waiting.time <= waiting.at_most, "{waiting:?}");
                    waiting.time
                }
                Step::Pause(time) => time,
                step => return step,
            };
            assert!(!time.is_zero());
            self.waits.push(time.as_secs());
            self.now += time;
        }
    }

    /// Expects a list, and answers it with these webhooks.
    pub(super) fn lists(mut self, seen: &[Webhook]) -> Self {
        assert_eq!(self.step(), Step::List);
        self.machine.listed(seen, self.now);
        self.notes.extend(self.machine.take_notes());
        self
    }

    pub(super) fn fails_to_list(mut self, outcome: Outcome) -> Self {
        assert_eq!(self.step(), Step::List);
        self.machine.list_failed(&"no list", outcome);
        self
    }

    /// Expects the create of the desired webhook with this index.
    pub(super) fn creates(mut self, index: usize, end: CreateEnd<&'static str>) -> Self {
        self = self.sends_create(index);
        self.created(index, end)
    }

    pub(super) fn sends_create(mut self, index: usize) -> Self {
        let step = self.step();
        assert!(matches!(&step, Step::Create(job, _) if *job == self.job(index)), "{step:?}");
        self
    }

    pub(super) fn created(mut self, index: usize, end: CreateEnd<&'static str>) -> Self {
        self.machine.created(self.job(index), end, self.now);
        self.notes.extend(self.machine.take_notes());
        self
    }

    pub(super) fn loses_create(self, index: usize) -> Self {
        let sent_at = self.now;
        self.creates(index, CreateEnd::Unknown { error: "lost", sent_at })
    }

    pub(super) fn updates(
        mut self,
        index: usize,
        of: &str,
        end: Result<(), (&'static str, Outcome)>,
    ) -> Self {
        let step = self.step();
        assert!(matches!(&step, Step::Update(_, updated, _) if *updated == id(of)), "{step:?}");
        self.machine.updated(self.job(index), end, self.now);
        self.notes.extend(self.machine.take_notes());
        self
    }

    pub(super) fn deletes(mut self, of: &str, end: Result<(), (&'static str, Outcome)>) -> Self {
        let step = self.step();
        let Step::Delete(job, deleted) = &step else { panic!("{step:?}") };
        assert_eq!(*deleted, id(of));
        self.machine.deleted(*job, end);
        self.notes.extend(self.machine.take_notes());
        self
    }

    /// Expects the end of the run.
    pub(super) fn finish(mut self) -> Finished<&'static str> {
        assert_eq!(self.step(), Step::Done);
        self.machine.finish()
    }

    /// Returns the results of its webhooks.
    pub(super) fn ends(self) -> Vec<Ended> {
        let (_, ended): (Vec<Job>, Vec<Ended>) = self.finish().webhooks.into_iter().unzip();
        ended
    }

    /// Returns the result of its only webhook, which must not be an error.
    pub(super) fn ends_well(self) -> Reconciled {
        let mut all = self.ends();
        assert_eq!(all.len(), 1);
        all.remove(0).unwrap()
    }

    pub(super) fn ends_badly(self) -> Failed<&'static str> {
        let mut all = self.ends();
        assert_eq!(all.len(), 1);
        all.remove(0).unwrap_err()
    }
}
