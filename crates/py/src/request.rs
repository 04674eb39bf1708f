//! Prepared calls: nothing happens until the blocking or the asynchronous client runs them.

use std::{fmt, future::Future, str::FromStr};

use leadsquared_webhooks::{
    Client,
    call::{OnMismatch, OnProgress},
    error::ConfigProblem,
    event::EventName,
    webhook::{WebhookFilter, WebhookId, WebhookStatus},
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
    Ok(async move { Answer::Listed(client.list().filter(filter).await) })
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
    Ok(async move { Answer::Reconciled(client.create_verified(&webhook).on_mismatch(on_mismatch).await) })
}

pub(crate) fn resolve(
    py: Python<'_>,
    client: Client,
    ticket: &Bound<'_, Ticket>,
    keywords: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<impl Prepared + use<>> {
    let mut keywords = Keywords::new(py, keywords)?;
    let (window, max_wait) = (keywords.time("consistency_window")?, keywords.time("max_wait")?);
    keywords.finished(())?;
    let ticket = ticket.get().0.clone();
    Ok(async move {
        let resolve = client.resolve(&ticket).consistency_window(window).max_wait(max_wait);
        Answer::Reconciled(resolve.on_progress(on_progress).await)
    })
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
    let window = keywords.time("consistency_window")?;
    let overwrite: Option<bool> = keywords.value("overwrite")?;
    let keep_mismatch: Option<bool> = keywords.value("keep_mismatch")?;
    let keep_duplicates: Option<bool> = keywords.value("keep_duplicates")?;
    keywords.finished(())?;
    let webhook = webhook.get().0.clone();
    Ok(async move {
        let ensure = client
            .ensure(&webhook)
            .consistency_window(window)
            .overwrite(overwrite.unwrap_or_default())
            .keep_mismatch(keep_mismatch.unwrap_or_default())
            .keep_duplicates(keep_duplicates.unwrap_or_default())
            .tickets(tickets);
        Answer::Reconciled(ensure.on_progress(on_progress).await)
    })
}
