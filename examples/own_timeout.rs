//! Gives one call its own deadline, attempts and wait for the quota.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use std::time::Duration;

use leadsquared_webhooks::{Client, NewWebhook, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let webhook = NewWebhook::new("https://example.com/hooks", Trigger::LeadCreate)?;
    let patient = client.create(&webhook).timeout(Duration::from_mins(2)).attempts(8);
    println!("created {}", patient.await?.id);
    Ok(())
}
// ANCHOR_END: program
