//! `plan` and `apply`: what a manifest would change, and the change.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use leadsquared_webhooks::{
    AccountApplied, AccountPlan, ApplyError, ApplyManifest, Difference, Error, Manifest, Outcome, Planned,
    Progress, Violation,
};
use serde::Serialize;

use crate::{
    arguments::{ApplyArguments, PlanArguments},
    interrupt::Interrupts,
    output::{Failed, Output},
    status::Status,
};

#[derive(Serialize)]
struct Plans<'a> {
    ok: bool,
    changes: usize,
    accounts: &'a [AccountPlan],
}

#[derive(Serialize)]
struct Applied<'a> {
    ok: bool,
    accounts: &'a [AccountApplied],
}

#[derive(Serialize)]
struct Invalid<'a> {
    ok: bool,
    violations: &'a [Violation],
}

pub(crate) fn plan(arguments: &PlanArguments, output: &mut Output) -> io::Result<Status> {
    let manifest = match read(&arguments.manifest, output)? {
        Ok(manifest) => manifest,
        Err(status) => return Ok(status),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    match runtime.block_on(leadsquared_webhooks::plan(&manifest)) {
        Ok(plans) => show_plans(&manifest, &plans, arguments.exit_code, output),
        Err(problem) => nothing_begun(&problem, output),
    }
}

pub(crate) fn apply(arguments: &ApplyArguments, output: &mut Output) -> io::Result<Status> {
    let ApplyArguments { manifest: path, delete, remove_surplus, journal, no_journal, settling } = arguments;
    let manifest = match read(path, output)? {
        Ok(manifest) => manifest,
        Err(status) => return Ok(status),
    };
    let journal = (!no_journal).then(|| journal.clone().unwrap_or_else(|| journal_of(path)));
    if let Some(journal) = journal.as_deref().filter(|journal| journal.exists()) {
        output.note(&format!("going on where {} says that the last run was cut off", journal.display()));
    }
    let options = ApplyManifest::builder()
        .delete(*delete)
        .remove_surplus(*remove_surplus)
        .maybe_journal(journal.clone())
        .maybe_settling(*settling)
        .build();
    let bar = bar(&manifest);
    let ticking = bar.clone();
    let progress = move |progress| match progress {
        Progress::Webhook { .. } => ticking.inc(1),
        Progress::Account { account } => ticking.set_message(account),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let applied = runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        tokio::select! {
            applied = leadsquared_webhooks::apply(&manifest, &options, progress) => io::Result::Ok(Some(applied)),
            () = interrupts.next() => Ok(None),
        }
    })?;
    bar.finish_and_clear();
    match applied {
        Some(Ok(applied)) => show_applied(&manifest, &applied, output),
        Some(Err(problem)) => nothing_begun(&problem, output),
        None => {
            let detail = match journal {
                Some(journal) => {
                    format!("cut off; started again it goes on where {} says", journal.display())
                }
                None => "cut off, and no journal knows where: plan tells what is missing".to_owned(),
            };
            if output.json {
                output.object(&Failed::new("given_up", detail.as_str(), Outcome::Unknown))?;
            }
            output.problem(&detail);
            // Creates that have left are the journal's to find out, and not waited for.
            runtime.shutdown_background();
            Ok(Status::Unknown)
        }
    }
}

fn journal_of(manifest: &Path) -> PathBuf {
    let mut name = manifest.as_os_str().to_owned();
    name.push(".journal");
    PathBuf::from(name)
}

/// Reads the manifest, or says all that is wrong with it.
fn read(path: &Path, output: &mut Output) -> io::Result<Result<Manifest, Status>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(problem) => {
            let problem = format!("{}: {problem}", path.display());
            if output.json {
                output.object(&Failed::before_the_call("usage", problem.as_str()))?;
            }
            output.problem(&problem);
            return Ok(Err(Status::Usage));
        }
    };
    match Manifest::parse(&text, |name| std::env::var(name).ok()) {
        Ok(manifest) => Ok(Ok(manifest)),
        Err(error) => {
            if output.json {
                output.object(&Invalid { ok: false, violations: error.violations() })?;
            } else {
                output.violations(error.violations())?;
            }
            Ok(Err(Status::Usage))
        }
    }
}

fn nothing_begun(problem: &ApplyError, output: &mut Output) -> io::Result<Status> {
    let problem = problem.to_string();
    if output.json {
        output.object(&Failed::before_the_call("configuration", problem.as_str()))?;
    }
    output.problem(&problem);
    Ok(Status::Usage)
}

/// On a terminal alone; it leaves nothing behind.
fn bar(manifest: &Manifest) -> ProgressBar {
    let wanted: usize = manifest.accounts.iter().map(|account| account.webhooks.len()).sum();
    let bar = ProgressBar::with_draw_target(Some(wanted as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} webhooks, {elapsed}, {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show_plans(
    manifest: &Manifest,
    plans: &[AccountPlan],
    exit_code: bool,
    output: &mut Output,
) -> io::Result<Status> {
    let mut rows = Vec::new();
    let mut worst: Option<&Error> = None;
    for (account, AccountPlan { name, plan }) in manifest.accounts.iter().zip(plans) {
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => {
                worst = Some(error);
                rows.push([name.clone(), "unreadable".to_owned(), String::new(), error.to_string()]);
                continue;
            }
        };
        for (planned, webhook) in plan.wanted.iter().zip(&account.webhooks) {
            let detail = match planned {
                Planned::Keep(_) => continue,
                Planned::Create => String::new(),
                Planned::Update(_, differences) => told(differences),
                Planned::Disabled(id, status) => format!("{id} is {status}: a person must enable it"),
            };
            rows.push([name.clone(), planned.as_str().to_owned(), webhook.url().to_string(), detail]);
        }
        for webhook in &plan.unwanted {
            let url = webhook.url.clone().unwrap_or_default();
            rows.push([
                name.clone(),
                "not wanted".to_owned(),
                url,
                format!("{}: apply --delete", webhook.id),
            ]);
        }
    }
    let readable = plans.iter().filter_map(|plan| plan.plan.as_ref().ok());
    let changes = readable
        .flat_map(|plan| &plan.wanted)
        .filter(|planned| matches!(planned, Planned::Create | Planned::Update(..)))
        .count();
    if output.json {
        output.object(&Plans { ok: worst.is_none(), changes, accounts: plans })?;
    } else {
        if !rows.is_empty() {
            let rows: Vec<_> = rows.into_iter().map(Vec::from).collect();
            output.table(&["account", "step", "url", "detail"], &rows)?;
        }
        output.success("planned", &format!("{changes} changes on {} accounts", plans.len()))?;
    }
    Ok(match worst {
        Some(error) => error.outcome().into(),
        None if exit_code && changes > 0 => Status::Changes,
        None => Status::Done,
    })
}

fn show_applied(manifest: &Manifest, applied: &[AccountApplied], output: &mut Output) -> io::Result<Status> {
    let mut worst = Status::Done;
    let mut rows = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    for (account, done) in manifest.accounts.iter().zip(applied) {
        for (ended, webhook) in done.webhooks.iter().zip(&account.webhooks) {
            let (word, detail) = match ended {
                Ok(ensured) => {
                    let twins = match ensured.surplus.len() {
                        0 => String::new(),
                        twins => format!("{twins} twins beside it"),
                    };
                    (ensured.change.as_str(), twins)
                }
                Err(error) => {
                    worst = worst.max(error.outcome().into());
                    ("failed", error.to_string())
                }
            };
            *counts.entry(word).or_insert(0_usize) += 1;
            if word != "existed" || !detail.is_empty() {
                rows.push(vec![done.name.clone(), word.to_owned(), webhook.url().to_string(), detail]);
            }
        }
        for id in &done.removed {
            *counts.entry("deleted").or_insert(0) += 1;
            rows.push(vec![done.name.clone(), "deleted".to_owned(), String::new(), id.to_string()]);
        }
        for (id, error) in &done.not_removed {
            worst = worst.max(error.outcome().into());
            rows.push(vec![done.name.clone(), "not deleted".to_owned(), id.to_string(), error.to_string()]);
        }
    }
    if output.json {
        output.object(&Applied { ok: worst == Status::Done, accounts: applied })?;
    } else {
        if !rows.is_empty() {
            output.table(&["account", "what", "url", "detail"], &rows)?;
        }
        let counts: Vec<_> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        output.success("applied", &counts.join(", "))?;
    }
    Ok(worst)
}

fn told(differences: &[Difference]) -> String {
    let told = |Difference { field, asked, got }: &Difference| format!("{field}: {got:?} becomes {asked:?}");
    differences.iter().map(told).collect::<Vec<_>>().join("; ")
}
