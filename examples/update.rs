//! Moves a webhook to another URL. An update replaces it completely.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use leadsquared_webhooks::{Client, NewWebhook, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let old = NewWebhook::new("https://example.com/old", Trigger::LeadCreate)?;
    let created = client.create(&old).await?;
    let new = NewWebhook::new("https://example.com/new", Trigger::LeadCreate)?;
    let updated = client.update(&created.id, &new).await?;
    println!("updated {}", updated.id);
    Ok(())
}
// ANCHOR_END: program
