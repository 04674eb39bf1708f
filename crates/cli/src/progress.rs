//! Progress display for long-running commands.

use std::{
    collections::HashMap,
    io::{self, IsTerminal},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use leadsquared_webhooks::{
    Client,
    call::{OnProgress, PendingState, Progress},
    core::reconcile::Identity,
    reconcile::{Waiting, WaitingFor},
    webhook::printable,
};
use tokio::time::{interval, sleep};

use crate::output::{Messages, counted};

/// Shows on a terminal, after one second, what the client's calls wait for. Never completes.
pub(crate) async fn spin(client: &Client, messages: &Messages) {
    if !io::stderr().is_terminal() {
        std::future::pending::<()>().await;
    }
    sleep(Duration::from_secs(1)).await;
    let bar = Cleared(messages.bar());
    bar.0.reset();
    bar.0.set_draw_target(ProgressDrawTarget::stderr());
    let mut tick = interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        let pending = client.pending();
        let queued = !pending.is_empty() && pending.iter().all(|call| call.state == PendingState::Queued);
        bar.0.set_message(if queued { "waiting for the quota" } else { "waiting for the API" });
        bar.0.tick();
    }
}

/// A bar that is cleared on drop.
struct Cleared<'a>(&'a ProgressBar);

impl Drop for Cleared<'_> {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        self.0.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// Shows on a terminal how many of the desired webhooks are finished, until the bar is cleared.
pub(crate) fn count(messages: &Messages, webhooks: usize) {
    let bar = messages.bar();
    bar.set_length(webhooks as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} webhooks, {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
}

/// Advances the bar, and reports each wait once, regardless of how often the list is read.
pub(crate) fn watch(messages: &Messages) -> OnProgress {
    let messages = messages.clone();
    let (ended_of, waits) = (Mutex::new(HashMap::new()), Mutex::new(Vec::new()));
    OnProgress::new(move |progress| match progress {
        Progress::Webhooks { account, ended } => {
            let mut ended_of = ended_of.lock().unwrap_or_else(PoisonError::into_inner);
            ended_of.insert(account.clone(), *ended);
            messages.bar().set_position(ended_of.values().sum::<usize>() as u64);
        }
        Progress::Account { account } => messages.bar().set_message(printable(account).into_owned()),
        Progress::Resumed { account, creates } => messages.note(&format!(
            "{}resuming an interrupted run: the outcome of {} is looked up first",
            place(account),
            counted(*creates, "create")
        )),
        Progress::Locked(wait) => {
            let holder = wait.holder.as_ref().map_or("another run".to_owned(), ToString::to_string);
            messages.note(&format!(
                "waiting up to {} s for {}: it is in use by {holder}",
                wait.timeout.as_millis().div_ceil(1000),
                wait.path.display()
            ));
        }
        Progress::Waiting { account, waiting } => {
            let mut waits = waits.lock().unwrap_or_else(PoisonError::into_inner);
            if begins(&mut waits, account, waiting) {
                messages.note(&said(account, waiting));
            }
        }
    })
}

/// A reported wait, and its maximum remaining time when last seen.
type Reported = (String, Identity, WaitingFor, Duration);

/// Whether a wait is new: the remaining time of a continuing wait only decreases.
fn begins(waits: &mut Vec<Reported>, account: &str, waiting: &Waiting) -> bool {
    let Waiting { at_most, why, desired, .. } = waiting;
    let known = waits
        .iter_mut()
        .find(|(of, identity, for_what, _)| of == account && identity == desired && for_what == why);
    if let Some((.., left)) = known {
        return std::mem::replace(left, *at_most) < *at_most;
    }
    waits.push((account.to_owned(), desired.clone(), *why, *at_most));
    true
}

fn said(account: &str, waiting: &Waiting) -> String {
    let why = match waiting.why {
        WaitingFor::LostCreate => "the answer of its create was lost",
        WaitingFor::CreatedWebhook => "it was created and the list does not show it yet",
    };
    let (event, url) = (waiting.desired.event_text(), waiting.desired.url());
    let seconds = waiting.at_most.as_millis().div_ceil(1000);
    format!("{}waiting up to {seconds} s for {event} to {url}: {why}", place(account))
}

/// The account's name as the prefix of a message, if there are several accounts.
pub(crate) fn place(account: &str) -> String {
    if account.is_empty() { String::new() } else { format!("{account}: ") }
}

#[cfg(test)]
mod tests {
    use leadsquared_webhooks::{NewWebhook, Trigger};

    use super::*;

    #[test]
    fn a_wait_is_reported_when_it_begins_and_not_again_while_it_lasts() {
        let webhook = |url: &str| NewWebhook::builder(url.parse().unwrap(), Trigger::LeadCreate).build();
        let waiting = |url: &str, at_most| Waiting {
            time: Duration::from_secs(1),
            at_most: Duration::from_millis(at_most),
            why: WaitingFor::LostCreate,
            desired: Identity::of(&webhook(url)),
        };
        let mut waits = Vec::new();
        let mut begins = |account: &str, waiting: &Waiting| begins(&mut waits, account, waiting);
        assert!(begins("a", &waiting("https://a.example", 60_000)));
        assert!(!begins("a", &waiting("https://a.example", 59_000)));
        assert!(begins("a", &waiting("https://b.example", 59_000)));
        assert!(begins("b", &waiting("https://a.example", 59_000)));
        assert!(!begins("a", &waiting("https://a.example", 2_000)));
        assert!(begins("a", &waiting("https://a.example", 60_000)), "another create was lost");
        assert_eq!(
            said("a", &waiting("https://a.example", 1_500)),
            "a: waiting up to 2 s for Lead_Post_Create to https://a.example: the answer of its create was lost"
        );
    }
}
