//! `delete`: deletes webhooks one after another.

use std::io;

use leadsquared_webhooks::{Client, Outcome, Webhook, webhook::WebhookId};
use serde::Serialize;

use crate::{
    arguments::{ConnectionArguments, DeleteArguments, EncodingArguments},
    call::{Action, Calls, Stopped},
    connection,
    doctor::authority,
    list::reported,
    output::{NO_TERMINAL, Output, counted, quoted},
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
    if !yes && !Output::can_ask() {
        return Ok(output.usage("usage", NO_TERMINAL));
    }
    let client = match connection::client(&connection, EncodingArguments::default(), None, output) {
        Ok(client) => client,
        Err(problem) => return Ok(output.usage("configuration", &problem)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if !yes {
        // Ctrl-C ends the command here, as nothing was sent that changes the account.
        let listed = match runtime.block_on(client.list().into_future()) {
            Ok(listed) => listed,
            Err(error) => return Ok(Stopped::Call(error).tell(Action::Read, &[], None, output)),
        };
        let account = account(&connection, &client);
        if !is_confirmed(&unique, &listed, &account, output) {
            return Ok(Stopped::unsent().tell(Action::Delete, &[], None, output));
        }
    }
    runtime.block_on(async {
        let mut calls = Calls::of(&client)?;
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
                    // The note at the end names what was not begun.
                    if !output.json && !error.is_unsent() {
                        output.problem(&format!("{id}: {}", error.detail()));
                    }
                    status = status.max(error.status());
                    failed.push(Failure { id, error });
                }
            }
        }
        if calls.is_interrupted() {
            output.note(&interrupted(deleted.len(), &failed));
        } else if status == Outcome::Unknown.into() {
            output.note(
                "a webhook whose delete has an unknown outcome may still exist; a delete may be sent again",
            );
        }
        if output.json {
            output.object(&Ended { ok: status.is_ok(), deleted, failed });
        }
        Ok(status)
    })
}

/// Shows the webhooks, and asks for confirmation.
fn is_confirmed(ids: &[WebhookId], listed: &[Webhook], account: &str, output: &mut Output) -> bool {
    for id in ids {
        let shown = match listed.iter().find(|webhook| webhook.id == *id) {
            Some(Webhook { event, url, status, .. }) => {
                let (event, url) = (reported(event.as_ref()), reported(url.as_ref()));
                format!("{id} {event} {url} {}", reported(status.as_ref()))
            }
            None => format!("{id} (the account does not list it)"),
        };
        output.messages().announce("delete:", &shown);
    }
    output.ask(&format!("Delete {} of {account}? [y/N]", counted(ids.len(), "webhook")))
}

/// The account by what is known of it: a key is never shown.
fn account(connection: &ConnectionArguments, client: &Client) -> String {
    let host = authority(client);
    match &connection.keys_file {
        Some(file) => format!("the account of {} on {host}", file.display()),
        None => format!("the account on {host}"),
    }
}

/// What was done until Ctrl-C, and how to go on.
fn interrupted(deleted: usize, failed: &[Failure]) -> String {
    let ids = |unsent: bool| {
        let failed = failed.iter().filter(move |failure| failure.error.is_unsent() == unsent);
        failed.map(|failure| quoted(failure.id.as_str())).collect::<Vec<_>>()
    };
    let unknown = failed.iter().filter(|failure| failure.error.status() == Status::Unknown);
    let unknown: Vec<_> = unknown.map(|failure| failure.id.as_str()).collect();
    let mut said = format!("interrupted: {deleted} deleted, {} not begun", ids(true).len());
    if !unknown.is_empty() {
        said.extend([", unknown whether deleted: ", &unknown.join(" ")]);
    }
    let rest = [ids(false), ids(true)].concat();
    if !rest.is_empty() {
        said.extend(["; this goes on, with the same options: lsq-webhooks delete ", &rest.join(" ")]);
    }
    said
}
