//! The laws of the quota, in a simulation of callers, a network and a server. Time is a number, so
//! nothing actually waits.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    time::Duration,
};

use leadsquared_webhooks_core::{
    RateLimit,
    quota::{LATE_ARRIVAL, Permit, Poll, Quota, QuotaLimit, Waiter},
};
use proptest::{collection::vec, option, prelude::*, strategy::ValueTree, test_runner::TestRunner};

const DAY: u64 = 86_400;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn limit(calls: u32, window: u64) -> QuotaLimit {
    QuotaLimit::new(calls, seconds(window)).unwrap()
}

fn reported(calls: u32, window: u64) -> RateLimit {
    RateLimit { calls: Some(calls), window: Some(seconds(window)) }
}

/// The fate of an admitted call. Times are relative to its departure.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered {
        arrives: Duration,
        answered: Duration,
    },
    /// The connection was never opened.
    Unsent {
        after: Duration,
    },
    /// Timed out; the call may have arrived, may still arrive, or never arrives.
    Lost {
        timeout: Duration,
        arrives: Option<Duration>,
    },
}

#[derive(Clone, Debug)]
struct Call {
    joins: Duration,
    /// The maximum time in the queue.
    max_wait: Option<Duration>,
    fate: Fate,
}

/// Who calls when, what happens to each call, and which rate-limit answers come in between.
#[derive(Clone, Debug)]
struct Schedule {
    limits: Vec<QuotaLimit>,
    calls: Vec<Call>,
    lowerings: Vec<(Duration, RateLimit)>,
    /// The window starts of calls made elsewhere, in any order.
    remembered: Vec<Duration>,
    /// The server's clock when the local clock is zero.
    server_clock: Duration,
}

/// Any rate limiter, so that the same schedule can be run with each.
trait Limiter {
    fn join(&mut self, caller: usize);
    fn leave(&mut self, caller: usize);
    /// Polls for the first caller in the queue.
    fn ask(&mut self, now: Duration) -> Next;
    fn end(&mut self, caller: usize, end: End, now: Duration);
    fn lower(&mut self, reported: RateLimit, now: Duration);
    fn remember(&mut self, _: Duration) {}
}

#[derive(Debug, PartialEq)]
enum Next {
    Ready(usize),
    At(Duration),
    AfterAnAnswer,
    NobodyWaits,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Answered,
    Lost,
    Unsent,
}

/// The current state of a limit.
struct Kept {
    now: QuotaLimit,
    /// The configured or reported number of calls.
    most: u32,
    lowered_at: Option<Duration>,
    /// The number of answers since the last change.
    passed: u32,
}

impl Kept {
    fn new(limit: QuotaLimit) -> Self {
        Self { now: limit, most: limit.calls(), lowered_at: None, passed: 0 }
    }

    fn change(&mut self, calls: u32) {
        self.now = QuotaLimit::new(calls, self.now.window()).unwrap();
        self.passed = 0;
    }
}

/// The quota under test, next to a plain model of its rule; both must agree at every poll.
struct Ours {
    quota: Quota,
    waiters: VecDeque<(usize, Waiter)>,
    permits: Vec<(usize, Permit)>,
    limits: Vec<Kept>,
    in_flight: usize,
    /// The window start of each returned permit.
    ended: Vec<Duration>,
    /// The time reported to the first in the queue, if nothing has happened since.
    promised: Option<Duration>,
}

impl Ours {
    fn new(limits: &[QuotaLimit]) -> Self {
        Self {
            quota: Quota::new(limits.to_vec()),
            waiters: VecDeque::new(),
            permits: Vec::new(),
            limits: limits.iter().copied().map(Kept::new).collect(),
            in_flight: 0,
            ended: Vec::new(),
            promised: None,
        }
    }

    /// Returns whether the rule admits a call: each limit has a free permit.
    fn is_free(&self, now: Duration) -> bool {
        self.limits.iter().all(|Kept { now: limit, .. }| {
            let held = self.ended.iter().filter(|began| **began + limit.window() > now).count();
            self.in_flight + held < limit.calls() as usize
        })
    }

    /// Returns the answer of the rule.
    fn rule(&self, now: Duration) -> Next {
        let Some((caller, _)) = self.waiters.front() else { return Next::NobodyWaits };
        if self.is_free(now) {
            return Next::Ready(*caller);
        }
        let returns =
            self.ended.iter().flat_map(|began| self.limits.iter().map(|limit| *began + limit.now.window()));
        let mut later: Vec<_> = returns.filter(|time| *time > now).collect();
        later.sort_unstable();
        later.into_iter().find(|time| self.is_free(*time)).map_or(Next::AfterAnAnswer, Next::At)
    }
}

impl Limiter for Ours {
    fn join(&mut self, caller: usize) {
        let waiter = self.quota.join();
        if let Some((_, last)) = self.waiters.back() {
            assert!(waiter.number() > last.number(), "waiters ascend");
        }
        self.waiters.push_back((caller, waiter));
        assert_eq!(self.quota.waiting(), self.waiters.len());
    }

    fn leave(&mut self, caller: usize) {
        let index = self.waiters.iter().position(|(waiting, _)| *waiting == caller).unwrap();
        let (_, waiter) = self.waiters.remove(index).unwrap();
        if index == 0 {
            self.promised = None;
        }
        self.quota.leave(waiter);
        assert_eq!(self.quota.waiting(), self.waiters.len());
    }

    fn ask(&mut self, now: Duration) -> Next {
        assert_eq!(self.quota.next(), self.waiters.front().map(|(_, waiter)| waiter.number()));
        let limits: Vec<_> = self.limits.iter().map(|limit| limit.now).collect();
        assert_eq!(self.quota.limits(), limits);
        for (_, waiter) in self.waiters.iter().skip(1).take(3) {
            assert_eq!(self.quota.poll(waiter, now), Poll::Behind, "first come, first served");
        }
        let rule = self.rule(now);
        let Some((caller, waiter)) = self.waiters.front() else { return rule };
        let answer = match self.quota.poll(waiter, now) {
            Poll::Ready(permit) => {
                let caller = *caller;
                assert_eq!(self.quota.poll(waiter, now), Poll::Behind, "a waiter is good for one call");
                self.permits.push((caller, permit));
                self.waiters.pop_front();
                self.in_flight += 1;
                Next::Ready(caller)
            }
            Poll::At(time) => Next::At(time),
            Poll::AfterAnAnswer => Next::AfterAnAnswer,
            Poll::Behind => panic!("the first in the queue is behind nobody"),
        };
        assert_eq!(answer, rule, "at {now:?}");
        if self.promised.take().is_some_and(|promised| promised <= now) {
            assert!(matches!(answer, Next::Ready(_)), "a promise is kept");
        }
        if let Next::At(time) = answer {
            self.promised = Some(time);
        }
        assert_eq!(self.quota.in_flight(), self.in_flight);
        answer
    }

    fn end(&mut self, caller: usize, end: End, now: Duration) {
        let index = self.permits.iter().position(|(holder, _)| *holder == caller).unwrap();
        let (_, permit) = self.permits.swap_remove(index);
        self.promised = None;
        self.in_flight -= 1;
        match end {
            End::Answered => {
                self.quota.answered(permit, now);
                self.ended.push(now);
                for limit in &mut self.limits {
                    limit.passed += 1;
                    let calls = limit.now.calls();
                    if calls < limit.most && limit.passed >= calls {
                        limit.change(calls + 1);
                    }
                }
            }
            End::Lost => {
                self.quota.lost(permit, now);
                self.ended.push(now + LATE_ARRIVAL);
            }
            End::Unsent => self.quota.unsent(permit),
        }
        assert_eq!(self.quota.in_flight(), self.in_flight);
    }

    fn lower(&mut self, reported: RateLimit, now: Duration) {
        self.promised = None;
        self.quota.lower(reported, now);
        for limit in &mut self.limits {
            limit.passed = 0;
        }
        let (Some(calls), Some(window)) = (reported.calls, reported.window) else {
            let shortest = self.limits.iter_mut().min_by_key(|limit| limit.now.window()).unwrap();
            if shortest.lowered_at.is_none_or(|before| now >= before + shortest.now.window()) {
                shortest.lowered_at = Some(now);
                shortest.change((shortest.now.calls() / 2).max(1));
            }
            return;
        };
        match self.limits.iter_mut().find(|limit| limit.now.window() == window) {
            Some(known) => {
                known.most = known.most.min(calls);
                known.change(known.now.calls().min(calls));
            }
            None => self.limits.push(Kept::new(QuotaLimit::new(calls, window).unwrap())),
        }
    }

    fn remember(&mut self, began: Duration) {
        self.quota.remember(began);
        self.ended.push(began);
    }
}

/// Other limiters: the generic cell rate algorithm, and a log of send times.
enum Others {
    CellRate { limit: QuotaLimit, queue: VecDeque<usize>, theoretical_arrival: Duration },
    SendLog { limit: QuotaLimit, queue: VecDeque<usize>, sent: VecDeque<Duration> },
}

impl Others {
    const fn cell_rate(limit: QuotaLimit) -> Self {
        Self::CellRate { limit, queue: VecDeque::new(), theoretical_arrival: Duration::ZERO }
    }

    const fn send_log(limit: QuotaLimit) -> Self {
        Self::SendLog { limit, queue: VecDeque::new(), sent: VecDeque::new() }
    }

    const fn queue(&mut self) -> &mut VecDeque<usize> {
        match self {
            Self::CellRate { queue, .. } | Self::SendLog { queue, .. } => queue,
        }
    }
}

impl Limiter for Others {
    fn join(&mut self, caller: usize) {
        self.queue().push_back(caller);
    }

    fn leave(&mut self, caller: usize) {
        self.queue().retain(|waiting| *waiting != caller);
    }

    fn ask(&mut self, now: Duration) -> Next {
        match self {
            Self::CellRate { limit, queue, theoretical_arrival } => {
                let Some(first) = queue.front().copied() else { return Next::NobodyWaits };
                let interval = limit.window() / limit.calls();
                let burst = interval * (limit.calls() - 1);
                let allowed = theoretical_arrival.saturating_sub(burst);
                if allowed > now {
                    return Next::At(allowed);
                }
                *theoretical_arrival = (*theoretical_arrival).max(now) + interval;
                queue.pop_front();
                Next::Ready(first)
            }
            Self::SendLog { limit, queue, sent } => {
                let Some(first) = queue.front().copied() else { return Next::NobodyWaits };
                while sent.front().is_some_and(|time| *time + limit.window() <= now) {
                    sent.pop_front();
                }
                if sent.len() >= limit.calls() as usize {
                    return Next::At(sent[0] + limit.window());
                }
                sent.push_back(now);
                queue.pop_front();
                Next::Ready(first)
            }
        }
    }

    fn end(&mut self, _: usize, _: End, _: Duration) {}

    fn lower(&mut self, _: RateLimit, _: Duration) {}
}

/// The result of a simulation.
#[derive(Debug, Default)]
struct Story {
    /// The departures, in order.
    departures: Vec<(usize, Duration)>,
    departed: HashMap<usize, Duration>,
    /// The arrivals, by the server's clock.
    arrivals: Vec<(usize, Duration)>,
    left_the_queue: Vec<usize>,
}

impl Story {
    fn departed(&self, caller: usize) -> Option<Duration> {
        self.departed.get(&caller).copied()
    }

    fn arrivals(&self) -> Vec<Duration> {
        self.arrivals.iter().map(|(_, time)| *time).collect()
    }

    fn arrivals_of_departures_after(&self, moment: Duration) -> Vec<Duration> {
        self.arrivals
            .iter()
            .filter(|(caller, _)| self.departed(*caller).unwrap() > moment)
            .map(|(_, time)| *time)
            .collect()
    }
}

/// Returns the maximum number of arrivals in any window `[x, x + window)`.
fn most_in_a_window(mut arrivals: Vec<Duration>, window: Duration) -> usize {
    arrivals.sort_unstable();
    (0..arrivals.len())
        .map(|first| arrivals[first..].iter().take_while(|time| **time < arrivals[first] + window).count())
        .max()
        .unwrap_or(0)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Join(usize),
    GiveUp(usize),
    Arrive(usize),
    End(usize),
    Lower(usize),
    /// A time reported by the limiter.
    Wake,
}

fn simulate(schedule: &Schedule, limiter: &mut impl Limiter) -> Story {
    let mut events = BinaryHeap::new();
    let mut story = Story::default();
    let at = |events: &mut BinaryHeap<_>, time: Duration, event| events.push(Reverse((time, event)));
    for began in &schedule.remembered {
        limiter.remember(*began);
    }
    for (caller, call) in schedule.calls.iter().enumerate() {
        at(&mut events, call.joins, Event::Join(caller));
        if let Some(max_wait) = call.max_wait {
            at(&mut events, call.joins + max_wait, Event::GiveUp(caller));
        }
    }
    for (index, (time, _)) in schedule.lowerings.iter().enumerate() {
        at(&mut events, *time, Event::Lower(index));
    }
    while let Some(Reverse((now, event))) = events.pop() {
        match event {
            Event::Join(caller) => limiter.join(caller),
            Event::GiveUp(caller) if story.departed(caller).is_none() => {
                limiter.leave(caller);
                story.left_the_queue.push(caller);
            }
            Event::Arrive(caller) => story.arrivals.push((caller, schedule.server_clock + now)),
            Event::End(caller) => {
                let end = match schedule.calls[caller].fate {
                    Fate::Answered { .. } => End::Answered,
                    Fate::Unsent { .. } => End::Unsent,
                    Fate::Lost { .. } => End::Lost,
                };
                limiter.end(caller, end, now);
            }
            Event::Lower(index) => limiter.lower(schedule.lowerings[index].1, now),
            Event::GiveUp(_) | Event::Wake => {}
        }
        loop {
            match limiter.ask(now) {
                Next::Ready(caller) => {
                    story.departures.push((caller, now));
                    story.departed.insert(caller, now);
                    let (arrives, ends) = match schedule.calls[caller].fate {
                        Fate::Answered { arrives, answered } => (Some(arrives), answered),
                        Fate::Unsent { after } => (None, after),
                        Fate::Lost { timeout, arrives } => (arrives, timeout),
                    };
                    at(&mut events, now + ends, Event::End(caller));
                    if let Some(arrives) = arrives {
                        at(&mut events, now + arrives, Event::Arrive(caller));
                    }
                }
                Next::At(time) => {
                    assert!(time > now, "a time to wait for is in the future");
                    at(&mut events, time, Event::Wake);
                    break;
                }
                Next::AfterAnAnswer => {
                    assert!(!events.is_empty(), "an answer is to come");
                    break;
                }
                Next::NobodyWaits => break,
            }
        }
    }
    story
}

/// Whole seconds, so that different events often coincide.
fn moments(longest: u64) -> impl Strategy<Value = Duration> {
    (0..=longest).prop_map(seconds)
}

fn fates() -> impl Strategy<Value = Fate> {
    let late = LATE_ARRIVAL.as_secs();
    prop_oneof![
        6 => (0..8_u64, 0..8_u64)
            .prop_map(|(arrives, more)| Fate::Answered { arrives: seconds(arrives), answered: seconds(arrives + more) }),
        1 => moments(3).prop_map(|after| Fate::Unsent { after }),
        2 => (0..10_u64)
            .prop_flat_map(move |timeout| (Just(seconds(timeout)), option::weighted(0.8, moments(timeout + late))))
            .prop_map(|(timeout, arrives)| Fate::Lost { timeout, arrives }),
    ]
}

fn calls() -> impl Strategy<Value = Call> {
    (moments(40), option::weighted(0.2, moments(20)), fates()).prop_map(|(joins, max_wait, fate)| Call {
        joins,
        max_wait,
        fate,
    })
}

fn limits() -> impl Strategy<Value = Vec<QuotaLimit>> {
    let short = (1..=6_u32, 1..=8_u64).prop_map(|(calls, window)| limit(calls, window));
    let daily = (3..=20_u32).prop_map(|calls| limit(calls, DAY));
    (vec(short, 1..=2), option::of(daily)).prop_map(|(mut limits, daily)| {
        limits.extend(daily);
        limits
    })
}

fn schedules() -> impl Strategy<Value = Schedule> {
    (limits(), vec(calls(), 1..40), vec(moments(20), 0..8), moments(1_000_000)).prop_map(
        |(limits, calls, remembered, server_clock)| Schedule {
            limits,
            calls,
            lowerings: Vec::new(),
            remembered,
            server_clock,
        },
    )
}

/// Schedules with rate-limit answers. Reported windows are at most as long as the longest known
/// window, whose past is known.
fn lowered_schedules() -> impl Strategy<Value = Schedule> {
    schedules().prop_flat_map(|schedule| {
        let longest = schedule.limits.iter().map(|limit| limit.window().as_secs()).max().unwrap();
        let known: Vec<_> = schedule.limits.iter().map(|limit| limit.window().as_secs()).collect();
        let windows = prop_oneof![prop::sample::select(known), 1..=longest.min(10)];
        let lowering = prop_oneof![
            2 => (1..=6_u32, windows).prop_map(|(calls, window)| reported(calls, window)),
            2 => Just(RateLimit::default()),
            1 => Just(RateLimit { calls: Some(1), window: None }),
            1 => Just(RateLimit { calls: None, window: Some(seconds(5)) }),
        ];
        vec((moments(60), lowering), 1..=6)
            .prop_map(move |lowerings| Schedule { lowerings, ..schedule.clone() })
    })
}

fn check(schedule: &Schedule) -> Result<Story, TestCaseError> {
    let mut ours = Ours::new(&schedule.limits);
    let story = simulate(schedule, &mut ours);
    for limit in &schedule.limits {
        let most = most_in_a_window(story.arrivals(), limit.window());
        prop_assert!(most <= limit.calls() as usize, "{most} arrivals, and the limit is {limit}");
    }
    for (moment, reported) in &schedule.lowerings {
        let (Some(calls), Some(window)) = (reported.calls, reported.window) else { continue };
        let most = most_in_a_window(story.arrivals_of_departures_after(*moment), window);
        prop_assert!(most <= calls as usize, "{most} arrivals, and {reported:?} was reported");
    }
    prop_assert_eq!(
        story.departures.len() + story.left_the_queue.len(),
        schedule.calls.len(),
        "nobody starves"
    );
    prop_assert_eq!((ours.quota.waiting(), ours.quota.in_flight()), (0, 0));
    let mut queue: Vec<_> = (0..schedule.calls.len()).collect();
    queue.sort_by_key(|caller| (schedule.calls[*caller].joins, *caller));
    queue.retain(|caller| !story.left_the_queue.contains(caller));
    let departed: Vec<_> = story.departures.iter().map(|(caller, _)| *caller).collect();
    prop_assert_eq!(departed, queue, "first come, first served");
    Ok(story)
}

proptest! {
    #[test]
    fn no_window_on_the_server_holds_more_than_its_limit_and_nobody_starves(schedule in schedules()) {
        check(&schedule)?;
    }

    #[test]
    fn what_leaves_after_a_lowering_keeps_the_lowered_limit(schedule in lowered_schedules()) {
        check(&schedule)?;
    }

    #[test]
    fn without_delay_the_calls_end_at_the_theoretical_minimum(
        calls in 1..200_u32, permits in 1..30_u32, window in 1..10_u64,
    ) {
        let story = at_once(calls, permits, window);
        let least = seconds(window) * ((calls - 1) / permits);
        prop_assert_eq!(story.departures.last().map(|(_, time)| *time), Some(least));
    }

    #[test]
    fn a_limit_lowered_without_numbers_recovers_as_calls_pass_and_never_above_the_plan(
        configured in 1..40_u32, reported_calls in option::of(1..60_u32), refusals in 0..8_u32,
    ) {
        let mut quota = Quota::new([limit(configured, 5), limit(1_000_000, DAY)]);
        let is = |quota: &Quota, calls| quota.limits() == [limit(calls, 5), limit(1_000_000, DAY)];
        let (mut now, mut lowered, mut plan) = (Duration::ZERO, configured, configured);
        for _ in 0..refusals {
            quota.lower(RateLimit::default(), now);
            lowered = (lowered / 2).max(1);
            prop_assert!(is(&quota, lowered));
            quota.lower(RateLimit::default(), now + seconds(4));
            prop_assert!(is(&quota, lowered), "the refusals of one window are one burst");
            now += seconds(5);
        }
        if let Some(calls) = reported_calls {
            quota.lower(reported(calls, 5), now);
            plan = plan.min(calls);
            lowered = lowered.min(calls);
        }
        for calls in lowered..plan {
            for _ in 0..calls {
                prop_assert!(is(&quota, calls), "{:?}, and not {calls}", quota.limits());
                call(&mut quota, &mut now);
            }
        }
        for _ in 0..100 {
            prop_assert!(is(&quota, plan), "{:?}, and not {plan}", quota.limits());
            call(&mut quota, &mut now);
        }
    }

    #[test]
    fn who_leaves_the_queue_might_never_have_been_there(schedule in schedules()) {
        let mut without = schedule.clone();
        let patient: Vec<_> =
            (0..schedule.calls.len()).filter(|caller| schedule.calls[*caller].max_wait.is_none()).collect();
        without.calls = patient.iter().map(|caller| schedule.calls[*caller].clone()).collect();
        let mut with = schedule;
        for call in &mut with.calls {
            // Leaves at the very time of joining, before the queue moves.
            if call.max_wait.is_some() {
                call.fate = Fate::Unsent { after: Duration::ZERO };
                call.max_wait = Some(Duration::ZERO);
            }
        }
        let with = check(&with)?;
        let without = check(&without)?;
        for (index, caller) in patient.iter().enumerate() {
            prop_assert_eq!(with.departed(*caller), without.departed(index));
        }
    }
}

/// Makes a call as early as possible, with an immediate answer.
fn call(quota: &mut Quota, now: &mut Duration) {
    let waiter = quota.join();
    loop {
        match quota.poll(&waiter, *now) {
            Poll::Ready(permit) => return quota.answered(permit, *now),
            Poll::At(time) => *now = time,
            turn => panic!("nobody else is there, and yet: {turn:?}"),
        }
    }
}

/// Calls that all join at once and are answered on departure.
fn at_once(calls: u32, permits: u32, window: u64) -> Story {
    let call = Call {
        joins: Duration::ZERO,
        max_wait: None,
        fate: Fate::Answered { arrives: Duration::ZERO, answered: Duration::ZERO },
    };
    let schedule = Schedule {
        limits: vec![limit(permits, window)],
        calls: vec![call; calls as usize],
        lowerings: Vec::new(),
        remembered: Vec::new(),
        server_clock: Duration::ZERO,
    };
    simulate(&schedule, &mut Ours::new(&schedule.limits))
}

#[test]
fn a_thousand_calls_of_25_in_5_seconds_end_after_195_seconds() {
    let story = at_once(1000, 25, 5);
    assert_eq!(story.departures.len(), 1000);
    assert_eq!(story.departures.last(), Some(&(999, seconds(195))));
    assert_eq!(most_in_a_window(story.arrivals(), seconds(5)), 25);
}

/// The control: 50 calls at once, of which the first 25 are slow to arrive.
#[test]
fn a_cell_rate_and_a_log_of_send_times_break_the_window_that_ours_keeps() {
    let limit = QuotaLimit::default();
    let call = |caller| Call {
        joins: Duration::ZERO,
        max_wait: None,
        fate: if caller < 25 {
            Fate::Answered { arrives: seconds(4), answered: seconds(4) }
        } else {
            Fate::Answered { arrives: Duration::ZERO, answered: Duration::ZERO }
        },
    };
    let schedule = Schedule {
        limits: vec![limit],
        calls: (0..50).map(call).collect(),
        lowerings: Vec::new(),
        remembered: Vec::new(),
        server_clock: seconds(1_000),
    };
    let most = |story: Story| most_in_a_window(story.arrivals(), limit.window());
    assert_eq!(most(simulate(&schedule, &mut Others::cell_rate(limit))), 50);
    assert_eq!(most(simulate(&schedule, &mut Others::send_log(limit))), 50);
    assert_eq!(most(simulate(&schedule, &mut Ours::new(&schedule.limits))), 25);
}

/// The control, with the schedules of the law drawn from a fixed seed.
#[test]
fn the_schedules_of_the_law_distinguish_good_limiters_from_bad_ones() {
    let mut runner = TestRunner::deterministic();
    let (mut cell_rate, mut send_log) = (0, 0);
    for _ in 0..64 {
        let mut schedule = schedules().new_tree(&mut runner).unwrap().current();
        schedule.limits.truncate(1);
        let limit = schedule.limits[0];
        let breaks =
            |story: Story| most_in_a_window(story.arrivals(), limit.window()) > limit.calls() as usize;
        cell_rate += u32::from(breaks(simulate(&schedule, &mut Others::cell_rate(limit))));
        send_log += u32::from(breaks(simulate(&schedule, &mut Others::send_log(limit))));
        assert!(!breaks(simulate(&schedule, &mut Ours::new(&schedule.limits))));
    }
    assert!(cell_rate > 16 && send_log > 16, "the cell rate broke {cell_rate} of 64, the log {send_log}");
}

#[test]
fn without_a_limit_every_call_may_leave() {
    let mut quota = Quota::new([]);
    for number in 0..100 {
        let waiter = quota.join();
        assert_eq!(waiter.number(), number);
        assert!(matches!(quota.poll(&waiter, Duration::ZERO), Poll::Ready(_)));
    }
    assert_eq!(quota.in_flight(), 100);
}

#[test]
fn what_is_reported_lowers_and_never_raises() {
    let limits = |reported: &[RateLimit]| {
        let mut quota = Quota::new([limit(25, 5), limit(10_000, DAY)]);
        for reported in reported {
            quota.lower(*reported, Duration::ZERO);
        }
        quota.limits()
    };
    assert_eq!(limits(&[reported(10, 5)]), [limit(10, 5), limit(10_000, DAY)]);
    assert_eq!(limits(&[reported(9_999, DAY)]), [limit(25, 5), limit(9_999, DAY)]);
    assert_eq!(limits(&[reported(10, 5), reported(20, 5)]), [limit(10, 5), limit(10_000, DAY)]);
    assert_eq!(limits(&[reported(72, 5)]), [limit(25, 5), limit(10_000, DAY)]);
    assert_eq!(limits(&[reported(2, 1)]), [limit(25, 5), limit(10_000, DAY), limit(2, 1)]);
    for numberless in [
        RateLimit::default(),
        RateLimit { calls: Some(1), window: None },
        RateLimit { calls: None, window: Some(seconds(5)) },
        reported(0, 5),
        reported(1, 0),
    ] {
        assert_eq!(limits(&[numberless]), [limit(12, 5), limit(10_000, DAY)], "{numberless:?}");
        assert_eq!(
            limits(&[reported(3, 5), numberless]),
            [limit(1, 5), limit(10_000, DAY)],
            "{numberless:?}"
        );
    }
    Quota::new([]).lower(RateLimit::default(), Duration::ZERO);
}

#[test]
fn a_refusal_in_between_begins_the_count_of_calls_anew() {
    let mut quota = Quota::new([limit(4, 5)]);
    let mut now = Duration::ZERO;
    quota.lower(RateLimit::default(), now);
    call(&mut quota, &mut now);
    quota.lower(RateLimit::default(), now);
    call(&mut quota, &mut now);
    assert_eq!(quota.limits(), [limit(2, 5)]);
    call(&mut quota, &mut now);
    assert_eq!(quota.limits(), [limit(3, 5)]);
}

/// Permits that are held while a limit recovers still count: the window never holds more than the
/// limit allows.
#[test]
fn a_limit_that_recovers_forgets_no_call() {
    let mut quota = Quota::new([limit(3, 5)]);
    let mut now = seconds(1);
    (0..3).for_each(|_| call(&mut quota, &mut now));
    assert_eq!(now, seconds(1));
    quota.lower(RateLimit::default(), now);
    quota.remember(seconds(2));
    quota.remember(seconds(3));
    let waiter = quota.join();
    assert_eq!(quota.poll(&waiter, seconds(4)), Poll::At(seconds(8)));
    let Poll::Ready(permit) = quota.poll(&waiter, seconds(8)) else { panic!("the window is over") };
    quota.answered(permit, seconds(8));
    assert_eq!(quota.limits(), [limit(2, 5)]);
    let (first, second) = (quota.join(), quota.join());
    let Poll::Ready(permit) = quota.poll(&first, seconds(8)) else { panic!("two a window") };
    assert_eq!(quota.poll(&second, seconds(8)), Poll::At(seconds(13)));
    quota.unsent(permit);
    assert!(matches!(quota.poll(&second, seconds(8)), Poll::Ready(_)));
}

/// A reported window longer than all known ones covers only calls from then on, because the past
/// beyond the known windows is not recorded.
#[test]
fn a_longer_window_is_kept_from_the_moment_that_it_is_reported() {
    let mut quota = Quota::new([limit(1, 5)]);
    let go = |quota: &mut Quota, now| {
        let waiter = quota.join();
        match quota.poll(&waiter, seconds(now)) {
            Poll::Ready(permit) => {
                quota.answered(permit, seconds(now));
                Ok(())
            }
            turn => {
                quota.leave(waiter);
                Err(turn)
            }
        }
    };
    assert_eq!(go(&mut quota, 0), Ok(()));
    assert_eq!(go(&mut quota, 5), Ok(()));
    quota.lower(reported(2, 60), seconds(5));
    assert_eq!(go(&mut quota, 10), Ok(()));
    assert_eq!(go(&mut quota, 15), Err(Poll::At(seconds(65))));
    assert_eq!(go(&mut quota, 65), Ok(()));
    assert_eq!(go(&mut quota, 69), Err(Poll::At(seconds(70))));
}

#[test]
fn a_lost_call_holds_its_slot_until_it_can_arrive_no_more() {
    let mut quota = Quota::new([limit(1, 5)]);
    let (first, second) = (quota.join(), quota.join());
    let Poll::Ready(permit) = quota.poll(&first, seconds(0)) else { panic!("there is a permit") };
    quota.lost(permit, seconds(10));
    assert_eq!(quota.poll(&second, seconds(10)), Poll::At(seconds(10) + LATE_ARRIVAL + seconds(5)));
    assert_eq!(LATE_ARRIVAL, seconds(30));
}

#[test]
fn a_call_of_an_earlier_run_holds_a_slot_for_its_window() {
    let mut quota = Quota::new([limit(2, 5)]);
    quota.remember(seconds(3));
    let (first, second) = (quota.join(), quota.join());
    assert!(matches!(quota.poll(&first, seconds(4)), Poll::Ready(_)));
    assert_eq!(quota.poll(&second, seconds(4)), Poll::At(seconds(8)));
}

#[test]
fn a_limit_is_written_as_calls_and_seconds() {
    assert_eq!(QuotaLimit::default(), limit(25, 5));
    assert_eq!("25/5".parse(), Ok(limit(25, 5)));
    assert_eq!("1/1".parse(), Ok(limit(1, 1)));
    assert_eq!("4294967295/4294967295".parse(), Ok(limit(u32::MAX, u32::MAX.into())));
    assert_eq!(limit(10_000, DAY).to_string(), "10000 calls in 86400 s");
    assert_eq!(QuotaLimit::new(2, Duration::from_millis(1500)).unwrap().to_string(), "2 calls in 1.5 s");
    for text in [
        "",
        "/",
        "25",
        "25/",
        "/5",
        "0/5",
        "25/0",
        "-1/5",
        "25/5/5",
        "25/1.5",
        "a/b",
        "4294967296/5",
        " 25/5",
    ] {
        assert!(text.parse::<QuotaLimit>().is_err(), "{text:?}");
    }
    assert!(QuotaLimit::new(0, seconds(5)).is_err());
    assert!(QuotaLimit::new(5, Duration::ZERO).is_err());
}
