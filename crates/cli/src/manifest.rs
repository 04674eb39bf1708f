//! `plan` and `apply`: show and make the changes of a manifest.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use leadsquared_webhooks::{
    Error, Manifest, Outcome, Webhook,
    call::{Cancellation, Changes},
    core::reconcile::Ticket,
    error::{ApplyError, ErrorKind},
    manifest::{
        AccountApplied, AccountPlan, Applied, DesiredWebhook, ManifestRun, Pruning, StateLock, StateSettings,
    },
    reconcile::{Action, State},
};
use serde::Serialize;

use crate::{
    arguments::{ApplyArguments, PlanArguments, StateArguments},
    call::finds_out,
    connection,
    interrupt::Interrupts,
    list::reported,
    masked,
    output::{Failed, NO_TERMINAL, Output, counted},
    progress::{self, place},
    reconciled,
    status::Status,
    violations::Placed,
};

#[derive(Serialize)]
struct Plans<'a> {
    ok: bool,
    changes: usize,
    not_observable: usize,
    accounts: &'a [AccountPlan],
}

#[derive(Serialize)]
struct Ended<'a> {
    ok: bool,
    not_observable: usize,
    #[serde(flatten)]
    applied: &'a Applied,
}

#[derive(Serialize)]
struct Invalid<'a> {
    ok: bool,
    violations: Vec<InAccount<'a>>,
}

/// A violation, its place, and the name of its account.
#[derive(Serialize)]
struct InAccount<'a> {
    #[serde(flatten)]
    placed: Placed<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
}

pub(crate) fn plan(arguments: &PlanArguments, output: &mut Output) -> io::Result<Status> {
    let PlanArguments { manifest: path, exit_code, prune, overwrite, state, limits } = arguments;
    let manifest = match read(path, output) {
        Ok(manifest) => manifest,
        Err(status) => return Ok(status),
    };
    let state = state_of(state, path);
    let run = manifest
        .run()
        .overwrite(*overwrite)
        .prune(if *prune { Pruning::All } else { Pruning::Nothing })
        .state(state)
        .settings(connection::settings(limits));
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(match runtime.block_on(run.plan()) {
        Ok(plans) => show_plans(plans, *exit_code, output),
        Err(problem) => nothing_begun(&problem, output),
    })
}

pub(crate) fn apply(arguments: &ApplyArguments, output: &mut Output) -> io::Result<Status> {
    let ApplyArguments { manifest: path, reconcile, prune, yes, state, no_lock, lock_timeout, limits } =
        arguments;
    let manifest = match read(path, output) {
        Ok(manifest) => manifest,
        Err(status) => return Ok(status),
    };
    let state = state_of(state, path);
    if *prune && !yes && !Output::can_ask() {
        return Ok(output.usage("usage", NO_TERMINAL));
    }
    let lock = if *no_lock {
        StateLock::Off
    } else {
        StateLock::Exclusive { timeout: lock_timeout.unwrap_or_default() }
    };
    let state = state.map(|state| StateSettings { lock, ..state });
    let cancellation = Cancellation::default();
    let mut run = manifest
        .run()
        .consistency_window(reconcile.consistency_window)
        .overwrite(reconcile.overwrite)
        .keep_mismatch(reconcile.keep_mismatch)
        .keep_duplicates(reconcile.keep_duplicates)
        .state(state.clone())
        .settings(connection::settings(limits))
        .on_progress(progress::watch(output.messages()))
        .cancellation(cancellation.clone());
    let runtime = tokio::runtime::Runtime::new()?;
    if *prune {
        run = run.prune(Pruning::All);
        let plans = match runtime.block_on(run.plan()) {
            Ok(plans) => plans,
            Err(problem) => return Ok(nothing_begun(&problem, output)),
        };
        if !agreed(&plans, *yes, output) {
            let detail = "cancelled before anything was sent that changes an account";
            if output.json {
                output.object(&Failed::new("cancelled", detail, Outcome::NotSent));
            }
            output.problem(detail);
            return Ok(Status::NotSent);
        }
        let attempts = plans.iter().map(|plan| (plan.name.clone(), plan.attempts.clone()));
        run = run.earlier_attempts(attempts.collect());
        let shown = plans.into_iter().map(|plan| (plan.name, plan.prune)).collect();
        run = run.prune(Pruning::Shown(shown));
    }
    progress::count(output.messages(), manifest.accounts.iter().map(|account| account.webhooks.len()).sum());
    let applied = runtime.block_on(apply_until_interrupted(&run, &cancellation, output))?;
    output.messages().bar().finish_and_clear();
    let Some(applied) = applied else {
        // Creates that were sent are not awaited: the next run resolves them from the state file.
        runtime.shutdown_background();
        let so_far = changes(cancellation.changes());
        let goes_on = match &state {
            Some(state) => {
                format!("the same command finds out by {} and goes on", state.path.display())
            }
            None => "no state file holds it: wait for a minute, and plan".to_owned(),
        };
        let detail = format!(
            "ended without the answers of what was sent; {so_far}; what was in flight is unknown; {goes_on}"
        );
        if output.json {
            output.object(&Failed::new("cancelled", detail.as_str(), Outcome::Unknown));
        }
        output.problem(&detail);
        return Ok(Status::Unknown);
    };
    Ok(match applied {
        Ok(applied) => show_applied(&applied, &run, &cancellation, output),
        Err(problem) => nothing_begun(&problem, output),
    })
}

/// Applies the manifest; returns `None` if a second Ctrl-C ended it. After the first Ctrl-C, no
/// further call is started.
async fn apply_until_interrupted(
    run: &ManifestRun,
    cancellation: &Cancellation,
    output: &Output,
) -> io::Result<Option<Result<Applied, ApplyError>>> {
    let mut interrupts = Interrupts::new()?;
    let apply = run.apply();
    tokio::pin!(apply);
    loop {
        tokio::select! {
            applied = &mut apply => return Ok(Some(applied)),
            () = interrupts.next() => {
                if cancellation.is_cancelled() {
                    return Ok(None);
                }
                cancellation.cancel();
                output.note("waiting for the answers of what was sent; a second Ctrl-C ends without them");
            }
        }
    }
}

/// Shows what would be pruned, and asks for confirmation unless `--yes` was given.
fn agreed(plans: &[AccountPlan], yes: bool, output: &mut Output) -> bool {
    let mut number = 0;
    for AccountPlan { name, prune, .. } in plans {
        for Webhook { id, event, url, .. } in prune {
            number += 1;
            let (event, url) = (reported(event.as_ref()), reported(url.as_ref()));
            output.messages().announce("prune:", &format!("{}{id} {event} {url}", place(name)));
        }
    }
    if number == 0 {
        return true;
    }
    yes || output.ask(&format!("Apply, and delete {}? [y/N]", pruned_of(plans)))
}

/// How many webhooks of which accounts are pruned.
fn pruned_of(plans: &[AccountPlan]) -> String {
    const NAMED: usize = 5;
    let pruned: Vec<_> = plans.iter().filter(|plan| !plan.prune.is_empty()).collect();
    let (named, rest) = pruned.split_at(pruned.len().min(NAMED));
    let of = |number: usize, account: &str| format!("{} of {account}", counted(number, "webhook"));
    let mut counts: Vec<_> = named
        .iter()
        .map(|AccountPlan { name, prune, .. }| match name.as_str() {
            "" => of(prune.len(), "the account"),
            name => of(prune.len(), &format!("account {name}")),
        })
        .collect();
    if !rest.is_empty() {
        let number = rest.iter().map(|plan| plan.prune.len()).sum();
        counts.push(of(number, &counted(rest.len(), "other account")));
    }
    match counts.split_last() {
        Some((last, earlier)) if !earlier.is_empty() => format!("{} and {last}", earlier.join(", ")),
        _ => counts.concat(),
    }
}

/// The state file from the flags; by default next to the manifest.
fn state_of(arguments: &StateArguments, manifest: &Path) -> Option<StateSettings> {
    let StateArguments { state, no_state } = arguments;
    if *no_state {
        return None;
    }
    let path = state.clone().unwrap_or_else(|| {
        let mut name = manifest.as_os_str().to_owned();
        name.push(".state");
        PathBuf::from(name)
    });
    Some(StateSettings::builder(path).manifest(manifest).build())
}

/// Reads the manifest, or reports all of its problems.
fn read(path: &Path, output: &mut Output) -> Result<Manifest, Status> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(problem) => {
            return Err(output.usage("usage", &format!("{}: {problem}", path.display())));
        }
    };
    match Manifest::parse(&text, |name| std::env::var(name).ok()) {
        Ok(manifest) => {
            for warning in manifest.warnings() {
                output.warning(&named(&warning.to_string(), &manifest));
            }
            Ok(manifest)
        }
        Err(error) => {
            if output.json {
                let both = error.violations().iter().zip(error.located());
                let violations = both.map(|(violation, located)| InAccount {
                    placed: Placed { violation, place: located.place },
                    account: located.account.as_deref(),
                });
                output.object(&Invalid { ok: false, violations: violations.collect() });
            } else {
                for located in error.located() {
                    let colon = if located.place.is_some() { ":" } else { ": " };
                    output.problem(&format!("{}{colon}{located}", path.display()));
                    output.excerpt(located.excerpt.as_ref());
                }
            }
            Err(Status::Usage)
        }
    }
}

/// A message that begins with a path in the manifest, with the account's name for its index.
fn named(message: &str, manifest: &Manifest) -> String {
    let account = message.strip_prefix("accounts[").and_then(|rest| rest.split_once("]."));
    let named = account.and_then(|(index, rest)| {
        let account = manifest.accounts.get(index.parse::<usize>().ok()?)?;
        Some(format!("account {:?}, {rest}", account.name))
    });
    named.unwrap_or_else(|| message.to_owned())
}

fn nothing_begun(problem: &ApplyError, output: &mut Output) -> Status {
    output.usage("configuration", &problem.to_string())
}

fn show_plans(mut plans: Vec<AccountPlan>, exit_code: bool, output: &mut Output) -> Status {
    let mut status = Status::Done;
    let (mut rows, mut changes) = (Vec::new(), 0);
    for AccountPlan { name, webhooks, prune, open: _, attempts: _, error } in &mut plans {
        if let Some(error) = error {
            status = status.max(error.outcome().into());
            rows.push(unreadable(name, error));
            continue;
        }
        let planned = webhooks.iter().map(|webhook| Status::planned(&webhook.result));
        let pruned = prune.iter().map(|_| Status::Changes);
        let planned: Vec<_> = planned.chain(pruned).collect();
        changes += planned.iter().filter(|planned| **planned == Status::Changes).count();
        if exit_code {
            status = planned.into_iter().fold(status, Status::max);
        }
        rows.extend(webhooks.iter().filter_map(|webhook| row(name, webhook, true)));
        rows.extend(prune.iter().map(|Webhook { id, event, url, .. }| {
            [name, "prune", id.as_str(), &reported(event.as_ref()), &reported(url.as_ref()), ""]
                .map(str::to_owned)
                .into()
        }));
        *prune = masked::webhooks(std::mem::take(prune));
    }
    let summary = Summary::of(plans.iter().flat_map(|plan| &plan.webhooks));
    if output.json {
        let Summary { not_observable, .. } = summary;
        output.object(&Plans { ok: status.is_ok(), changes, not_observable, accounts: &plans });
        return status;
    }
    if !rows.is_empty() {
        output.table(&COLUMNS, &rows);
    }
    let planned = format!("{} on {}", counted(changes, "change"), counted(plans.len(), "account"));
    output.success("planned", &(planned + &summary.rest()));
    for plan in &plans {
        report_open(&plan.name, &plan.open, output);
    }
    status
}

/// What was changed so far.
fn changes(changes: Changes) -> String {
    let Changes { created, updated, deleted } = changes;
    format!("{created} created, {updated} updated, {deleted} deleted")
}

/// What was done until Ctrl-C, and how to go on.
fn interrupted(applied: &Applied, run: &ManifestRun, cancellation: &Cancellation) -> String {
    let errors = || {
        let webhooks =
            applied.accounts.iter().flat_map(|account| account.webhooks.iter().chain(&account.pruned));
        webhooks.filter_map(|webhook| webhook.result.as_ref().err())
    };
    let unsent = errors().filter(|error| is_unsent(error)).count();
    let unknown = errors().filter(|error| error.may_have_been_applied()).count();
    let of =
        |number: usize, what: &str| if number == 0 { String::new() } else { format!(", {number} {what}") };
    let goes_on = match run.state_settings() {
        Some(state) => format!("the same command goes on by {}", state.path.display()),
        None if unknown > 0 => "wait for a minute, and plan".to_owned(),
        None => "the same command goes on".to_owned(),
    };
    format!(
        "interrupted: {}{}{}; {goes_on}",
        changes(cancellation.changes()),
        of(unknown, "not confirmed"),
        of(unsent, "not begun")
    )
}

/// Whether the run was cancelled before it sent anything of this.
fn is_unsent(error: &Error) -> bool {
    *error.kind() == ErrorKind::Cancelled && error.outcome() == Outcome::NotSent
}

fn show_applied(
    applied: &Applied,
    run: &ManifestRun,
    cancellation: &Cancellation,
    output: &mut Output,
) -> Status {
    let Applied { accounts, open, state_error } = applied;
    let mut status = Status::Done;
    let mut rows = Vec::new();
    let mut words = BTreeMap::new();
    for AccountApplied { name, webhooks, pruned, list_error, state_error, .. } in accounts {
        for webhook in webhooks.iter().chain(pruned) {
            status = status.max((&webhook.result).into());
            let word = match &webhook.result {
                Ok(result) => done_word(result.action),
                Err(error) if is_unsent(error) => "not begun",
                Err(_) => "failed",
            };
            *words.entry(word).or_insert(0_usize) += 1;
            // The note on an interrupted run counts what it did not begin.
            if !webhook.result.as_ref().is_err_and(is_unsent) {
                rows.extend(row(name, webhook, false));
            }
        }
        if let Some(error) = list_error {
            status = status.max(error.outcome().into());
            if webhooks.is_empty() {
                rows.push(unreadable(name, error));
            }
        }
        if state_error.is_some() {
            status = status.max(Status::Unwritten);
        }
    }
    if state_error.is_some() {
        status = status.max(Status::Unwritten);
    }
    let all = || accounts.iter().flat_map(|account| &account.webhooks);
    let summary = Summary::of(all());
    if cancellation.is_cancelled() && !status.is_ok() {
        output.note(&interrupted(applied, run, cancellation));
    }
    if output.json {
        output.object(&Ended { ok: status.is_ok(), not_observable: summary.not_observable, applied });
        return status;
    }
    if !rows.is_empty() {
        output.table(&COLUMNS, &rows);
    }
    let words: Vec<_> = words.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let counted = words.join(", ") + &summary.rest();
    if status.is_ok() {
        output.success("applied", &counted);
    } else {
        output.line(&format!("applied {counted}"));
    }
    for account in accounts {
        if let Some(problem) = &account.state_error {
            output.problem(&format!("{}{problem}", place(&account.name)));
        }
        report_unpruned(account, run.pruning(), output);
        report_open(&account.name, &account.open, output);
    }
    if let Some(problem) = state_error {
        output.problem(&problem.to_string());
    }
    report_open("", open, output);
    // A ticket that is in no state file would be lost.
    if run.state_settings().is_none()
        || state_error.is_some()
        || accounts.iter().any(|one| one.state_error.is_some())
    {
        for ticket in all().filter_map(|webhook| webhook.result.as_ref().err()?.ticket()) {
            output.note(&format!("the outcome of a create is unknown; {}", finds_out(ticket)));
        }
    }
    status
}

const COLUMNS: [&str; 6] = ["account", "action", "id", "event", "url", "detail"];

/// The table row of one webhook; `None` if it exists as desired.
fn row(account: &str, webhook: &DesiredWebhook, is_plan: bool) -> Option<Vec<String>> {
    let DesiredWebhook { event, url, result } = webhook;
    let (action, id, detail) = match result {
        Ok(result) => {
            let detail = reconciled::detail(result, is_plan);
            if result.action == Action::Existed && detail.is_empty() {
                return None;
            }
            let word = if is_plan { planned_word(result.action) } else { done_word(result.action) };
            (word, result.id.as_ref(), detail)
        }
        Err(error) => ("failed", error.id(), error.to_string()),
    };
    let id = id.map(ToString::to_string).unwrap_or_default();
    Some(vec![account.to_owned(), action.to_owned(), id, event.clone(), url.clone(), detail])
}

fn unreadable(account: &str, error: &Error) -> Vec<String> {
    [account, "unreadable", "", "", "", &error.to_string()].map(str::to_owned).into()
}

const fn planned_word(action: Action) -> &'static str {
    match action {
        Action::Existed => "keep",
        Action::Created => "create",
        Action::Updated => "update",
        Action::Pruned => "prune",
        Action::RolledBack => "roll back",
        Action::Withheld => "withhold",
    }
}

const fn done_word(action: Action) -> &'static str {
    match action {
        Action::RolledBack => "rolled back",
        other => other.as_str(),
    }
}

/// Counts of webhooks whose state the counts of actions do not show.
#[derive(Default)]
struct Summary {
    disabled: usize,
    mismatched: usize,
    unverified: usize,
    not_observable: usize,
}

impl Summary {
    fn of<'a>(webhooks: impl Iterator<Item = &'a DesiredWebhook>) -> Self {
        let mut summary = Self::default();
        for result in webhooks.filter_map(|webhook| webhook.result.as_ref().ok()) {
            summary.not_observable += usize::from(result.has_unobservable());
            match result.state {
                State::Disabled(_) => summary.disabled += 1,
                State::Mismatch => summary.mismatched += 1,
                State::Unverified(_) => summary.unverified += 1,
                State::Delivering | State::Absent => {}
            }
        }
        summary
    }

    /// The counts as the end of a line.
    fn rest(&self) -> String {
        let Self { disabled, mismatched, unverified, not_observable } = self;
        let counts = [
            (disabled, "found disabled"),
            (mismatched, "created with another event or URL"),
            (unverified, "not verified"),
            (not_observable, "not observable"),
        ];
        let reported =
            counts.iter().filter(|(count, _)| **count > 0).map(|(count, what)| format!("{count} {what}"));
        let reported: Vec<_> = reported.collect();
        if reported.is_empty() { String::new() } else { format!("; {}", reported.join(", ")) }
    }
}

/// Reports unresolved creates of earlier runs that are no longer desired.
fn report_open(account: &str, open: &[Ticket], output: &Output) {
    for ticket in open {
        let (event, url) = (ticket.identity().event_text(), ticket.identity().url());
        output.note(&format!(
            "{}an earlier create of {event} to {url} is not desired any more, and its outcome is unknown; {}",
            place(account),
            finds_out(ticket)
        ));
    }
}

/// Reports webhooks whose pruning was confirmed but that were not pruned.
fn report_unpruned(account: &AccountApplied, pruning: &Pruning, output: &Output) {
    let Pruning::Shown(shown) = pruning else { return };
    let is_pruned = |webhook: &&Webhook| {
        let ids = account.pruned.iter().filter_map(|pruned| match &pruned.result {
            Ok(result) => result.id.as_ref(),
            Err(error) => error.id(),
        });
        ids.into_iter().any(|id| *id == webhook.id)
    };
    let kept = shown.get(&account.name).into_iter().flatten().filter(|webhook| !is_pruned(webhook));
    let kept: Vec<_> = kept.map(|webhook| webhook.id.as_str()).collect();
    if !kept.is_empty() {
        output.note(&format!(
            "{}not pruned, because it changed since it was shown, or not all that is desired is in place: {}",
            place(&account.name),
            kept.join(", ")
        ));
    }
}
