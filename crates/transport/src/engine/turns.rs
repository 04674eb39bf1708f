//! Runs of the same identity on one client take turns.

use std::sync::{Mutex, PoisonError};

use leadsquared_webhooks_core::Identity;
use tokio::sync::Notify;

/// The turns of a client's runs. Two runs whose desired webhooks could be the same never list and
/// create at the same time.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Mutex<Vec<Identity>>,
    ended: Notify,
}

/// The turn of one run, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    identity: &'a Identity,
}

impl Turns {
    /// Waits until no run with an overlapping identity is active.
    pub(crate) async fn take<'a>(&'a self, identity: &'a Identity) -> Turn<'a> {
        loop {
            // Registered before the check, so that an end in between is not missed.
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                if !taken.iter().any(|other| other.overlaps(identity)) {
                    taken.push(identity.clone());
                    return Turn { turns: self, identity };
                }
            }
            ended.await;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = taken.iter().position(|other| other == self.identity) {
            taken.swap_remove(index);
        }
        drop(taken);
        self.turns.ended.notify_waiters();
    }
}
