//! `create`: one call, and all that is known of it.

use std::io;

use leadsquared_webhooks::{
    Attempt, Client, Created, Error, NewWebhook, Outcome, PendingState, WaitedFor, Warning, WebhookId,
    request,
};
use leadsquared_webhooks_sandbox::{ReceivedRequest, Sandbox};
use serde::Serialize;

use crate::{
    arguments::CreateArguments,
    connection,
    draft_arguments::Unreadable,
    interrupt::Interrupts,
    masked,
    output::{Failed, Output},
    progress,
    status::Status,
};

/// A created webhook as JSON.
#[derive(Serialize)]
struct Succeeded<'a> {
    ok: bool,
    id: &'a WebhookId,
    attempts: &'a [Attempt],
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<SandboxView>,
}

/// A call that failed as JSON.
#[derive(Serialize)]
struct CallFailed<'a> {
    ok: bool,
    error: &'a Error,
    attempts: &'a [Attempt],
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<SandboxView>,
}

#[derive(Serialize)]
struct SandboxView {
    requests: Vec<ReceivedRequest>,
}

/// How a call ended.
enum End {
    Call(Result<Created, Error>),
    /// The user gave up, and this much is known.
    GivenUp(Outcome),
}

pub(crate) fn run(arguments: CreateArguments, output: &mut Output) -> io::Result<Status> {
    let webhook = match arguments.draft.read() {
        Ok(webhook) => webhook,
        Err(Unreadable::Usage(problem)) => return before_the_call("usage", &problem, output),
        Err(Unreadable::Invalid(error)) => {
            if output.json {
                output.object(&Failed::invalid(&error))?;
            }
            for violation in error.violations() {
                output.problem(&violation.to_string());
            }
            output.warnings(error.warnings());
            return Ok(Status::Usage);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sandbox = if arguments.sandbox {
            Some(Sandbox::builder().code_table(table(arguments.codes)).start().await?)
        } else {
            None
        };
        let client = match connection::client(&arguments.connection, arguments.codes, sandbox.as_ref()) {
            Ok(client) => client,
            Err(problem) => return before_the_call("configuration", &problem, output),
        };
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        let end = call(&client, &webhook, output).await?;
        if !output.json
            && let Some(sandbox) = &sandbox
        {
            show_exchange(sandbox, &webhook, arguments.codes, output)?;
        }
        let view = sandbox.as_ref().map(|sandbox| SandboxView { requests: sandbox.requests() });
        finish(end, &warnings, view, output)
    })
}

fn before_the_call(kind: &str, problem: &str, output: &mut Output) -> io::Result<Status> {
    if output.json {
        output.object(&Failed::before_the_call(kind, problem))?;
    }
    output.problem(problem);
    Ok(Status::Usage)
}

/// The embedded account follows the table that the call is made by.
const fn table(codes: leadsquared_webhooks::EventCodes) -> leadsquared_webhooks_sandbox::CodeTable {
    match codes {
        leadsquared_webhooks::EventCodes::Documented => leadsquared_webhooks_sandbox::CodeTable::Documented,
        leadsquared_webhooks::EventCodes::Observed => leadsquared_webhooks_sandbox::CodeTable::Observed,
    }
}

/// Makes the call. Ctrl-C gives it up while nothing has left; afterwards the first one is told that an answer is awaited,
/// and the second one ends the wait.
async fn call(client: &Client, webhook: &NewWebhook, output: &mut Output) -> io::Result<End> {
    let mut interrupts = Interrupts::new()?;
    let mut told = false;
    let create = client.create(webhook);
    let progress = progress::show(client);
    tokio::pin!(create, progress);
    loop {
        tokio::select! {
            result = &mut create => return Ok(End::Call(result)),
            () = &mut progress => {}
            () = interrupts.next() => {
                if client.pending().iter().all(|call| call.state == PendingState::Queued) {
                    return Ok(End::GivenUp(Outcome::NotSent));
                }
                if told {
                    return Ok(End::GivenUp(Outcome::Unknown));
                }
                told = true;
                output.note("the create is under way; waiting for its answer, a second Ctrl-C gives up without it");
            }
        }
    }
}

fn finish(
    end: End,
    warnings: &[Warning],
    sandbox: Option<SandboxView>,
    output: &mut Output,
) -> io::Result<Status> {
    match end {
        End::Call(Ok(Created { id, attempts })) => {
            if output.json {
                output.object(&Succeeded { ok: true, id: &id, attempts: &attempts, warnings, sandbox })?;
            } else {
                show_attempts(&attempts, output)?;
                output.success("created", id.as_str())?;
            }
            Ok(Status::Done)
        }
        End::Call(Err(error)) => {
            if output.json {
                let failed =
                    CallFailed { ok: false, error: &error, attempts: error.attempts(), warnings, sandbox };
                output.object(&failed)?;
            } else {
                show_attempts(error.attempts(), output)?;
                output.problem(&error.to_string());
            }
            if error.may_have_been_applied() {
                output.note("the webhook may exist: look before you try again, a second create makes a twin");
            }
            Ok(error.outcome().into())
        }
        End::GivenUp(outcome) => {
            let detail = match outcome {
                Outcome::NotSent | Outcome::Refused => "given up before anything was sent",
                Outcome::Unknown => "given up while the create was under way; the webhook may exist",
            };
            if output.json {
                output.object(&Failed::new("given_up", detail, outcome))?;
            }
            output.problem(detail);
            Ok(outcome.into())
        }
    }
}

/// What the sandbox received, and what it answered.
fn show_exchange(
    sandbox: &Sandbox,
    webhook: &NewWebhook,
    codes: leadsquared_webhooks::EventCodes,
    output: &mut Output,
) -> io::Result<()> {
    for request in sandbox.requests() {
        let status = request.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        output.line(&format!("sandbox: {} {} (keys masked) → {status}", request.method, request.path))?;
    }
    let rows: Vec<_> = masked::rows(webhook, request::create(webhook, codes).body())
        .into_iter()
        .map(|(name, value)| vec![name, value])
        .collect();
    output.table(&["sent", "value"], &rows)
}

fn show_attempts(attempts: &[Attempt], output: &mut Output) -> io::Result<()> {
    let rows: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            let waited = match (attempt.waited_for, attempt.waited) {
                (Some(reason), Some(time)) => {
                    let reason = match reason {
                        WaitedFor::RateLimit => "rate limit",
                        WaitedFor::Backoff => "backoff",
                    };
                    format!("{:.1} s ({reason})", time.as_secs_f64())
                }
                _ => String::new(),
            };
            vec![
                attempt.number.to_string(),
                attempt.result.to_owned(),
                attempt.status.map(|status| status.to_string()).unwrap_or_default(),
                if attempt.sent { "yes" } else { "no" }.to_owned(),
                format!("{} ms", attempt.duration.as_millis()),
                waited,
            ]
        })
        .collect();
    output.table(&["attempt", "result", "status", "sent", "time", "then waited"], &rows)
}
