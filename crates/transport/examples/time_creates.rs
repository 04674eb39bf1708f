//! How long creates take, one after the other: the Rust figure of `benches/mobile`.
//!
//! `time_creates CREATES`, with a sandbox's host and keys in the environment.

use std::time::{Duration, Instant};

use leadsquared_webhooks::{
    Client, NewWebhook,
    account::Environment,
    quota::Quota,
    webhook::{CustomHeaderDraft, TriggerDraft, WebhookDraft},
};

fn draft() -> WebhookDraft {
    let mut draft = WebhookDraft::new(
        "https://example.com/hooks",
        TriggerDraft::LeadActivityCreate { activity: "22".to_owned() },
    );
    draft.description = Some("calls to the warehouse".to_owned());
    draft.custom_headers =
        vec![CustomHeaderDraft { name: "x-api-key".to_owned(), value: "0123456789".to_owned() }];
    draft
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1e6
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "it is what the program is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let creates: usize = std::env::args().nth(1).ok_or("how many creates?")?.parse()?;
    let Environment { host, credentials, auth } = Environment::read()?;
    let client = Client::builder(host, credentials).auth(auth).quota(Quota::unlimited()).build()?;
    for _ in 0..creates / 4 {
        let _ = client.create(&draft().parse()?).await?;
    }
    let mut times = Vec::with_capacity(creates);
    for _ in 0..creates {
        let begun = Instant::now();
        let _ = client.create(&draft().parse()?).await?;
        times.push(begun.elapsed());
    }
    println!("rust create {:.1}", median(times));
    let parses: Vec<Duration> = (0..creates * 10)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box::<Result<NewWebhook, _>>(draft().parse()).ok();
            begun.elapsed()
        })
        .collect();
    println!("rust parse {:.2}", median(parses));
    Ok(())
}
