//! The report of what became of a desired webhook.

use leadsquared_webhooks::{
    core::reconcile::{DifferenceKind, Unverified},
    reconcile::{Action, Difference, Reconciled, State},
    webhook::{Warning, WebhookId},
};

use crate::{
    call::SandboxView,
    output::{Ended, Output, Problem, quoted},
    status::Status,
};

/// Reports what became of one webhook, and returns the exit status.
pub(crate) fn tell(
    result: &Reconciled,
    warnings: &[Warning],
    sandbox: Option<SandboxView>,
    output: &mut Output,
) -> Status {
    let status = Status::from(result);
    if output.json {
        let error = problem(result);
        output.object(&Ended { ok: status.is_ok(), error, result, warnings, sandbox });
        return status;
    }
    let word = result.action.as_str().replace('_', " ");
    let rolled_back = result.removed.first().filter(|_| result.action == Action::RolledBack);
    match result.id.as_ref().or(rolled_back) {
        Some(id) if status.is_ok() => output.success(&word, id.as_str()),
        Some(id) => output.line(&format!("{word} {}", quoted(id.as_str()))),
        None => {}
    }
    if !result.differences.is_empty() {
        let rows: Vec<_> = result.differences.iter().map(row).collect();
        output.table(&["part", "difference", "desired", "found"], &rows);
    }
    if let Some(Problem { detail, .. }) = problem(result) {
        output.problem(&detail);
    }
    for note in notes(result) {
        output.note(&note);
    }
    status
}

/// The problem with a webhook that is not as desired.
pub(crate) fn problem(result: &Reconciled) -> Option<Problem> {
    if result.is_ok() {
        return None;
    }
    let id = result.id.as_ref().map(|id| quoted(id.as_str()));
    let detail = match (result.state, result.action, id) {
        (State::Disabled(status), ..) => {
            format!("it was found {status}; only a person can enable it, in LeadSquared's UI")
        }
        (State::Mismatch, Action::RolledBack, _) => {
            format!("it was created with another {} than requested, and rolled back", altered(result))
        }
        (State::Mismatch, Action::Withheld, None) => format!(
            "not created: an earlier create was made into another {}; change the draft or the codes to try again",
            altered(result)
        ),
        (State::Mismatch, Action::Withheld, Some(id)) => format!(
            "not created: an earlier create was made into another {}, webhook {id}, which still exists; \
             `lsq-webhooks delete {id}` removes it, and another draft or other codes are tried again",
            altered(result)
        ),
        (State::Mismatch, Action::Updated, _) => {
            format!("it was updated and has another {} than requested", altered(result))
        }
        (State::Mismatch, _, id) => {
            let id = id.unwrap_or_default();
            format!(
                "it was created with another {} than requested, and still exists; `lsq-webhooks delete {id}` removes it",
                altered(result)
            )
        }
        (State::Unverified(why), Action::Created, Some(_)) => {
            format!("created, and not verified: {}", unverified(why))
        }
        (State::Unverified(Unverified::NotSeen), ..) => {
            "the list does not show it yet, which proves nothing; ask again later".to_owned()
        }
        (State::Unverified(Unverified::Candidate), _, id) => {
            let id = id.unwrap_or_default();
            format!(
                "the answer of a create was lost, and webhook {id}, which was not there before, may be what became of it; \
                 look at it by `lsq-webhooks show {id}`, and delete it or change the draft"
            )
        }
        (State::Unverified(why), ..) => format!("it exists, and is not verified: {}", unverified(why)),
        (State::Absent, ..) => {
            "it does not exist: the create was not applied, and may be sent again".to_owned()
        }
        (State::Delivering, ..) => "it delivers, and was to be deleted".to_owned(),
    };
    Some(Problem { kind: result.state.as_str(), detail })
}

const fn unverified(why: Unverified) -> &'static str {
    match why {
        Unverified::NotSeen => "the list does not show it yet",
        Unverified::NotReported => "the list shows it without its event, URL or status",
        Unverified::NotRead => "the list could not be read",
        Unverified::Properties => "the list shows it with other properties",
        Unverified::Candidate => "it may be what became of a create whose answer was lost",
    }
}

/// The part of the identity that a mismatch changed.
fn altered(result: &Reconciled) -> &'static str {
    let has = |field| result.differences.iter().any(|difference| difference.field == field);
    match (has("event"), has("url")) {
        (true, true) => "event and URL",
        (false, true) => "URL",
        (_, false) => "event",
    }
}

/// Further notes for the user.
fn notes(result: &Reconciled) -> Vec<String> {
    let mut notes = Vec::new();
    if result.state == State::Mismatch && altered(result) != "URL" {
        notes.push("the account seems to follow the other table of event codes: see --codes".to_owned());
    }
    if result.has_unobservable() {
        notes.push("what cannot be read back was not compared; --overwrite replaces it".to_owned());
    }
    notes.extend(duplicates(result));
    if !result.removed.is_empty() && result.action != Action::RolledBack {
        notes.push(format!(
            "a duplicate that was created here was deleted again: {}",
            joined(&result.removed)
        ));
    }
    notes
}

/// The duplicates, and the command that deletes the redundant ones. All clients that see several
/// webhooks keep the same one. A client that created the one to keep is not advised to delete the
/// other: the client that created that one deletes it.
fn duplicates(result: &Reconciled) -> Option<String> {
    let id = result.id.as_ref().filter(|_| !result.duplicates.is_empty())?;
    let others = joined(&result.duplicates);
    Some(match result.action {
        Action::Created if result.duplicates.iter().any(|other| other < id) => format!(
            "also present: {others}; if it delivers, remove the one that was created here: lsq-webhooks delete {}",
            quoted(id.as_str())
        ),
        Action::Created => format!("also present: {others}"),
        _ => {
            format!("also present, and delivering the same; to remove them: lsq-webhooks delete {others}")
        }
    })
}

fn joined(ids: &[WebhookId]) -> String {
    ids.iter().map(|id| quoted(id.as_str())).collect::<Vec<_>>().join(" ")
}

/// The text for a part that differs or may differ.
const fn how(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Differs => "differs",
        DifferenceKind::NotObservable => "cannot be read back",
        DifferenceKind::ReplacedUnseen => "replaced unseen",
        DifferenceKind::Ignored => "added by the server",
    }
}

fn row(difference: &Difference) -> Vec<String> {
    let Difference { field, kind, desired, found } = difference;
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "–".to_owned());
    vec![field.clone(), how(*kind).to_owned(), side(desired), side(found)]
}

/// All details of one webhook, on one line; empty if it exists as desired. In a plan, a planned
/// change is not a problem.
pub(crate) fn detail(result: &Reconciled, is_plan: bool) -> String {
    let mut said = Vec::new();
    if !(is_plan && result.changes()) {
        said.extend(problem(result).map(|problem| problem.detail));
    } else if result.state == State::Unverified(Unverified::NotSeen) {
        said.push("an earlier create may have been applied, and is looked for first".to_owned());
    }
    for difference in &result.differences {
        let Difference { field, kind, desired, found } = difference;
        said.push(match (kind, desired, found) {
            (DifferenceKind::Differs, Some(desired), Some(found)) => {
                format!("{field}: {found:?}, desired {desired:?}")
            }
            (kind, ..) => format!("{field}: {}", how(*kind)),
        });
    }
    said.extend(duplicates(result));
    if !result.removed.is_empty() && result.action != Action::RolledBack {
        let removed = joined(&result.removed);
        said.push(format!(
            "its duplicate {removed} {}",
            if is_plan { "would be deleted" } else { "was deleted" }
        ));
    }
    said.join("; ")
}
