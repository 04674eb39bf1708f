//! `sandbox`: a local `LeadSquared` until it is told to stop.

use std::io;

use leadsquared_webhooks::quota::QuotaLimit;
use leadsquared_webhooks_sandbox::{BadManners, Limit, Sandbox};
use serde::Serialize;

use crate::{arguments::SandboxArguments, interrupt::Interrupts, output::Output, status::Status};

/// Where it listens, as JSON.
#[derive(Serialize)]
struct Started {
    ok: bool,
    host: String,
    access_key: String,
    secret_key: String,
}

pub(crate) fn run(arguments: SandboxArguments, output: &mut Output) -> io::Result<Status> {
    let SandboxArguments {
        port,
        codes,
        quota,
        delay,
        visible_after,
        seed,
        stores_urls,
        answers_properties,
        page_cap,
        largest_page_size,
    } = arguments;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let sandbox = Sandbox::builder()
            .port(port)
            .code_table(codes)
            .maybe_limits((!quota.is_empty()).then(|| quota.into_iter().map(limit).collect()))
            .maybe_delay(delay)
            .maybe_visible_after(visible_after)
            .seed(seed)
            .stores_urls(stores_urls)
            .answers_properties(answers_properties)
            .maybe_page_cap(page_cap)
            .maybe_largest_page_size(largest_page_size)
            .start()
            .await
            .map_err(|problem| io::Error::new(problem.kind(), format!("port {port}: {problem}")))?;
        tell(&sandbox, output)?;
        interrupts.next().await;
        let manners = sandbox.manners();
        for finding in &manners.findings {
            output.note(&format!("request {}: {}", finding.request, finding.sentence));
        }
        let (requests, webhooks) = (sandbox.request_count(), sandbox.webhooks().len());
        // A twin may be wanted: it is told, and is no offence.
        let twins = manners.count(BadManners::TwinCreated);
        let offences = manners.findings.len() - twins;
        let twins = if twins == 0 { String::new() } else { format!(", {twins} twins") };
        output.note(&format!("{requests} requests, {webhooks} webhooks, {offences} offences{twins}"));
        Ok(Status::Done)
    })
}

/// The lines that a shell reads, or one JSON object. These keys are the sandbox's own and open nothing else.
fn tell(sandbox: &Sandbox, output: &mut Output) -> io::Result<()> {
    let (host, access_key, secret_key) = (sandbox.host(), sandbox.access_key(), sandbox.secret_key());
    if output.json {
        return output.object(&Started { ok: true, host, access_key, secret_key });
    }
    let lines = format!(
        "export LEADSQUARED_HOST='{host}'\nexport LEADSQUARED_ACCESS_KEY='{access_key}'\nexport \
         LEADSQUARED_SECRET_KEY='{secret_key}'\n"
    );
    output.bytes(lines.as_bytes())
}

const fn limit(limit: QuotaLimit) -> Limit {
    Limit { calls: limit.calls(), window: limit.window() }
}
