//! `ensure`: one webhook of an event, a URL and properties exists afterwards, once.

use std::io;

use leadsquared_webhooks::{
    Change, Difference, EnsureOptions, Ensured, Verification, Warning, WebhookId, WebhookStatus,
};
use serde::Serialize;

use crate::{
    arguments::EnsureArguments,
    call::{self, Action},
    output::{Flaw, Output},
    status::Status,
    ticket_argument,
    verification::{self, VerificationView},
};

#[derive(Serialize)]
struct EnsuredView<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Flaw>,
    id: &'a WebhookId,
    change: &'a str,
    differences: &'a [Difference],
    status: Option<String>,
    verification: Option<VerificationView>,
    surplus: &'a [WebhookId],
    removed: &'a [WebhookId],
    warnings: &'a [Warning],
}

pub(crate) fn run(arguments: EnsureArguments, output: &mut Output) -> io::Result<Status> {
    let EnsureArguments { draft, encoding, settling, remove_surplus, ticket, connection } = arguments;
    let webhook = match draft.read_or_tell(encoding.codes, output)? {
        Ok(webhook) => webhook,
        Err(status) => return Ok(status),
    };
    let tickets: Result<Vec<_>, _> = ticket.iter().map(|text| ticket_argument::read(text)).collect();
    let tickets = match tickets {
        Ok(tickets) => tickets,
        Err(problem) => return output.usage("usage", &problem),
    };
    let defaults = EnsureOptions::default();
    let options = EnsureOptions { settling: settling.unwrap_or(defaults.settling), remove_surplus, tickets };
    call::connected(&connection, encoding, output, async |calls, output| {
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        match calls.make(Action::Ensure, calls.client.ensure(&webhook, &options), output).await {
            Ok(ensured) => tell(&ensured, &warnings, output),
            Err(stopped) => stopped.tell(Action::Ensure, &warnings, None, output),
        }
    })
}

/// What is wrong with the one that exists, and the exit status that says so.
fn flaw(change: &Change) -> Option<(Flaw, Status)> {
    match change {
        Change::Disabled(status) => {
            let detail =
                format!("it exists and is {status}; only a person can enable it, in the vendor's UI");
            Some((Flaw { kind: "disabled", detail }, Status::Refused))
        }
        Change::Created(Verification::Different { .. }) => {
            let detail = "it was created as something else than was asked for".to_owned();
            Some((Flaw { kind: "mismatch", detail }, Status::Different))
        }
        Change::Existed | Change::Updated(_) | Change::Created(_) => None,
    }
}

fn tell(ensured: &Ensured, warnings: &[Warning], output: &mut Output) -> io::Result<Status> {
    let Ensured { id, change, surplus, removed } = ensured;
    let (flaw, status) = flaw(change).map_or((None, Status::Done), |(flaw, status)| (Some(flaw), status));
    if output.json {
        let (differences, told, verification): (&[_], _, _) = match change {
            Change::Existed => (&[], None, None),
            Change::Created(verification) => {
                let differences: &[_] = match verification {
                    Verification::Different { differences, .. } => differences,
                    Verification::Same | Verification::Unverified { .. } => &[],
                };
                (differences, None, Some(VerificationView::from(verification)))
            }
            Change::Updated(differences) => (differences, None, None),
            Change::Disabled(status) => (&[], Some(WebhookStatus::to_string(status)), None),
        };
        output.object(&EnsuredView {
            ok: status.is_ok(),
            error: flaw,
            id,
            change: change.as_str(),
            differences,
            status: told,
            verification,
            surplus,
            removed,
            warnings,
        })?;
        return Ok(status);
    }
    if flaw.is_none() {
        output.success(change.as_str(), id.as_str())?;
    } else {
        output.line(&format!("{} {id}", change.as_str()))?;
    }
    match change {
        Change::Existed | Change::Disabled(_) => {}
        Change::Created(verification) => verification::tell(verification, output)?,
        Change::Updated(differences) => verification::show_replaced(differences, output)?,
    }
    if let Some(Flaw { detail, .. }) = &flaw {
        output.problem(detail);
    }
    if !surplus.is_empty() {
        output.note(&format!(
            "others deliver the same once more; this removes them: lsq-webhooks delete {}",
            joined(surplus)
        ));
    }
    if !removed.is_empty() {
        output.note(&format!("created here and removed again, for another existed: {}", joined(removed)));
    }
    Ok(status)
}

fn joined(ids: &[WebhookId]) -> String {
    ids.iter().map(WebhookId::as_str).collect::<Vec<_>>().join(" ")
}
