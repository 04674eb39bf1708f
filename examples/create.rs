//! Creates a webhook: `LEADSQUARED_HOST`, `LEADSQUARED_ACCESS_KEY` and `LEADSQUARED_SECRET_KEY`
//! name the account.
#![allow(clippy::print_stdout, reason = "an example prints")]

use leadsquared_webhooks::{Client, NewWebhook, Outcome, Trigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let calls = Trigger::LeadActivityCreate("22".parse()?);
    let webhook =
        NewWebhook::builder("https://example.com/hooks".parse()?, calls).description("calls").build();
    match client.create(&webhook).await {
        Ok(created) => println!("created {}", created.id),
        Err(error) => match error.outcome() {
            Outcome::NotSent => println!("nothing was sent, try again: {error}"),
            Outcome::Refused => println!("the API refused, fix the request: {error}"),
            Outcome::Unknown => println!("it may exist, check before retrying: {error}"),
        },
    }
    Ok(())
}
