//! Deletes the webhooks of one receiver.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use leadsquared_webhooks::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    for webhook in client.list().await? {
        if webhook.url.as_deref() == Some("https://example.com/hooks") {
            println!("deleted {}", client.delete(&webhook.id).await?.id);
        }
    }
    Ok(())
}
// ANCHOR_END: program
