//! `check`: validates a draft and prints the request without sending it.

use std::io;

use leadsquared_webhooks::{core::request, webhook::Warning};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    arguments::CheckArguments,
    draft_arguments::Unreadable,
    masked,
    output::{InvalidDraft, Output},
    status::Status,
};

#[derive(Serialize)]
struct Checked<'a> {
    ok: bool,
    method: &'a str,
    path: &'a str,
    body: &'a RawValue,
    warnings: &'a [Warning],
}

pub(crate) fn run(arguments: CheckArguments, output: &mut Output) -> io::Result<Status> {
    let CheckArguments { draft, encoding } = arguments;
    let webhook = match draft.read(encoding) {
        Ok(webhook) => webhook,
        Err(Unreadable::Usage(problem)) => return Ok(output.usage("usage", &problem)),
        Err(Unreadable::Invalid(error, origin)) => {
            if output.json {
                output.object(&InvalidDraft::new(&error, &origin));
            } else {
                origin.report(&error, output);
                output.warnings(error.warnings());
            }
            return Ok(Status::Usage);
        }
    };
    let request = request::create(&webhook, encoding);
    let warnings = webhook.warnings();
    if output.json {
        output.object(&Checked {
            ok: true,
            method: request.method().as_str(),
            path: request.uri().path(),
            body: serde_json::from_slice(request.body())?,
            warnings: &warnings,
        });
    } else {
        output.success("valid", &format!("{} {}", request.method(), request.uri().path()));
        let rows: Vec<_> = masked::rows(&webhook, request.body())
            .into_iter()
            .map(|(name, value)| vec![name, value])
            .collect();
        output.table(&["member", "value"], &rows);
        output.warnings(&warnings);
    }
    Ok(Status::Done)
}
