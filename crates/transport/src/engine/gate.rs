//! Decides, under one lock, whether a call that changes the account is admitted to the wire or
//! withdrawn.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leadsquared_webhooks_core::{Attempt, Operation, Outcome};
use tokio::sync::Notify;

use crate::{
    engine::quota::{Quota, Seat},
    net::send_state::SendState,
};

/// The gate of one call, shared by its task and any caller that may cancel it.
#[derive(Debug)]
pub(crate) struct Gate {
    operation: Operation,
    quota: Quota,
    seat: Seat,
    state: Mutex<State>,
    withdrawn: Notify,
}

#[derive(Debug)]
struct State {
    stage: Stage,
    /// The send state of the last attempt.
    departing: SendState,
    /// The attempts that have ended.
    attempts: Vec<Attempt>,
    /// The call was cancelled: no further attempt is sent once the outcome of this one is known.
    cancelled: bool,
}

/// The stage of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No attempt is in flight: the call waits for the quota, or between two attempts.
    Waiting,
    /// The quota has admitted an attempt, which is connecting or was sent.
    InFlight,
    /// The call has ended, or was withdrawn.
    Closed,
}

impl Gate {
    pub(crate) fn new(operation: Operation, quota: Quota) -> Self {
        let state = State {
            stage: Stage::Waiting,
            departing: SendState::default(),
            attempts: Vec::new(),
            cancelled: false,
        };
        Self { operation, quota, seat: Seat::default(), state: Mutex::new(state), withdrawn: Notify::new() }
    }

    /// The call's place in the queue of the quota.
    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// The stage, and the attempts that have ended.
    pub(crate) fn look(&self) -> (Stage, Vec<Attempt>) {
        let state = self.state();
        (state.stage, state.attempts.clone())
    }

    /// Asks to make an attempt with this send state, and returns whether it is admitted.
    #[must_use]
    pub(crate) fn admit(&self, send_state: &SendState) -> bool {
        let mut state = self.state();
        let may = state.stage == Stage::Waiting;
        if may {
            state.stage = Stage::InFlight;
            state.departing = send_state.clone();
        }
        may
    }

    /// Records that these attempts have ended, and returns whether another one may follow.
    #[must_use]
    pub(crate) fn rest(&self, attempts: &[Attempt]) -> bool {
        let mut state = self.state();
        if state.stage == Stage::Closed {
            return false;
        }
        state.stage = Stage::Waiting;
        state.attempts = attempts.to_vec();
        !(state.cancelled && self.is_known(&state))
    }

    /// Closes the gate at the end of the call, and returns whether it was still open.
    pub(crate) fn close(&self) -> bool {
        std::mem::replace(&mut self.state().stage, Stage::Closed) != Stage::Closed
    }

    /// Withdraws the call unless an attempt is on the wire or has an unknown outcome: it leaves the
    /// queue of the quota, and a request that was not sent never will be. Otherwise no further
    /// attempt is sent once the outcome of this one is known.
    #[must_use]
    pub(crate) fn withdraw(&self) -> bool {
        {
            let mut state = self.state();
            let may = self.is_known(&state)
                && match state.stage {
                    Stage::Waiting => true,
                    Stage::InFlight => !self.was_sent(&state),
                    Stage::Closed => false,
                };
            if !may {
                state.cancelled = true;
                return false;
            }
            state.stage = Stage::Closed;
        }
        self.quota.leave(&self.seat);
        self.withdrawn.notify_one();
        true
    }

    /// Waits until the call is withdrawn.
    pub(crate) async fn withdrawn(&self) {
        self.withdrawn.notified().await;
    }

    /// For a call whose runtime ended first: whether an attempt was on the wire, and the earlier
    /// attempts.
    pub(crate) fn interrupted(&self) -> Option<(bool, Vec<Attempt>)> {
        let state = self.state();
        let sent = state.stage == Stage::InFlight && self.was_sent(&state);
        (state.stage != Stage::Closed).then(|| (sent, state.attempts.clone()))
    }

    /// Whether the request of the attempt in flight was sent; if not, it never will be. A request
    /// without a body cannot be watched and counts as sent.
    fn was_sent(&self, state: &State) -> bool {
        self.operation == Operation::Delete || state.departing.was_polled()
    }

    fn is_known(&self, state: &State) -> bool {
        Outcome::of_attempts(self.operation, &state.attempts) != Outcome::Unknown
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Withdraws a call when the caller that awaits it is gone.
pub(crate) struct Withdrawing(pub(crate) Arc<Gate>);

impl Drop for Withdrawing {
    fn drop(&mut self) {
        // A call that cannot be withdrawn continues.
        let _ = self.0.withdraw();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::Barrier,
        task::{Context, Poll, Waker},
        thread,
    };

    use bytes::Bytes;
    use http_body::Body;

    use super::*;
    use crate::engine::call;

    fn gate() -> Gate {
        Gate::new(Operation::Update, Quota::unlimited())
    }

    /// Whether a connection that polls the body gets it.
    fn leaves(send_state: &SendState) -> bool {
        let mut body = send_state.body(Bytes::from_static(b"{}"));
        matches!(
            Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())),
            Poll::Ready(Some(Ok(_)))
        )
    }

    #[test]
    fn what_is_withdrawn_is_not_admitted_and_what_has_left_is_not_withdrawn() {
        let (gate, send_state) = (gate(), SendState::default());
        assert!(gate.withdraw());
        assert!(!gate.admit(&send_state) && !gate.withdraw() && !gate.close());

        let gate = self::gate();
        assert!(gate.admit(&send_state) && leaves(&send_state));
        assert!(!gate.withdraw() && gate.close());
    }

    #[test]
    fn what_was_admitted_and_has_not_left_is_withdrawn_and_never_leaves() {
        let (gate, send_state) = (gate(), SendState::default());
        assert!(gate.admit(&send_state) && gate.withdraw());
        assert!(!leaves(&send_state));
        // The attempt may have failed at that very moment.
        assert!(!gate.rest(&[]) && !gate.close());
    }

    #[test]
    fn what_was_cancelled_in_flight_goes_on_only_while_an_attempt_is_unknown() {
        for (outcome, goes_on) in
            [(Outcome::NotSent, false), (Outcome::Refused, false), (Outcome::Unknown, true)]
        {
            let (gate, send_state) = (gate(), SendState::default());
            assert!(gate.admit(&send_state) && leaves(&send_state) && !gate.withdraw());
            let attempt = Attempt { outcome: Some(outcome), ..call::begin(Operation::Update, 1) };
            assert_eq!(gate.rest(std::slice::from_ref(&attempt)), goes_on, "{outcome:?}");
            assert_eq!(gate.withdraw(), !goes_on);
        }
    }

    #[test]
    fn a_delete_in_flight_is_not_withdrawn_for_nobody_sees_it_leave() {
        let gate = Gate::new(Operation::Delete, Quota::unlimited());
        assert!(gate.admit(&SendState::default()) && !gate.withdraw());
    }

    #[test]
    fn of_leaving_and_withdrawing_at_once_exactly_one_succeeds() {
        let (mut left, mut withdrawn) = (0, 0);
        for _ in 0..4000 {
            let (gate, barrier) = (gate(), Barrier::new(2));
            let (has_left, is_withdrawn) = thread::scope(|scope| {
                let sender = scope.spawn(|| {
                    let send_state = SendState::default();
                    barrier.wait();
                    gate.admit(&send_state) && leaves(&send_state)
                });
                barrier.wait();
                let is_withdrawn = gate.withdraw();
                (sender.join().unwrap(), is_withdrawn)
            });
            assert_ne!(has_left, is_withdrawn);
            left += u32::from(has_left);
            withdrawn += u32::from(is_withdrawn);
        }
        println!("{left} left, {withdrawn} were withdrawn");
    }
}
