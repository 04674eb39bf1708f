//! `create`: one call, and all that is known of it.

use std::io;

use leadsquared_webhooks::{
    Attempt, Client, Created, Difference, Encoding, Error, EventCodes, Mismatch, NewWebhook, OnMismatch,
    Verification, Verified, VerifyError, Warning, Webhook, WebhookId, request,
};
use leadsquared_webhooks_sandbox::{CodeTable, Sandbox};
use serde::Serialize;

use crate::{
    arguments::CreateArguments,
    call::{self, Action, Calls, SandboxView},
    connection, masked,
    output::Output,
    status::Status,
    verification::{self, VerificationView},
};

/// A created webhook as JSON.
#[derive(Serialize)]
struct Succeeded<'a> {
    ok: bool,
    id: &'a WebhookId,
    attempts: &'a [Attempt],
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationView>,
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<SandboxView>,
}

/// A webhook that was created as something else, as JSON.
#[derive(Serialize)]
struct Mismatched<'a> {
    ok: bool,
    error: MismatchView<'a>,
    attempts: &'a [Attempt],
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<SandboxView>,
}

#[derive(Serialize)]
struct MismatchView<'a> {
    kind: &'a str,
    detail: String,
    may_have_been_applied: bool,
    id: &'a WebhookId,
    differences: &'a [Difference],
    got: Webhook,
    undone: bool,
}

/// A webhook that exists now, and whether it is what was asked for, if that was to be found out.
struct Made {
    id: WebhookId,
    attempts: Vec<Attempt>,
    verification: Option<Verification>,
}

pub(crate) fn run(arguments: CreateArguments, output: &mut Output) -> io::Result<Status> {
    let CreateArguments { draft, encoding, connection, sandbox, verify, undo } = arguments;
    let encoding = Encoding::from(encoding);
    let webhook = match draft.read_or_tell(encoding.codes, output)? {
        Ok(webhook) => webhook,
        Err(status) => return Ok(status),
    };
    let on_mismatch = verify.then_some(if undo { OnMismatch::Undo } else { OnMismatch::Keep });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sandbox = if sandbox {
            Some(Sandbox::builder().code_table(table(encoding.codes)).start().await?)
        } else {
            None
        };
        let client = match connection::client(&connection, encoding, sandbox.as_ref()) {
            Ok(client) => client,
            Err(problem) => return output.usage("configuration", &problem),
        };
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        let create = create(&client, &webhook, on_mismatch);
        let ended = Calls::of(&client)?.make(Action::Create, create, output).await;
        if !output.json
            && let Some(sandbox) = &sandbox
        {
            show_exchange(sandbox, &webhook, encoding, output)?;
        }
        let sandbox = sandbox.as_ref().map(SandboxView::from);
        match ended {
            Ok(Ok(made)) => tell_made(&made, &warnings, sandbox, output),
            Ok(Err(mismatch)) => tell_mismatch(mismatch, &warnings, sandbox, output),
            Err(stopped) => stopped.tell(Action::Create, &warnings, sandbox, output),
        }
    })
}

/// The embedded account follows the table that the call is made by.
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
) -> Result<Result<Made, Mismatch>, Error> {
    let Some(on_mismatch) = on_mismatch else {
        let Created { id, attempts } = client.create(webhook).await?;
        return Ok(Ok(Made { id, attempts, verification: None }));
    };
    match client.create_verified(webhook, on_mismatch).await {
        Ok(Verified { id, attempts, verification }) => {
            Ok(Ok(Made { id, attempts, verification: Some(verification) }))
        }
        Err(VerifyError::Mismatch(mismatch)) => Ok(Err(mismatch)),
        Err(VerifyError::Create(error)) => Err(error),
    }
}

fn tell_made(
    made: &Made,
    warnings: &[Warning],
    sandbox: Option<SandboxView>,
    output: &mut Output,
) -> io::Result<Status> {
    let Made { id, attempts, verification } = made;
    if output.json {
        let verification = verification.as_ref().map(VerificationView::from);
        output.object(&Succeeded { ok: true, id, attempts, verification, warnings, sandbox })?;
        return Ok(Status::Done);
    }
    call::show_attempts(attempts, output)?;
    output.success("created", id.as_str())?;
    if let Some(verification) = verification {
        verification::tell(verification, output)?;
    }
    Ok(Status::Done)
}

fn tell_mismatch(
    mismatch: Mismatch,
    warnings: &[Warning],
    sandbox: Option<SandboxView>,
    output: &mut Output,
) -> io::Result<Status> {
    let detail = mismatch.to_string();
    let Mismatch { id, differences, got, undone, attempts } = mismatch;
    if output.json {
        let error = MismatchView {
            kind: "mismatch",
            detail,
            may_have_been_applied: !undone,
            id: &id,
            differences: &differences,
            got: masked::webhook(*got),
            undone,
        };
        output.object(&Mismatched { ok: false, error, attempts: &attempts, warnings, sandbox })?;
        return Ok(Status::Different);
    }
    call::show_attempts(&attempts, output)?;
    verification::show_differences(&differences, output)?;
    output.problem(&detail);
    if !undone {
        output.note(&format!("it exists, and delivers what it is; `lsq-webhooks delete {id}` removes it"));
    }
    Ok(Status::Different)
}

/// What the sandbox received, and what it answered.
fn show_exchange(
    sandbox: &Sandbox,
    webhook: &NewWebhook,
    encoding: Encoding,
    output: &mut Output,
) -> io::Result<()> {
    for request in sandbox.requests() {
        let status = request.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        output.line(&format!("sandbox: {} {} (keys masked) → {status}", request.method, request.path))?;
    }
    let rows: Vec<_> = masked::rows(webhook, request::create(webhook, encoding).body())
        .into_iter()
        .map(|(name, value)| vec![name, value])
        .collect();
    output.table(&["sent", "value"], &rows)
}
