//! What a person sees of a call that takes long.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::ProgressBar;
use leadsquared_webhooks::{Client, PendingState};
use tokio::time::{interval, sleep};

/// Shows after a second what the client's calls wait for, on a terminal alone. Never ends.
pub(crate) async fn show(client: &Client) {
    if !io::stderr().is_terminal() {
        std::future::pending::<()>().await;
    }
    sleep(Duration::from_secs(1)).await;
    let bar = Cleared(ProgressBar::new_spinner());
    let mut tick = interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        let pending = client.pending();
        let queued = !pending.is_empty() && pending.iter().all(|call| call.state == PendingState::Queued);
        bar.0.set_message(if queued { "waiting for the quota" } else { "waiting for the API" });
        bar.0.tick();
    }
}

/// A bar that leaves nothing behind.
struct Cleared(ProgressBar);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
