//! `delete`: webhooks that exist are removed, one after the other.

use std::io::{self, IsTerminal};

use leadsquared_webhooks::{EventCodes, Outcome, WebhookId};
use serde::Serialize;

use crate::{
    arguments::DeleteArguments,
    call::{self, Action, Stopped},
    output::Output,
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
    let mut wanted: Vec<WebhookId> = Vec::new();
    for id in ids {
        if !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    if !yes {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            let problem = "nobody can be asked here whether to delete; --yes says so";
            return output.usage("usage", problem);
        }
        let plural = if wanted.len() == 1 { "" } else { "s" };
        if !output.ask(&format!("delete {} webhook{plural}? [y/N]", wanted.len()))? {
            return Stopped::unsent().tell(Action::Delete, &[], None, output);
        }
    }
    call::connected(&connection, EventCodes::default(), output, async |calls, output| {
        let (mut deleted, mut failed) = (Vec::new(), Vec::new());
        let mut status = Status::Done;
        for id in wanted {
            let ended = if calls.is_interrupted() {
                Err(Stopped::unsent())
            } else {
                calls.make(Action::Delete, calls.client.delete(&id), output).await
            };
            match ended {
                Ok(_) => {
                    if !output.json {
                        output.success("deleted", id.as_str())?;
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
            output.note("what is unknown may be gone or not; a delete may be sent again");
        }
        if output.json {
            output.object(&Ended { ok: status.is_ok(), deleted, failed })?;
        }
        Ok(status)
    })
}
