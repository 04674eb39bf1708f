//! Resolves a create whose outcome is unknown, by the ticket of its error.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use leadsquared_webhooks::{Client, NewWebhook, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let webhook = NewWebhook::new("https://example.com/hooks", Trigger::LeadCreate)?;
    let Err(error) = client.create(&webhook).await else { return Ok(()) };
    let Some(ticket) = error.ticket() else { return Err(error.into()) };
    let found = client.resolve(ticket).await?;
    println!("{}: {:?}", found.state.as_str(), found.id);
    Ok(())
}
// ANCHOR_END: program
