//! `sandbox`: runs a local `LeadSquared` until it is interrupted.

use std::io;

use leadsquared_webhooks::quota::QuotaLimit;
use leadsquared_webhooks_sandbox::{Limit, Misuse, Sandbox};
use serde::Serialize;

use crate::{
    arguments::SandboxArguments,
    interrupt::Interrupts,
    output::{Output, counted},
    status::Status,
};

/// The address and the keys, as JSON.
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
        tell(&sandbox, output);
        if output.is_unwritten() {
            return Ok(Status::Done);
        }
        interrupts.next().await;
        let report = sandbox.client_report();
        for finding in &report.findings {
            output.note(&format!("request {}: {}", finding.request, finding.sentence));
        }
        let (requests, webhooks) = (sandbox.request_count(), sandbox.webhooks().len());
        // A duplicate may be intended: it is reported, but not counted as misuse.
        let duplicates = report.count(Misuse::DuplicateCreated);
        let misuses = report.findings.len() - duplicates;
        let mut counts =
            vec![counted(requests, "request"), counted(webhooks, "webhook"), counted(misuses, "misuse")];
        counts.extend((duplicates > 0).then(|| counted(duplicates, "duplicate")));
        output.note(&counts.join(", "));
        Ok(Status::Done)
    })
}

/// Prints the lines for a shell, or one JSON object. The keys are valid for this sandbox only.
fn tell(sandbox: &Sandbox, output: &mut Output) {
    let (host, access_key, secret_key) = (sandbox.host(), sandbox.access_key(), sandbox.secret_key());
    if output.json {
        output.object(&Started { ok: true, host, access_key, secret_key });
        return;
    }
    output.text(&format!(
        "export LEADSQUARED_HOST='{host}'\nexport LEADSQUARED_ACCESS_KEY='{access_key}'\nexport \
         LEADSQUARED_SECRET_KEY='{secret_key}'\n"
    ));
}

const fn limit(limit: QuotaLimit) -> Limit {
    Limit { calls: limit.calls(), window: limit.window() }
}
