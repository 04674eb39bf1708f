//! `resolve`: what became of a create whose outcome is unknown.

use std::{
    io,
    time::{SystemTime, UNIX_EPOCH},
};

use leadsquared_webhooks::{EventCodes, Resolution, ResolveOptions, Webhook};
use serde::Serialize;

use crate::{
    arguments::ResolveArguments,
    call::{self, Action},
    list, masked,
    output::{Flaw, Output},
    status::Status,
    ticket_argument,
};

#[derive(Serialize)]
struct Resolved<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Flaw>,
    resolution: &'a str,
    webhooks: &'a [Webhook],
    settled_at_ms: Option<u128>,
}

pub(crate) fn run(arguments: ResolveArguments, output: &mut Output) -> io::Result<Status> {
    let ResolveArguments { ticket, settling, patience, connection } = arguments;
    let ticket = match ticket_argument::read(&ticket) {
        Ok(ticket) => ticket,
        Err(problem) => return output.usage("usage", &problem),
    };
    let defaults = ResolveOptions::default();
    let options = ResolveOptions { settling: settling.unwrap_or(defaults.settling), patience };
    call::connected(&connection, EventCodes::default(), output, async |calls, output| {
        match calls.make(Action::Read, calls.client.resolve(&ticket, &options), output).await {
            Ok(resolution) => tell(resolution, output),
            Err(stopped) => stopped.tell(Action::Read, &[], None, output),
        }
    })
}

fn tell(resolution: Resolution, output: &mut Output) -> io::Result<Status> {
    let name = resolution.as_str();
    let (webhooks, settled_at, status, detail) = match resolution {
        Resolution::Found(webhook) => (vec![webhook], None, Status::Done, None),
        Resolution::Several(webhooks) => {
            let detail = "several are there, and each delivers the same".to_owned();
            (webhooks, None, Status::Unknown, Some(detail))
        }
        Resolution::NotSeen { settled_at } => {
            let left = settled_at.duration_since(SystemTime::now()).unwrap_or_default();
            let detail = format!(
                "there is none yet, which proves nothing; ask again in {} s",
                left.as_millis().div_ceil(1000)
            );
            (Vec::new(), Some(settled_at), Status::Unknown, Some(detail))
        }
        Resolution::Absent => {
            let detail = "there is none: the create was not applied, and may be sent again".to_owned();
            (Vec::new(), None, Status::Refused, Some(detail))
        }
    };
    let webhooks = masked::webhooks(webhooks);
    if output.json {
        let settled_at = settled_at.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        output.object(&Resolved {
            ok: status.is_ok(),
            error: detail.map(|detail| Flaw { kind: name, detail }),
            resolution: name,
            webhooks: &webhooks,
            settled_at_ms: settled_at.map(|time| time.as_millis()),
        })?;
        return Ok(status);
    }
    match detail {
        None => output.success(name, "it exists")?,
        Some(detail) => output.note(&format!("{name}: {detail}")),
    }
    if !webhooks.is_empty() {
        list::show(&webhooks, output)?;
    }
    Ok(status)
}
