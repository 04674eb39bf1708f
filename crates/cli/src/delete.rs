//! `delete`: deletes webhooks one after another.

use std::io;

use leadsquared_webhooks::{Outcome, WebhookId};
use serde::Serialize;

use crate::{
    arguments::{DeleteArguments, EncodingArguments},
    call::{self, Action, Stopped},
    output::{NO_TERMINAL, Output},
    status::Status,
};

#[derive(Serialize)]
struct Ended {
    ok: bool,
    deleted: Vec<WebhookId>,
    failed: Vec<Failure>,
}

#[derive(Serialize)]
struct Failure {
    id: WebhookId,
    error: Stopped,
}

pub(crate) fn run(arguments: DeleteArguments, output: &mut Output) -> io::Result<Status> {
    let DeleteArguments { ids, yes, connection } = arguments;
    let mut unique: Vec<WebhookId> = Vec::new();
    for id in ids {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    if !yes {
        if !Output::can_ask() {
            return Ok(output.usage("usage", NO_TERMINAL));
        }
        let plural = if unique.len() == 1 { "" } else { "s" };
        let names = unique.iter().map(WebhookId::as_str).collect::<Vec<_>>().join(", ");
        if !output.ask(&format!("delete webhook{plural} {names}? [y/N]")) {
            return Ok(Stopped::unsent().tell(Action::Delete, &[], None, output));
        }
    }
    call::connected(&connection, EncodingArguments::default(), output, async |calls, output| {
        let (mut deleted, mut failed) = (Vec::new(), Vec::new());
        let mut status = Status::Done;
        for id in unique {
            let ended = if calls.is_interrupted() {
                Err(Stopped::unsent())
            } else {
                calls.make(Action::Delete, calls.client.delete(&id), output).await
            };
            match ended {
                Ok(_) => {
                    if !output.json {
                        output.success("deleted", id.as_str());
                    }
                    deleted.push(id);
                }
                Err(error) => {
                    if !output.json {
                        output.problem(&format!("{id}: {}", error.detail()));
                    }
                    status = status.max(error.status());
                    failed.push(Failure { id, error });
                }
            }
        }
        if status == Outcome::Unknown.into() {
            output.note(
                "a webhook whose delete has an unknown outcome may still exist; a delete may be sent again",
            );
        }
        if output.json {
            output.object(&Ended { ok: status.is_ok(), deleted, failed });
        }
        status
    })
}
