//! The law of the whole life: whatever is delayed, lost, late or cut off, what is wanted exists once, and nothing is reported
//! that is not so. A simulation of runs, a network and an account: every moment is a number, nobody waits.

use std::{
    io::Write,
    time::{Duration, SystemTime},
};

use leadsquared_webhooks_core::{
    Apply, ApplyOptions, ApplyStep, Change, CreateEnd, EnsureOptions, Ensured, EventCodes, Identity,
    NewWebhook, Ticket, Trigger, Verification, Webhook, WebhookStatus, quota::LATE_ARRIVAL,
};

/// How many schedules there are; the variable `LIFECYCLE_SCHEDULES` asks for more.
const SCHEDULES: u64 = 20_000;
const CODES: EventCodes = EventCodes::Documented;
const OWNED: &str = "https://owned.example/";

fn at(seconds: f64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds)
}

/// A webhook of the account, and since when Retrieve shows it.
#[derive(Clone, Debug)]
struct Existing {
    webhook: Webhook,
    visible_at: SystemTime,
}

/// A create on its way.
#[derive(Debug)]
struct Travelling {
    arrives_at: SystemTime,
    late: Duration,
    wanted: NewWebhook,
}

#[derive(Debug, Default)]
struct Account {
    existing: Vec<Existing>,
    travelling: Vec<Travelling>,
    ids: u32,
}

impl Account {
    /// Everything that has arrived by now is applied, in the order of its arrival.
    fn arrive(&mut self, now: SystemTime) {
        self.travelling.sort_by_key(|travelling| travelling.arrives_at);
        while self.travelling.first().is_some_and(|first| first.arrives_at <= now) {
            let Travelling { arrives_at, late, wanted } = self.travelling.remove(0);
            let _ = self.apply(&wanted, arrives_at, late);
        }
    }

    /// The account takes a create: its id, or nothing for a duplicate.
    fn apply(&mut self, wanted: &NewWebhook, now: SystemTime, late: Duration) -> Option<Webhook> {
        let one_a_field = matches!(wanted.trigger(), Trigger::LeadFieldUpdate(_));
        let same = |existing: &&Existing| Identity::of(wanted, CODES).matches(&existing.webhook);
        if one_a_field && self.existing.iter().any(|existing| same(&existing)) {
            return None;
        }
        let webhook = self.stored(wanted, WebhookStatus::Enabled);
        self.existing.push(Existing { webhook: webhook.clone(), visible_at: now + late });
        Some(webhook)
    }

    fn stored(&mut self, wanted: &NewWebhook, status: WebhookStatus) -> Webhook {
        self.ids += 1;
        let properties = match wanted.trigger() {
            Trigger::LeadFieldUpdate(field) => format!(r#"{{ "ChangedLeadField" : "{field}" }}"#),
            _ => String::new(),
        };
        Webhook {
            id: format!("id-{:05}", self.ids).parse().unwrap(),
            event: wanted.trigger().event().map(Into::into),
            url: Some(wanted.url().as_str().to_owned()),
            status: Some(status),
            description: Some(wanted.description().to_owned()),
            properties: Some(properties),
            other: Vec::new(),
        }
    }

    fn seen(&self, now: SystemTime) -> Vec<Webhook> {
        let visible = self.existing.iter().filter(|existing| existing.visible_at <= now);
        visible.map(|existing| existing.webhook.clone()).collect()
    }

    fn of(&self, wanted: &NewWebhook) -> Vec<&Webhook> {
        let identity = Identity::of(wanted, CODES);
        self.existing.iter().map(|existing| &existing.webhook).filter(|got| identity.matches(got)).collect()
    }
}

struct Simulation {
    random: fastrand::Rng,
    account: Account,
    wanted: Vec<NewWebhook>,
    /// Whether what is wanted was there from the start.
    was_there: Vec<bool>,
    now: SystemTime,
    /// The creates that were cut off or left open, as a journal keeps them.
    tickets: Vec<Ticket>,
    looks: u32,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut account = Account::default();
        let wanted: Vec<_> = (0..random.usize(1..4))
            .map(|number| {
                let trigger = match random.u8(0..3) {
                    0 => Trigger::LeadFieldUpdate(format!("mx_{number}").parse().unwrap()),
                    1 => Trigger::TaskCreate,
                    _ => Trigger::LeadCreate,
                };
                NewWebhook::builder(format!("{OWNED}{number}").parse().unwrap(), trigger)
                    .description("as wanted")
                    .build()
            })
            .collect();
        let was_there: Vec<_> = wanted.iter().map(|_| random.u8(0..4) == 0).collect();
        for (wanted, there) in wanted.iter().zip(&was_there) {
            if *there {
                let status = if random.bool() { WebhookStatus::Enabled } else { WebhookStatus::from_code(2) };
                let mut webhook = account.stored(wanted, status);
                if random.bool() {
                    webhook.description = Some("of another day".to_owned());
                }
                account.existing.push(Existing { webhook, visible_at: at(0.0) });
            }
        }
        for (number, url) in ["https://other.example/0", "https://owned.example/gone"].iter().enumerate() {
            if random.bool() {
                let other = NewWebhook::builder(url.parse().unwrap(), Trigger::TaskUpdate)
                    .description(number.to_string())
                    .build();
                let webhook = account.stored(&other, WebhookStatus::Enabled);
                account.existing.push(Existing { webhook, visible_at: at(0.0) });
            }
        }
        Self { random, account, wanted, was_there, now: at(1_000.0), tickets: Vec::new(), looks: 0 }
    }

    fn pass(&mut self, longest: f64) {
        self.now += Duration::from_secs_f64(self.random.f64() * longest);
        self.account.arrive(self.now);
    }

    /// Sends a create; how it ended, or nothing when the run was cut off meanwhile.
    fn create(&mut self, wanted: &NewWebhook) -> Option<CreateEnd> {
        let late = Duration::from_secs_f64(self.random.f64() * if self.random.bool() { 0.5 } else { 29.0 });
        let cut_off = self.random.u8(0..6) == 0;
        let fate = self.random.u8(0..10);
        if fate >= 5 {
            // Answered: it arrives, and the answer comes.
            self.pass(2.0);
            let made = self.account.apply(wanted, self.now, late);
            if cut_off {
                self.tickets.push(Ticket::new(wanted, CODES, self.now));
                return None;
            }
            self.pass(2.0);
            return Some(made.map_or(CreateEnd::Duplicate, |webhook| CreateEnd::Created(webhook.id)));
        }
        // Left open: it arrives before that is known, afterwards within the bound, or never.
        let (start, gives_up) = (self.now, 5.0);
        let arrives_after = match fate {
            0 => None,
            1 | 2 => Some(self.random.f64() * gives_up),
            _ => Some(gives_up + self.random.f64() * LATE_ARRIVAL.as_secs_f64()),
        };
        if let Some(after) = arrives_after {
            let arrives_at = start + Duration::from_secs_f64(after);
            self.account.travelling.push(Travelling { arrives_at, late, wanted: wanted.clone() });
        }
        self.now = start + Duration::from_secs_f64(gives_up);
        self.account.arrive(self.now);
        if cut_off {
            self.tickets.push(Ticket::new(wanted, CODES, self.now));
            return None;
        }
        Some(CreateEnd::Unknown { sent_at: self.now })
    }

    /// One run, until it is done or cut off.
    fn run(&mut self) -> Option<Apply> {
        let ensure = EnsureOptions::builder().tickets(self.tickets.clone()).build();
        let options = ApplyOptions { ensure, owns: Some(OWNED.to_owned()), delete: true };
        let mut apply = Apply::new(self.wanted.clone(), CODES, options);
        for _ in 0..10_000 {
            if self.random.u8(0..60) == 0 {
                // A create that has been answered is no secret; one that is open stays in the journal.
                return None;
            }
            match apply.next(self.now) {
                ApplyStep::Look => {
                    self.looks += 1;
                    let asked_at = self.now;
                    self.pass(1.0);
                    let seen = self.account.seen(self.now);
                    self.pass(1.0);
                    apply.looked(seen, asked_at);
                }
                ApplyStep::Wait(time) => {
                    self.now += time;
                    self.account.arrive(self.now);
                }
                ApplyStep::Create(index) => {
                    let wanted = self.wanted[index].clone();
                    let end = self.create(&wanted)?;
                    if let CreateEnd::Unknown { sent_at } = end {
                        self.tickets.push(Ticket::new(&wanted, CODES, sent_at));
                    } else if matches!(end, CreateEnd::Created(_)) {
                        // In the journal until it has been seen: the next run may look too early.
                        self.tickets.push(Ticket::new(&wanted, CODES, self.now));
                    }
                    apply.created(index, end, self.now);
                }
                ApplyStep::Update(index, id) => {
                    self.pass(1.0);
                    let wanted = self.wanted[index].description().to_owned();
                    let existing =
                        self.account.existing.iter_mut().find(|existing| existing.webhook.id == id);
                    existing.unwrap().webhook.description = Some(wanted);
                    apply.updated(index);
                }
                ApplyStep::Delete(id) => {
                    self.pass(1.0);
                    self.account.existing.retain(|existing| existing.webhook.id != id);
                    apply.deleted(&id);
                }
                ApplyStep::Done => return self.unless_given_up(apply),
            }
        }
        panic!("it never ends: {apply:?}")
    }

    /// Creates that are lost time and again are given up, when surely nothing came of them. Somebody starts anew.
    fn unless_given_up(&self, apply: Apply) -> Option<Apply> {
        let given_up = |(index, _): (usize, _)| self.account.of(&self.wanted[index]).is_empty();
        let lost: Vec<_> =
            apply.ended().enumerate().filter(|(_, ended)| matches!(ended, Some(Err(_)))).collect();
        assert!(lost.into_iter().all(given_up), "given up, and it exists");
        let done = apply.ended().all(|ended| matches!(ended, Some(Ok(_))));
        done.then_some(apply)
    }

    fn check(&mut self, apply: &Apply) {
        // What is on its way arrives, and shows.
        self.now += Duration::from_mins(10);
        self.account.arrive(self.now);
        for (index, (wanted, ended)) in self.wanted.clone().iter().zip(apply.ended()).enumerate() {
            let existing = self.account.of(wanted);
            assert_eq!(existing.len(), 1, "{wanted:?} exists {} times: {:?}", existing.len(), self.account);
            let Some(Ok(Ensured { id, change, surplus, removed })) = ended else {
                panic!("given up: {ended:?}")
            };
            assert_eq!(existing[0].id, id, "what is reported is what exists");
            assert_eq!((surplus.len(), removed.len()), (0, 0), "nobody else was there");
            match change {
                Change::Created(verification) => {
                    assert_eq!(verification, Verification::Same);
                    assert!(!self.was_there[index], "it was there before");
                }
                Change::Updated(differences) => assert_eq!(differences[0].got, "of another day"),
                Change::Disabled(status) => assert_eq!(existing[0].status, Some(status)),
                Change::Existed => {}
            }
            if existing[0].status == Some(WebhookStatus::Enabled) {
                assert_eq!(existing[0].description.as_deref(), Some("as wanted"));
            }
        }
        let left: Vec<_> = self.account.existing.iter().filter_map(|left| left.webhook.url.clone()).collect();
        assert!(!left.contains(&format!("{OWNED}gone")), "what is owned and not wanted is gone");
    }
}

#[test]
fn whatever_is_lost_late_or_cut_off_what_is_wanted_exists_once_and_nothing_is_reported_that_is_not_so() {
    let schedules = std::env::var("LIFECYCLE_SCHEDULES").ok().and_then(|text| text.parse().ok());
    let schedules = schedules.unwrap_or(SCHEDULES);
    let first = std::env::var("LIFECYCLE_SEED").ok().and_then(|text| text.parse().ok());
    let first = first.unwrap_or_else(|| fastrand::u64(0..1 << 40));
    let (mut cut_off, mut looks) = (0, 0);
    for seed in first..first + schedules {
        let ended = std::panic::catch_unwind(|| {
            let mut simulation = Simulation::new(seed);
            let mut runs = 0;
            let apply = loop {
                runs += 1;
                if let Some(apply) = simulation.run() {
                    break apply;
                }
                simulation.pass(20.0);
            };
            simulation.check(&apply);
            (runs - 1, simulation.looks)
        });
        let Ok((more, looked)) = ended else {
            panic!("LIFECYCLE_SEED={seed} LIFECYCLE_SCHEDULES=1 shows it again")
        };
        cut_off += more;
        looks += looked;
    }
    let _ = writeln!(
        std::io::stdout(),
        "lifecycle: {schedules} schedules from seed {first}, {cut_off} runs cut off, {looks} looks"
    );
    assert!(cut_off > 0, "runs were cut off");
}

#[test]
fn with_nothing_wanted_what_is_owned_goes_when_asked() {
    let mut account = Account::default();
    let owned = NewWebhook::builder(format!("{OWNED}old").parse().unwrap(), Trigger::LeadCreate).build();
    let webhook = account.stored(&owned, WebhookStatus::Enabled);
    for (delete, steps) in [
        (false, vec![ApplyStep::Done]),
        (true, vec![ApplyStep::Look, ApplyStep::Delete(webhook.id.clone()), ApplyStep::Done]),
    ] {
        let options = ApplyOptions { owns: Some(OWNED.to_owned()), delete, ..ApplyOptions::default() };
        let mut apply = Apply::new(Vec::new(), CODES, options);
        for expected in steps {
            let step = apply.next(at(0.0));
            assert_eq!(step, expected);
            match step {
                ApplyStep::Look => apply.looked(vec![webhook.clone()], at(0.0)),
                ApplyStep::Delete(id) => apply.deleted(&id),
                _ => {}
            }
        }
    }
}
