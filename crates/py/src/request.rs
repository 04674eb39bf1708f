//! Prepared calls: nothing happens until the blocking or the asynchronous client runs them.

use std::{fmt, future::Future, str::FromStr};

use leadsquared_webhooks::{
    Client, ConfigProblem, EnsureOptions, EventName, OnMismatch, OnProgress, ResolveOptions, WebhookFilter,
    WebhookId, WebhookStatus,
};
use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};

use crate::{answer::Answer, exceptions, settings::Keywords, ticket::Ticket, webhook::NewWebhook};

/// A call that has not started.
pub(crate) trait Prepared: Future<Output = Answer> + Send + 'static {}

impl<F: Future<Output = Answer> + Send + 'static> Prepared for F {}

/// Reads the arguments of one call. All problems are reported at once.
#[derive(Default)]
struct Arguments(Vec<ConfigProblem>);

impl Arguments {
    fn add(&mut self, setting: &'static str, problem: impl fmt::Display) {
        self.0.push(ConfigProblem { setting, problem: problem.to_string() });
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, setting: &'static str, text: &str) -> Option<T> {
        text.parse().map_err(|problem| self.add(setting, problem)).ok()
    }

    /// Parses an event in any spelling, or another name of LeadSquared's: the set is open.
    fn event(&mut self, text: &str) -> Option<EventName> {
        EventName::for_filter(text).map_err(|problem| self.add("event", problem)).ok()
    }

    /// Parses a status by its name or its number.
    fn status(&mut self, given: &Bound<'_, PyAny>) -> PyResult<Option<WebhookStatus>> {
        let Ok(text) = given.cast::<PyString>() else {
            return given.extract().map(WebhookStatus::from_code).map(Some);
        };
        let text = text.to_str()?;
        let known = [WebhookStatus::Enabled, WebhookStatus::Disabled, WebhookStatus::DisabledByFailures];
        let status = known.into_iter().find(|status| status.to_string() == text);
        if status.is_none() {
            self.add(
                "status",
                format_args!("{text:?} is not enabled, disabled, disabled_by_failures or a number"),
            );
        }
        Ok(status)
    }

    fn finish<T>(self, py: Python<'_>, value: Option<T>) -> PyResult<T> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(exceptions::misconfigured(py, &self.0)),
        }
    }
}

fn id(py: Python<'_>, id: &str) -> PyResult<WebhookId> {
    let mut arguments = Arguments::default();
    let id = arguments.parsed("id", id);
    arguments.finish(py, id)
}

pub(crate) fn list(
    py: Python<'_>,
    client: Client,
    event: Option<&str>,
    status: Option<&Bound<'_, PyAny>>,
    id: Option<&str>,
    text: Option<String>,
) -> PyResult<impl Prepared + use<>> {
    let mut arguments = Arguments::default();
    let filter = WebhookFilter {
        event: event.and_then(|event| arguments.event(event)),
        status: status.map_or(Ok(None), |status| arguments.status(status))?,
        id: id.and_then(|id| arguments.parsed("id", id)),
        text,
    };
    let filter = arguments.finish(py, Some(filter))?;
    Ok(async move { Answer::Listed(client.list(&filter).await) })
}

pub(crate) fn get(py: Python<'_>, client: Client, webhook: &str) -> PyResult<impl Prepared + use<>> {
    let id = id(py, webhook)?;
    Ok(async move { Answer::Got(client.get(&id).await) })
}

pub(crate) fn update(
    py: Python<'_>,
    client: Client,
    which: &str,
    webhook: &Bound<'_, NewWebhook>,
) -> PyResult<impl Prepared + use<>> {
    let (id, webhook) = (id(py, which)?, webhook.get().0.clone());
    Ok(async move { Answer::Changed(client.update(&id, &webhook).await) })
}

pub(crate) fn delete(py: Python<'_>, client: Client, which: &str) -> PyResult<impl Prepared + use<>> {
    let id = id(py, which)?;
    Ok(async move { Answer::Changed(client.delete(&id).await) })
}

pub(crate) fn create_verified(
    py: Python<'_>,
    client: Client,
    webhook: &Bound<'_, NewWebhook>,
    on_mismatch: &str,
) -> PyResult<impl Prepared + use<>> {
    let mut arguments = Arguments::default();
    let on_mismatch = match on_mismatch {
        "keep" => Some(OnMismatch::Keep),
        "roll_back" => Some(OnMismatch::RollBack),
        other => {
            arguments.add("on_mismatch", format_args!("{other:?} is not keep or roll_back"));
            None
        }
    };
    let (on_mismatch, webhook) = (arguments.finish(py, on_mismatch)?, webhook.get().0.clone());
    Ok(async move { Answer::Reconciled(client.create_verified(&webhook, on_mismatch).await) })
}

pub(crate) fn resolve(
    py: Python<'_>,
    client: Client,
    ticket: &Bound<'_, Ticket>,
    keywords: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<impl Prepared + use<>> {
    let mut keywords = Keywords::new(py, keywords)?;
    let options = ResolveOptions::builder()
        .maybe_consistency_window(keywords.time("consistency_window")?)
        .maybe_max_wait(keywords.time("max_wait")?)
        .on_progress(on_progress)
        .build();
    let (options, ticket) = (keywords.finished(options)?, ticket.get().0.clone());
    Ok(async move { Answer::Reconciled(client.resolve(&ticket, &options).await) })
}

pub(crate) fn ensure(
    py: Python<'_>,
    client: Client,
    webhook: &Bound<'_, NewWebhook>,
    keywords: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<impl Prepared + use<>> {
    let mut keywords = Keywords::new(py, keywords)?;
    let mut tickets = Vec::new();
    if let Some(given) = keywords.take("tickets")? {
        for ticket in given.try_iter()? {
            tickets.push(ticket?.cast::<Ticket>()?.get().0.clone());
        }
    }
    let options = EnsureOptions::builder()
        .maybe_consistency_window(keywords.time("consistency_window")?)
        .maybe_overwrite(keywords.value("overwrite")?)
        .maybe_keep_mismatch(keywords.value("keep_mismatch")?)
        .maybe_keep_duplicates(keywords.value("keep_duplicates")?)
        .tickets(tickets)
        .on_progress(on_progress)
        .build();
    let (options, webhook) = (keywords.finished(options)?, webhook.get().0.clone());
    Ok(async move { Answer::Reconciled(client.ensure(&webhook, &options).await) })
}
