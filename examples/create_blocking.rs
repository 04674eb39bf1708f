//! Creates a webhook without async, waits patiently, and shows what was tried.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use std::time::Duration;

use leadsquared_webhooks::{NewWebhook, blocking::Client};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let webhook = NewWebhook::from_json(include_str!("lead-field-update.json"))?;
    for warning in webhook.warnings() {
        println!("warning: {warning}");
    }
    let created =
        client.send(|client| client.create(&webhook).timeout(Duration::from_mins(2)).attempts(8))?;
    for attempt in &created.attempts {
        println!("attempt {}: {} after {:?}", attempt.number, attempt.result, attempt.duration);
    }
    println!("created {}", created.id);
    Ok(())
}
// ANCHOR_END: program
