//! `create`: creates one webhook, and prints what is known about it.

use std::io;

use leadsquared_webhooks::{
    Client, Error, NewWebhook,
    call::{Created, OnMismatch},
    core::request,
    event::EventCodes,
    reconcile::Reconciled,
    webhook::{Encoding, Warning},
};
use leadsquared_webhooks_sandbox::{CodeTable, Sandbox};

use crate::{
    arguments::CreateArguments,
    call::{self, Action, Calls, SandboxView},
    connection, masked,
    output::{Ended, Output},
    reconciled,
    status::Status,
};

/// The result of a successful create.
enum Made {
    Created(Created),
    /// Created and read back.
    Verified(Reconciled),
}

pub(crate) fn run(arguments: CreateArguments, output: &mut Output) -> io::Result<Status> {
    let CreateArguments { draft, encoding, connection, sandbox, verify, rollback } = arguments;
    let webhook = match draft.read_or_report(encoding, output) {
        Ok(webhook) => webhook,
        Err(status) => return Ok(status),
    };
    let on_mismatch = verify.then_some(if rollback { OnMismatch::RollBack } else { OnMismatch::Keep });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sandbox = if sandbox {
            Some(Sandbox::builder().code_table(table(encoding.codes())).start().await?)
        } else {
            None
        };
        let client = match connection::client(&connection, encoding, sandbox.as_ref(), output) {
            Ok(client) => client,
            Err(problem) => return Ok(output.usage("configuration", &problem)),
        };
        let mut calls = Calls::of(&client)?;
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        let create = create(&client, &webhook, on_mismatch);
        let ended = calls.make(Action::Create, create, output).await;
        if !output.json
            && let Some(sandbox) = &sandbox
        {
            show_exchange(sandbox, &webhook, encoding.into(), output);
        }
        let sandbox = sandbox.as_ref().map(SandboxView::from);
        Ok(match ended {
            Ok(made) => tell(&made, &warnings, sandbox, output),
            Err(stopped) => stopped.tell(Action::Create, &warnings, sandbox, output),
        })
    })
}

/// The embedded sandbox uses the same table of event codes as the call.
const fn table(codes: EventCodes) -> CodeTable {
    match codes {
        EventCodes::Documented => CodeTable::Documented,
        EventCodes::Observed => CodeTable::Observed,
    }
}

async fn create(
    client: &Client,
    webhook: &NewWebhook,
    on_mismatch: Option<OnMismatch>,
) -> Result<Made, Error> {
    match on_mismatch {
        None => client.create(webhook).await.map(Made::Created),
        Some(on_mismatch) => {
            client.create_verified(webhook).on_mismatch(on_mismatch).await.map(Made::Verified)
        }
    }
}

fn tell(made: &Made, warnings: &[Warning], sandbox: Option<SandboxView>, output: &mut Output) -> Status {
    match made {
        Made::Verified(result) => {
            if !output.json {
                call::show_attempts(&result.attempts, output);
            }
            reconciled::tell(result, warnings, sandbox, output)
        }
        Made::Created(created) if output.json => {
            output.object(&Ended { ok: true, error: None, result: created, warnings, sandbox });
            Status::Done
        }
        Made::Created(Created { id, attempts }) => {
            call::show_attempts(attempts, output);
            output.success("created", id.as_str());
            Status::Done
        }
    }
}

/// Prints the requests that the sandbox received, and its responses.
fn show_exchange(sandbox: &Sandbox, webhook: &NewWebhook, encoding: Encoding, output: &mut Output) {
    for request in sandbox.requests() {
        let status = request.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        output.line(&format!("sandbox: {} {} (keys masked) → {status}", request.method, request.path));
    }
    let rows: Vec<_> = masked::rows(webhook, request::create(webhook, encoding).body())
        .into_iter()
        .map(|(name, value)| vec![name, value])
        .collect();
    output.table(&["sent", "value"], &rows);
}
