//! Runs with their networks, clocks and state files, people and other clients, in virtual time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    rc::Rc,
    time::{Duration, SystemTime},
};

use fastrand::Rng;
use leadsquared_webhooks_core::{
    EventCodes, Outcome, Ticket, Webhook, WebhookId, WebhookPage, WebhookStatus,
    reconcile::{
        Clocks, CreateEnd, Finished, Job, Listing, ListingStep, Memory, Note, Prune, Reading,
        ReconcileOptions, Reconciler, Seal, Step,
    },
};
use serde_json::Value;

use super::{
    cases::{Case, PREFIX, RECEIVERS},
    hazards::{Hazard, Hazards},
    laws,
    world::{Existing, Maker, Refusal, Server, Time, World},
};

/// How long after its timeout a call may arrive, and how long its webhook may be missing from
/// lists: the premises of the consistency window.
const LATE: Time = 30_000;

/// More steps than any run takes; each list, call and wait takes a few.
const MOST_STEPS: usize = 1_500;

/// The clocks of a process. The wall clock may be set; the monotonic clock stops while the machine
/// sleeps.
///
/// The premise: no process starts with a wall clock ahead of the one that an earlier process of its
/// operator ended with. If the clock is set back, the machine sleeps, and the clock is corrected
/// before the next run, then the creates in the state look older than they are, and nothing in the
/// state shows it.
#[derive(Clone, Debug)]
pub(crate) struct ProcessClocks {
    /// How far the wall clock is ahead.
    ahead: i64,
    /// When the machine sleeps: start and end of each sleep, past or future.
    sleeps: Vec<(Time, Time)>,
    clocks: Clocks,
}

impl ProcessClocks {
    fn new(ahead: i64, now: Time) -> Self {
        Self { ahead, sleeps: Vec::new(), clocks: Clocks::new(wall(ahead, now), Duration::from_millis(now)) }
    }

    fn read(&mut self, now: Time) -> Reading {
        let slept: Time = self.sleeps.iter().map(|(from, until)| now.min(*until) - from).sum();
        self.clocks.read(wall(self.ahead, now), Duration::from_millis(now - slept))
    }

    /// Returns when the machine wakes up, if it sleeps.
    fn awake_at(&self) -> Time {
        self.sleeps.last().map_or(0, |(_, until)| *until)
    }
}

fn wall(ahead: i64, now: Time) -> SystemTime {
    // Far from 1970, so that no clock reaches it.
    let milliseconds = 1_000_000_000_000 + i64::try_from(now).unwrap() + ahead;
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap())
}

/// The request of a call.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Page(u32, u32),
    Create(Value),
    Update(WebhookId, Value),
    Delete(WebhookId),
}

impl Request {
    fn brief(&self) -> String {
        match self {
            Self::Page(page, size) => format!("page {page} of {size}"),
            Self::Create(body) => {
                format!("CREATE {} {} {}", body["URL"], body["WebhookEvent"], body["WebhookProperties"])
            }
            Self::Update(id, body) => {
                format!("UPDATE {} {} {}", id.as_str(), body["URL"], body["Description"])
            }
            Self::Delete(id) => format!("DELETE {}", id.as_str()),
        }
    }
}

/// The fate of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    NotSent,
    Refused,
    /// It may arrive, but no answer comes back.
    Lost,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) run: usize,
    pub(crate) job: Option<Job>,
    /// The desired webhook that the call is for.
    pub(crate) case: Option<usize>,
    pub(crate) request: Request,
    pub(crate) fate: Fate,
    pub(crate) sent: Time,
    /// When the call will arrive, if ever.
    pub(crate) arrives: Option<Time>,
    /// When the call arrived.
    pub(crate) arrived: Option<Time>,
    /// The page that it read.
    page: Option<WebhookPage>,
    /// The webhook that it created.
    pub(crate) made: Option<WebhookId>,
    pub(crate) refused: Option<Refusal>,
    /// Whether its sender got an answer.
    pub(crate) is_heard: bool,
    /// For the delete of a duplicate: the webhook that remains.
    pub(crate) winner: Option<WebhookId>,
    /// The time of the list that the call is based on.
    pub(crate) listed: Time,
}

impl Call {
    fn new(run: usize, job: Option<Job>, case: Option<usize>, request: Request, sent: Time) -> Self {
        Self {
            run,
            job,
            case,
            request,
            fate: Fate::Answered,
            sent,
            arrives: None,
            arrived: None,
            page: None,
            made: None,
            refused: None,
            is_heard: false,
            winner: None,
            listed: 0,
        }
    }
}

impl Call {
    pub(crate) fn is_applied(&self) -> bool {
        self.arrived.is_some() && self.refused.is_none()
    }

    pub(crate) fn is_read(&self) -> bool {
        matches!(self.request, Request::Page(..))
    }
}

/// A list as a run got it, with the true webhook behind each item.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) asked: Time,
    pub(crate) seen: Vec<Rc<Existing>>,
}

impl List {
    pub(crate) fn get(&self, id: &WebhookId) -> Option<&Existing> {
        self.seen.iter().map(Rc::as_ref).find(|existing| existing.id == *id)
    }
}

struct InReading {
    listing: Listing,
    asked_at: SystemTime,
    asked: Time,
    /// When the first page of the latest attempt was sent.
    began: Time,
    behind: HashMap<WebhookId, Rc<Existing>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Running,
    Killed,
    /// It was stopped, and reported what it knew.
    Interrupted,
    Finished,
}

pub(crate) struct Run {
    pub(crate) operator: usize,
    pub(crate) cases: Vec<Case>,
    pub(crate) options: ReconcileOptions,
    pub(crate) is_resolve: bool,
    /// The memory at its start.
    pub(crate) memory: Memory,
    pub(crate) created_before: HashSet<WebhookId>,
    pub(crate) machine: Option<Reconciler<usize>>,
    pub(crate) codes: EventCodes,
    pub(crate) jobs: Vec<Job>,
    pub(crate) lists: Vec<List>,
    /// The number of lists when each desired webhook ended.
    pub(crate) judged: Vec<Option<usize>>,
    pub(crate) calls: Vec<usize>,
    pub(crate) life: Life,
    /// Whether writing the state file failed.
    pub(crate) is_unstored: bool,
    pub(crate) finished: Option<Finished<usize>>,
    clocks: ProcessClocks,
    reading: Option<InReading>,
    in_flight: usize,
    most: usize,
    steps: usize,
    kill_after: Option<usize>,
}

impl Run {
    pub(crate) fn last(&self) -> Option<&List> {
        self.lists.last()
    }

    pub(crate) fn case_of(&self, job: Job) -> Option<usize> {
        self.jobs.iter().position(|other| *other == job)
    }
}

/// A state file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) memory: Memory,
    /// Notes that are written but not yet synced.
    pending: Vec<Note>,
    /// The webhooks that its runs created and whose IDs they got.
    pub(crate) created: HashSet<WebhookId>,
}

/// A user who starts one run after another.
pub(crate) struct Operator {
    pub(crate) store: Option<Store>,
    pub(crate) cases: Vec<Case>,
    pub(crate) options: ReconcileOptions,
    /// The key that seals headers.
    seal: Option<u8>,
    /// The tickets of its client, each with the runs whose creates it covers.
    pub(crate) tickets: Vec<(Ticket, Vec<usize>)>,
    runs_left: usize,
    /// How far the wall clock is ahead when the next run starts.
    base: i64,
    /// The runs so far.
    pub(crate) runs: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrive(usize),
    Answer(usize),
    Wake(usize),
    Person,
    Start(usize),
    Kill(usize),
    Interrupt(usize),
    SetClock(usize),
}

pub(crate) struct Simulation {
    pub(crate) random: Rng,
    pub(crate) world: World,
    pub(crate) now: Time,
    pub(crate) runs: Vec<Run>,
    pub(crate) calls: Vec<Call>,
    pub(crate) operators: Vec<Operator>,
    /// When people took a webhook out of service.
    pub(crate) takings: Vec<(Time, WebhookId)>,
    pub(crate) claims: Vec<laws::Claim>,
    pub(crate) hazards: Hazards,
    pub(crate) is_calm: bool,
    queue: BinaryHeap<Reverse<(Time, usize, Event)>>,
    events: usize,
    /// How many of 256 calls fail.
    faults: u8,
    /// Whether most creates are lost before they arrive, and everything else succeeds.
    swallows: bool,
    is_traced: bool,
}

impl Simulation {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let server = Server::new(&mut random);
        let mut hazards = Hazards::default();
        hazards.of_server(&server);
        let world = World::new(server, random.fork());
        let faults = [0, 10, 40, 90][random.usize(0..4)];
        let swallows = random.u8(0..32) == 0;
        let mut this = Self {
            random,
            world,
            now: 0,
            runs: Vec::new(),
            calls: Vec::new(),
            operators: Vec::new(),
            takings: Vec::new(),
            claims: Vec::new(),
            hazards,
            is_calm: false,
            queue: BinaryHeap::new(),
            events: 0,
            faults,
            swallows,
            is_traced: std::env::var_os("LIFECYCLE_TRACE").is_some(),
        };
        this.trace(|this| format!("{:?}", this.world.server));
        this.set_up();
        this
    }

    pub(crate) fn trace(&self, text: impl FnOnce(&Self) -> String) {
        if self.is_traced {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "{:>9} {}", self.now, text(self));
        }
    }

    fn set_up(&mut self) {
        let cases = Case::several(&mut self.random, 4);
        let two = self.random.u8(0..3) == 0;
        let shared = self.options();
        for number in 0..if two { 2 } else { 1 } {
            let store = (self.random.u8(0..3) > 0).then(Store::default);
            let seal = store.as_ref().filter(|_| self.random.u8(0..8) > 0).map(|_| 0);
            // Two operators that prune share one manifest, and two that send codes share one table:
            // otherwise each would revert the other's changes.
            let options = if shared.prune.is_some() {
                shared.clone()
            } else {
                ReconcileOptions { codes: shared.codes, ..self.options_without_prune() }
            };
            let runs_left = self.random.usize(1..4);
            self.operators.push(Operator {
                store,
                cases: cases.clone(),
                options,
                seal,
                tickets: Vec::new(),
                runs_left,
                base: 0,
                runs: Vec::new(),
            });
            let start = if number == 0 { 0 } else { [0, 300, 3_000, 30_000][self.random.usize(0..4)] };
            let start = start + self.random.u64(0..500);
            self.at(start, Event::Start(number));
        }
        if two {
            self.hazards.count(Hazard::TwoOperators);
        }
        self.before(&cases);
        let persons = if self.random.bool() { self.random.usize(1..6) } else { 0 };
        for _ in 0..persons {
            let at = self.some(4_000, 120_000);
            self.at(at, Event::Person);
        }
    }

    fn options(&mut self) -> ReconcileOptions {
        let mut options = self.options_without_prune();
        if self.random.u8(0..3) == 0 {
            options.prune = Some(Prune { prefix: PREFIX.parse().unwrap(), shown: None });
        }
        options
    }

    fn options_without_prune(&mut self) -> ReconcileOptions {
        let mut seldom = |of: u8| self.random.u8(0..of) == 0;
        let codes = seldom(4).then(|| if seldom(2) { EventCodes::Observed } else { EventCodes::Documented });
        ReconcileOptions {
            codes,
            overwrite: seldom(4),
            keep_mismatch: seldom(6),
            keep_duplicates: seldom(6),
            ..ReconcileOptions::default()
        }
    }

    /// Sets up the account before the first run.
    fn before(&mut self, cases: &[Case]) {
        for _ in 0..self.random.usize(0..5) {
            let case = if self.random.bool() {
                cases[self.random.usize(0..cases.len())].clone()
            } else {
                Case::new(&mut self.random)
            };
            self.foreign(&case, Maker::Before);
        }
        for index in 0..self.world.all.len() {
            let status = [0, 0, 0, 1, 2, 7][self.random.usize(0..6)];
            let existing = Rc::make_mut(&mut self.world.all[index]);
            existing.visible_at = 0;
            let id = existing.id.clone();
            let _ = self.world.change(&id, |existing| existing.status = WebhookStatus::from_code(status));
            if status > 0 {
                self.hazards.count(Hazard::DisabledBefore);
            }
            let existing = &self.world.all[index];
            if let Some(case) = cases.iter().find(|case| case.is(&existing.truth)) {
                self.hazards.count(Hazard::SameBefore);
                if self.world.all[..index].iter().any(|other| case.is(&other.truth)) {
                    self.hazards.count(Hazard::DuplicateBefore);
                }
            } else if cases.iter().any(|case| case.became(&existing.truth)) {
                self.hazards.count(Hazard::NearBefore);
            } else {
                self.hazards.count(Hazard::ForeignBefore);
            }
        }
    }

    /// Creates a webhook outside of any run, possibly with another spelling.
    fn foreign(&mut self, case: &Case, maker: Maker) {
        let mut body = case.body(self.world.server.table);
        let spellings = RECEIVERS
            [if self.random.u8(0..6) == 0 { self.random.usize(0..RECEIVERS.len()) } else { case.receiver }];
        body["URL"] = spellings[self.random.usize(0..spellings.len())].into();
        if self.random.bool() {
            body["Description"] = "of a person".into();
        }
        let made = self.world.create(&body, maker, self.now);
        self.trace(|_| format!("{maker:?} makes {made:?} {}", body["URL"]));
    }

    /// Returns a random time, often a short one.
    fn some(&mut self, short: Time, long: Time) -> Time {
        let most = if self.random.bool() { short } else { long };
        self.random.u64(0..most)
    }

    fn at(&mut self, time: Time, event: Event) {
        self.events += 1;
        self.queue.push(Reverse((time, self.events, event)));
    }

    /// Processes all events.
    pub(crate) fn drain(&mut self) {
        while let Some(Reverse((time, _, event))) = self.queue.pop() {
            self.now = self.now.max(time);
            self.happens(event);
        }
    }

    fn happens(&mut self, event: Event) {
        // A sleeping machine receives nothing.
        let awake_at = match event {
            Event::Answer(call) => self.runs[self.calls[call].run].clocks.awake_at(),
            Event::Wake(run) => self.runs[run].clocks.awake_at(),
            _ => 0,
        };
        if awake_at > self.now {
            return self.at(awake_at, event);
        }
        match event {
            Event::Arrive(call) => self.arrives(call),
            Event::Answer(call) => self.answered(call),
            Event::Wake(run) => self.pump(run),
            Event::Person => self.person(),
            Event::Start(operator) => self.start(operator),
            Event::Kill(run) => self.kill(run),
            Event::Interrupt(run) => {
                if self.runs[run].life == Life::Running {
                    self.hazards.count(Hazard::Interrupted);
                    self.finish(run, Life::Interrupted);
                }
            }
            Event::SetClock(run) => {
                let by = self.random.i64(-7_200_000..7_200_000);
                let by = if self.random.bool() { by } else { by / 200 };
                self.hazards.count(if by > 0 { Hazard::ClockForward } else { Hazard::ClockBack });
                let run = &mut self.runs[run];
                run.clocks.ahead += by;
                let operator = &mut self.operators[run.operator];
                operator.base = operator.base.min(run.clocks.ahead);
            }
        }
    }

    // People and other clients.

    fn person(&mut self) {
        self.hazards.count(Hazard::Person);
        let alive: Vec<_> = self.world.existing().map(|existing| existing.id.clone()).collect();
        let victim = self.random.choice(&alive).cloned();
        let (Some(id), act) = (victim, self.random.u8(0..8)) else {
            return self.person_creates();
        };
        self.trace(|_| format!("a person: {act} {id}"));
        match act {
            0..=2 => self.person_creates(),
            3 => {
                self.hazards.count(Hazard::PersonDescribes);
                let _ =
                    self.world.change(&id, |existing| "by a person".clone_into(&mut existing.description));
            }
            4 => {
                self.hazards.count(Hazard::PersonSwitches);
                let status = WebhookStatus::from_code([0, 1, 2][self.random.usize(0..3)]);
                let _ = self.world.change(&id, |existing| existing.status = status);
                self.takings.push((self.now, id));
            }
            5 => {
                self.hazards.count(Hazard::PersonReaddresses);
                let spellings = RECEIVERS[self.random.usize(0..RECEIVERS.len())];
                let url = spellings[self.random.usize(0..spellings.len())];
                self.world.readdress(&id, url);
                self.takings.push((self.now, id));
            }
            _ => {
                self.hazards.count(Hazard::PersonDeletes);
                let _ = self.world.delete(&id, self.now);
                self.takings.push((self.now, id));
            }
        }
    }

    fn person_creates(&mut self) {
        self.hazards.count(Hazard::PersonCreates);
        let cases = &self.operators[0].cases;
        let case = if self.random.u8(0..3) > 0 && !cases.is_empty() {
            cases[self.random.usize(0..cases.len())].clone()
        } else {
            Case::new(&mut self.random)
        };
        self.foreign(&case, Maker::Person);
    }

    // The lifecycle of a run.

    fn start(&mut self, number: usize) {
        let operator = &mut self.operators[number];
        operator.runs_left = operator.runs_left.saturating_sub(1);
        if !self.is_calm && !operator.runs.is_empty() {
            // Since the last run, someone may have edited the manifest, changed a key, or set the
            // clock back.
            if self.random.u8(0..4) == 0 && self.operators.len() == 1 {
                self.edit(number);
            }
            let operator = &mut self.operators[number];
            if operator.seal.is_some() && self.random.u8(0..12) == 0 {
                self.hazards.count(Hazard::KeyRotated);
                operator.seal = operator.seal.map(|key| key + 1);
            }
            if self.random.u8(0..4) == 0 {
                operator.base -= self.random.i64(0..7_200_000);
            }
        }
        let operator = &self.operators[number];
        if !self.is_calm && !operator.tickets.is_empty() && self.random.bool() {
            let (ticket, _) = operator.tickets[0].clone();
            let case = operator
                .cases
                .iter()
                .find(|case| Ticket::new(&case.webhook, ticket.sent_at()).identity() == ticket.identity());
            if let Some(case) = case.cloned() {
                return self.resolve(number, case, ticket);
            }
        }
        let (mut options, _) = self.options_of(number);
        let cases = operator.cases.clone();
        let memory = operator.store.as_ref().map(|store| store.memory.clone()).unwrap_or_default();
        if let Some(prune) = &mut options.prune
            && !self.is_calm
            && self.random.bool()
        {
            // Shown some time ago to the user who agreed.
            self.hazards.count(Hazard::PruneShown);
            let visible = self.world.existing().filter(|existing| existing.visible_at <= self.now);
            prune.shown = Some(visible.map(|existing| existing.shown.clone()).collect());
        }
        let webhooks = cases.iter().map(|case| case.webhook.clone()).collect();
        let machine = Reconciler::new(webhooks, options.clone(), memory.clone());
        self.begin(number, cases, options, memory, machine, false);
    }

    /// Returns the options and the time of an operator's next run.
    pub(crate) fn options_of(&self, number: usize) -> (ReconcileOptions, SystemTime) {
        let operator = &self.operators[number];
        let tickets = operator.tickets.iter().map(|(ticket, _)| ticket.clone()).collect();
        let seal = operator.seal.map(seal);
        (ReconcileOptions { tickets, seal, ..operator.options.clone() }, wall(operator.base, self.now))
    }

    fn resolve(&mut self, number: usize, case: Case, ticket: Ticket) {
        self.hazards.count(Hazard::Resolved);
        let mut options = ReconcileOptions::default();
        if self.random.bool() {
            options.max_wait = Some(Duration::from_secs(self.random.u64(0..20)));
        }
        let machine = Reconciler::resolve(ticket.clone(), options.clone());
        options.tickets.push(ticket);
        self.begin(number, vec![case], options, Memory::default(), machine, true);
    }

    /// Edits the manifest.
    fn edit(&mut self, number: usize) {
        let operator = &mut self.operators[number];
        match self.random.u8(0..4) {
            0 if operator.cases.len() > 1 => {
                operator.cases.pop();
            }
            1 => {
                let case = Case::new(&mut self.random);
                if !operator.cases.iter().any(|other| other.overlaps(&case)) {
                    operator.cases.push(case);
                }
            }
            2 => {
                let codes = if self.random.bool() { EventCodes::Observed } else { EventCodes::Documented };
                operator.options.codes = Some(codes);
            }
            _ => {
                for case in &mut operator.cases {
                    *case = case.edited(&mut self.random);
                }
            }
        }
        self.hazards.count(Hazard::ManifestEdited);
    }

    fn begin(
        &mut self,
        number: usize,
        cases: Vec<Case>,
        options: ReconcileOptions,
        memory: Memory,
        machine: Reconciler<usize>,
        is_resolve: bool,
    ) {
        let operator = &mut self.operators[number];
        let run = self.runs.len();
        operator.runs.push(run);
        let created_before = operator.store.as_ref().map(|store| store.created.clone()).unwrap_or_default();
        let base = operator.base;
        let clocks = ProcessClocks::new(base, self.now);
        let jobs = machine.jobs().collect();
        let judged = vec![None; cases.len()];
        let mut kill_after = None;
        if !self.is_calm {
            match self.random.u8(0..24) {
                0 | 1 => kill_after = Some(self.random.usize(1..20)),
                2 | 3 => {
                    let after = self.some(3_000, 40_000);
                    self.at(self.now + after, Event::Kill(run));
                }
                4 => {
                    let after = self.random.u64(0..10_000);
                    self.at(self.now + after, Event::Interrupt(run));
                }
                _ => {}
            }
            if self.random.u8(0..6) == 0 {
                let after = self.some(2_000, 60_000);
                self.at(self.now + after, Event::SetClock(run));
            }
        }
        self.hazards.count(Hazard::Run);
        self.trace(|_| {
            let what: Vec<_> = cases.iter().map(|case| (case.webhook.trigger(), case.webhook.url().as_str())).collect();
            format!("run {run} of {number} starts (clock {base}, resolve {is_resolve}): {what:?} {options:?} {memory:?}")
        });
        self.runs.push(Run {
            operator: number,
            cases,
            options,
            is_resolve,
            memory,
            created_before,
            codes: machine.codes(),
            machine: Some(machine),
            jobs,
            lists: Vec::new(),
            judged,
            calls: Vec::new(),
            life: Life::Running,
            is_unstored: false,
            finished: None,
            clocks,
            reading: None,
            in_flight: 0,
            most: if self.random.bool() { 64 } else { self.random.usize(1..4) },
            steps: 0,
            kill_after,
        });
        self.pump(run);
    }

    /// Executes the steps of a run's machine until the run has to wait.
    fn pump(&mut self, number: usize) {
        let mut creates = Vec::new();
        loop {
            let run = &mut self.runs[number];
            if run.life != Life::Running {
                return;
            }
            run.steps += 1;
            assert!(run.steps < MOST_STEPS, "the run never ends");
            if run.kill_after == Some(run.steps) {
                return self.kill(number);
            }
            let now = run.clocks.read(self.now).now;
            let is_full = run.in_flight + creates.len() >= run.most;
            let machine = run.machine.as_mut().unwrap();
            let step = if is_full { Step::Idle } else { machine.next(now) };
            match step {
                Step::Create(job, webhook) => creates.push((job, webhook)),
                Step::Update(job, id, webhook) => {
                    let run = &self.runs[number];
                    let body = leadsquared_webhooks_core::request::update(&id, &webhook, run.codes);
                    let body = serde_json::from_slice(body.body()).unwrap();
                    laws::may_update(self, number, job, &id, &webhook);
                    self.send(number, Some(job), Request::Update(id, body));
                }
                Step::Delete(job, id) => {
                    let winner = laws::may_delete(self, number, job, &id);
                    self.send(number, Some(job), Request::Delete(id));
                    self.calls.last_mut().unwrap().winner = winner;
                }
                step => {
                    let is_stored = self.store_notes(number, !creates.is_empty());
                    for (job, webhook) in creates.drain(..) {
                        if !is_stored {
                            let call = self.unsent(number, job);
                            let run = &mut self.runs[number];
                            let now = run.clocks.read(self.now).latest;
                            let end = CreateEnd::Failed { error: call, outcome: Outcome::NotSent };
                            run.machine.as_mut().unwrap().created(job, end, now);
                            self.judge(number);
                            continue;
                        }
                        if !self.is_calm && self.random.u8(..) < 2 {
                            // Stored, but not sent.
                            self.hazards.count(Hazard::KilledBeforeSending);
                            return self.kill(number);
                        }
                        laws::may_create(self, number, job, &webhook);
                        let codes = self.runs[number].codes;
                        let body = leadsquared_webhooks_core::request::create(&webhook, codes);
                        let body = serde_json::from_slice(body.body()).unwrap();
                        self.send(number, Some(job), Request::Create(body));
                    }
                    if !is_stored {
                        continue;
                    }
                    match step {
                        Step::List => return self.list(number),
                        Step::Wait(_) | Step::Pause(_) => {
                            let time = laws::waits(self, number, &step);
                            let time = u64::try_from(time.as_millis()).unwrap() + 1;
                            self.may_sleep(number);
                            return self.at(self.now + time, Event::Wake(number));
                        }
                        Step::Done => return self.finish(number, Life::Finished),
                        _ => {
                            assert!(self.runs[number].in_flight > 0, "it waits for nothing");
                            return;
                        }
                    }
                }
            }
        }
    }

    /// Sometimes lets the machine sleep, right after it sent something or while it waits.
    fn may_sleep(&mut self, number: usize) {
        let clocks = &mut self.runs[number].clocks;
        if !self.is_calm && self.random.u8(0..100) == 0 && clocks.awake_at() <= self.now {
            self.hazards.count(Hazard::ClockStands);
            clocks.sleeps.push((self.now, self.now + self.random.u64(0..600_000)));
        }
    }

    // The network.

    fn send(&mut self, number: usize, job: Option<Job>, request: Request) {
        let call = self.calls.len();
        let is_read = matches!(request, Request::Page(..));
        let travel = 5 + self.some(50, 900);
        let back = 5 + self.some(50, 900);
        let is_swallowed = self.swallows && matches!(request, Request::Create(_)) && self.random.u8(0..8) > 0;
        let faults = match (is_read, self.swallows) {
            (_, true) => 0,
            (true, _) => self.faults / 6,
            _ => self.faults,
        };
        let goes_wrong = !self.is_calm && (is_swallowed || self.random.u8(..) < faults);
        let (mut fate, mut arrives, mut ends) =
            (Fate::Answered, Some(self.now + travel), self.now + travel + back);
        if goes_wrong {
            let gives_up = self.now + self.random.u64(100..5_000);
            (fate, arrives, ends) = match self.random.u8(0..7) {
                _ if is_swallowed => (Fate::Lost, None, gives_up),
                0 => (Fate::NotSent, None, ends),
                1 => (Fate::Refused, None, ends),
                2 => (Fate::Lost, None, gives_up),
                3 | 4 => (Fate::Lost, Some(self.random.u64(self.now..gives_up)), gives_up),
                _ => (Fate::Lost, Some(gives_up + self.random.u64(0..=LATE)), gives_up),
            };
            self.hazards.of_call(&request, fate, arrives.map(|arrives| arrives > gives_up));
        }
        self.may_sleep(number);
        let run = &mut self.runs[number];
        let case = job.and_then(|job| run.case_of(job));
        run.calls.push(call);
        run.in_flight += 1;
        self.trace(|_| format!("run {number} sends {call} {} {fate:?} {arrives:?} {ends}", request.brief()));
        let sent = Call::new(number, job, case, request, self.now);
        let listed = self.runs[number].last().map_or(0, |list| list.asked);
        self.calls.push(Call { fate, arrives, listed, ..sent });
        if let Some(arrives) = arrives {
            self.at(arrives, Event::Arrive(call));
        }
        self.at(ends, Event::Answer(call));
    }

    /// Records a create that was never sent, because its record could not be stored.
    fn unsent(&mut self, number: usize, job: Job) -> usize {
        let case = self.runs[number].case_of(job);
        let unsent = Call::new(number, Some(job), case, Request::Create(Value::Null), self.now);
        self.calls.push(Call { fate: Fate::NotSent, is_heard: true, ..unsent });
        self.calls.len() - 1
    }

    fn arrives(&mut self, number: usize) {
        let call = &self.calls[number];
        let is_due = call.arrived.is_none() && call.arrives.is_some_and(|arrives| arrives <= self.now);
        if !is_due {
            return;
        }
        let now = self.now;
        let result = match &call.request {
            Request::Page(page, size) => {
                let (page, size) = (*page, *size);
                return self.page(number, page, size);
            }
            Request::Create(body) => self.world.create(body, Maker::Call(number), now).map(Some),
            Request::Update(id, body) => self.world.update(id, body).map(|()| None),
            Request::Delete(id) => self.world.delete(id, now).map(|()| None),
        };
        let call = &mut self.calls[number];
        call.arrived = Some(now);
        match result {
            Ok(made) => call.made = made,
            Err(refusal) => call.refused = Some(refusal),
        }
        self.trace(|this| {
            format!("{number} arrives: {:?} {:?}", this.calls[number].made, this.calls[number].refused)
        });
        if matches!(self.calls[number].request, Request::Delete(_)) {
            laws::deleted(self, number);
        }
    }

    fn page(&mut self, number: usize, page: u32, size: u32) {
        let answer = self.world.page(page, size, self.now, self.is_calm);
        let call = &mut self.calls[number];
        call.arrived = Some(self.now);
        let Some((page, behind, is_wrong)) = answer else {
            call.refused = Some(Refusal::Other);
            return;
        };
        call.page = Some(page);
        if let Some(reading) = &mut self.runs[call.run].reading {
            reading.behind.extend(behind.into_iter().map(|existing| (existing.id.clone(), existing)));
        }
        if is_wrong {
            self.hazards.count(Hazard::Miscounted);
        }
    }

    /// Delivers the answer of a call to its run.
    fn answered(&mut self, number: usize) {
        let call = &self.calls[number];
        let run_number = call.run;
        if self.runs[run_number].life != Life::Running {
            return;
        }
        let call = &mut self.calls[number];
        call.is_heard = call.fate != Fate::Lost;
        let run = &mut self.runs[run_number];
        run.in_flight -= 1;
        let refused = call.refused.or((call.fate == Fate::Refused).then_some(Refusal::Other));
        let outcome = match (call.fate, refused) {
            (Fate::NotSent, _) => Some(Outcome::NotSent),
            (Fate::Lost, _) => Some(Outcome::Unknown),
            (_, Some(_)) => Some(Outcome::Refused),
            _ => None,
        };
        let end = outcome.map_or(Ok(()), |outcome| Err((number, outcome)));
        let later = run.clocks.read(self.now).latest;
        let (request, made, job) = (call.request.clone(), call.made.clone(), call.job);
        self.trace(|_| format!("run {run_number} hears of {number}: {outcome:?}"));
        let run = &mut self.runs[run_number];
        let machine = run.machine.as_mut().unwrap();
        match (request, job) {
            (Request::Page(..), _) => return self.page_came(run_number, number, outcome),
            (Request::Create(_), Some(job)) => {
                let end = match (outcome, made) {
                    (None, made) => CreateEnd::Created(made.unwrap()),
                    (Some(Outcome::Unknown), _) => CreateEnd::Unknown { error: number, sent_at: later },
                    (Some(Outcome::Refused), _) if refused == Some(Refusal::Duplicate) => {
                        self.hazards.count(Hazard::RefusedAsDuplicate);
                        CreateEnd::Duplicate(number)
                    }
                    (Some(outcome), _) => CreateEnd::Failed { error: number, outcome },
                };
                if let CreateEnd::Created(id) = &end
                    && let Some(store) = &mut self.operators[run.operator].store
                {
                    store.created.insert(id.clone());
                }
                machine.created(job, end, later);
            }
            (Request::Update(..), Some(job)) => machine.updated(job, end, later),
            (Request::Delete(_), Some(job)) => machine.deleted(job, end),
            _ => unreachable!("every call but a page has a job"),
        }
        self.judge(run_number);
        self.pump(run_number);
    }

    // Lists.

    fn list(&mut self, number: usize) {
        let now = self.now;
        let run = &mut self.runs[number];
        let listing = Listing::default();
        let first = listing.first();
        run.reading = Some(InReading {
            listing,
            asked_at: run.clocks.read(now).now,
            asked: now,
            began: now,
            behind: HashMap::new(),
        });
        self.hazards.count(Hazard::List);
        self.reads_on(number, first);
    }

    fn page_came(&mut self, number: usize, call: usize, outcome: Option<Outcome>) {
        let page = self.calls[call].page.take();
        let reading = self.runs[number].reading.as_mut().unwrap();
        let step = match (outcome, page) {
            (None, Some(page)) => Some(reading.listing.page(page)),
            (Some(Outcome::Refused), _) if self.calls[call].refused.is_some() => {
                self.hazards.count(Hazard::PageSizeRefused);
                reading.listing.refused()
            }
            _ => None,
        };
        match step {
            Some(step) => self.reads_on(number, step),
            None => self.list_fails(number, call, outcome.unwrap_or(Outcome::Refused)),
        }
    }

    fn reads_on(&mut self, number: usize, step: ListingStep) {
        match step {
            ListingStep::Page { number: page, size } => {
                let reading = self.runs[number].reading.as_mut().unwrap();
                if page == 1 {
                    reading.began = self.now;
                } else {
                    self.hazards.count(Hazard::SecondPage);
                }
                self.send(number, None, Request::Page(page, size));
            }
            ListingStep::Whole(webhooks) => self.listed(number, &webhooks),
            ListingStep::Failed(_) => {
                self.hazards.count(Hazard::UnreliableList);
                let call = self.unsent_page(number);
                self.list_fails(number, call, Outcome::Unknown);
            }
        }
    }

    fn unsent_page(&mut self, number: usize) -> usize {
        *self.runs[number].calls.last().unwrap()
    }

    fn listed(&mut self, number: usize, webhooks: &[Webhook]) {
        let reading = self.runs[number].reading.take().unwrap();
        laws::is_whole(self, webhooks, reading.began);
        let seen = webhooks.iter().map(|webhook| reading.behind[&webhook.id].clone()).collect();
        let run = &mut self.runs[number];
        run.lists.push(List { asked: reading.asked, seen });
        run.machine.as_mut().unwrap().listed(webhooks, reading.asked_at);
        self.trace(|this| {
            let seen = &this.runs[number].lists.last().unwrap().seen;
            format!(
                "run {number} lists {}",
                seen.iter().map(|seen| seen.brief()).collect::<Vec<_>>().join("; ")
            )
        });
        self.judge(number);
        self.pump(number);
    }

    fn list_fails(&mut self, number: usize, call: usize, outcome: Outcome) {
        self.hazards.count(Hazard::ListFailed);
        let run = &mut self.runs[number];
        run.reading = None;
        run.machine.as_mut().unwrap().list_failed(&call, outcome);
        self.trace(|_| format!("run {number} cannot list"));
        self.judge(number);
        self.pump(number);
    }

    /// Records the list by which each desired webhook ended.
    fn judge(&mut self, number: usize) {
        let Run { machine, jobs, judged, lists, .. } = &mut self.runs[number];
        let Some(machine) = machine else { return };
        for (job, judged) in jobs.iter().zip(judged) {
            if judged.is_none() && machine.result(*job).is_some() {
                *judged = Some(lists.len());
            }
        }
    }

    // State files and the end of runs.

    /// Writes the notes; returns whether that succeeded. Notes about creates are synced before the
    /// creates are sent.
    fn store_notes(&mut self, number: usize, synced: bool) -> bool {
        let run = &mut self.runs[number];
        let notes = run.machine.as_mut().unwrap().take_notes();
        let (operator, is_resolve) = (run.operator, run.is_resolve);
        if is_resolve || self.operators[operator].store.is_none() {
            return true;
        }
        self.trace(|_| format!("run {number} notes {notes:?}"));
        if !notes.is_empty() && !self.is_calm && self.random.u8(..) < 2 {
            self.hazards.count(Hazard::DiskFull);
            self.runs[number].is_unstored = true;
            return false;
        }
        let Some(store) = &mut self.operators[operator].store else { return true };
        store.pending.extend(notes);
        if synced {
            for note in store.pending.drain(..) {
                store.memory.note(note);
            }
        }
        true
    }

    /// Kills a run. Its calls still arrive within the bound, and some of its latest writes may be
    /// lost.
    fn kill(&mut self, number: usize) {
        if self.runs[number].life != Life::Running {
            return;
        }
        self.hazards.count(Hazard::Killed);
        self.trace(|_| format!("run {number} is killed"));
        let run = &mut self.runs[number];
        run.life = Life::Killed;
        run.machine = None;
        let operator = run.operator;
        if let Some(store) = &mut self.operators[operator].store {
            let safe = self.random.usize(0..=store.pending.len());
            if safe < store.pending.len() {
                self.hazards.count(Hazard::StateTorn);
            }
            for note in store.pending.drain(..).take(safe) {
                store.memory.note(note);
            }
        }
        self.goes_on_without(number);
        self.next_run(operator);
    }

    /// Limits the arrival times of the calls of a run that ended.
    fn goes_on_without(&mut self, number: usize) {
        for call in self.runs[number].calls.clone() {
            let call_of = &mut self.calls[call];
            let last = self.now + LATE;
            if call_of.arrived.is_none() && call_of.arrives.is_some_and(|arrives| arrives > last) {
                call_of.arrives = Some(last);
                self.at(last, Event::Arrive(call));
            }
            if self.calls[call].arrived.is_none() && !self.calls[call].is_read() {
                self.hazards.count(Hazard::LeftInFlight);
            }
        }
    }

    fn finish(&mut self, number: usize, life: Life) {
        self.store_notes(number, true);
        let run = &mut self.runs[number];
        run.life = life;
        let finished = run.machine.take().unwrap().finish();
        let lists = run.lists.len();
        run.judged.iter_mut().for_each(|judged| {
            judged.get_or_insert(lists);
        });
        let operator = run.operator;
        // A regular end rewrites the file with the fewest notes.
        if let Some(store) = &mut self.operators[operator].store {
            for note in store.pending.drain(..) {
                store.memory.note(note);
            }
            let mut compacted = Memory::default();
            for note in store.memory.notes() {
                compacted.note(note);
            }
            assert_eq!(compacted, store.memory, "a compacted state says the same");
        }
        self.trace(|_| format!("run {number} ends {life:?}: {finished:?}"));
        self.goes_on_without(number);
        laws::reports(self, number, &finished);
        let tickets = finished.webhooks.iter().map(|(_, result)| result.as_ref().err()?.ticket.clone());
        self.keep_tickets(number, &tickets.collect::<Vec<_>>());
        self.runs[number].finished = Some(finished);
        self.next_run(operator);
    }

    /// A client without a state file keeps the tickets of its own creates.
    fn keep_tickets(&mut self, number: usize, tickets: &[Option<Ticket>]) {
        let run = &self.runs[number];
        let operator = &mut self.operators[run.operator];
        if operator.store.is_some() {
            return;
        }
        for (case, ticket) in run.cases.iter().zip(tickets) {
            let identity = &case.identity;
            match ticket {
                Some(ticket) => {
                    let earlier = operator.tickets.iter().position(|(other, _)| other.identity() == identity);
                    let mut runs =
                        earlier.map(|earlier| operator.tickets.remove(earlier).1).unwrap_or_default();
                    runs.push(number);
                    operator.tickets.push((ticket.clone(), runs));
                }
                None if run.life == Life::Finished && !run.is_resolve => {
                    operator.tickets.retain(|(other, _)| other.identity() != identity);
                }
                None => {}
            }
        }
    }

    fn next_run(&mut self, operator: usize) {
        if !self.is_calm && self.operators[operator].runs_left > 0 {
            let gap = self.some(2_000, 90_000);
            self.at(self.now + gap, Event::Start(operator));
        }
    }

    /// Ends all faults; every call has arrived, and lists show the result.
    pub(crate) fn calm(&mut self) {
        self.drain();
        self.is_calm = true;
        self.now += 600_000;
        self.trace(|_| "all is calm".to_owned());
    }

    /// Runs one operator alone.
    pub(crate) fn run_alone(&mut self, operator: usize) -> usize {
        let run = self.runs.len();
        self.at(self.now, Event::Start(operator));
        self.drain();
        self.now += 100_000;
        run
    }
}

fn seal(key: u8) -> Seal {
    Seal::new(&format!("secret {key}").parse().unwrap())
}
