//! Lists the webhooks that LeadSquared disabled after failed deliveries.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use leadsquared_webhooks::{Client, webhook::WebhookStatus};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    for webhook in client.list().status(WebhookStatus::DisabledByFailures).await? {
        println!("{} {}", webhook.id, webhook.url.unwrap_or_default());
    }
    Ok(())
}
// ANCHOR_END: program
