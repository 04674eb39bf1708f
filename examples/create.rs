//! Creates a webhook. The environment names the account: `LEADSQUARED_HOST` and both keys.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use leadsquared_webhooks::{Client, NewWebhook, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?; // LEADSQUARED_HOST, _ACCESS_KEY and _SECRET_KEY
    let calls = Trigger::lead_activity_create("22");
    let webhook = NewWebhook::new("https://example.com/hooks", calls)?;
    let created = client.create(&webhook).await?;
    println!("created {}", created.id);
    Ok(())
}
// ANCHOR_END: program
