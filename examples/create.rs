//! Creates a webhook: `LEADSQUARED_HOST`, `LEADSQUARED_ACCESS_KEY` and `LEADSQUARED_SECRET_KEY`
//! name the account.
#![allow(clippy::print_stdout, reason = "an example prints")]

// ANCHOR: program
use leadsquared_webhooks::{Client, NewWebhook, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?; // LEADSQUARED_HOST, _ACCESS_KEY and _SECRET_KEY
    let calls = Trigger::LeadActivityCreate("22".parse()?);
    let webhook = NewWebhook::builder("https://example.com/hooks".parse()?, calls).build();
    let result = client.create(&webhook).await;
    if let Err(error) = &result {
        use leadsquared_webhooks::Outcome::{NotSent, Refused, Unknown};
        match error.outcome() {
            NotSent => println!("nothing was sent, try again: {error}"),
            Refused => println!("the API refused, fix the request: {error}"),
            Unknown => println!("it may exist, check before retrying: {error}"),
        }
    }
    println!("created {}", result?.id);
    Ok(())
}
// ANCHOR_END: program
