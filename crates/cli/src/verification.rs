//! Whether what exists is what was asked for, as people and programs read it.

use std::io;

use leadsquared_webhooks::{Difference, Unverified, Verification};
use serde::Serialize;

use crate::output::Output;

/// `"same"`, `"different"` or `{"unverified": "not_seen"}`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerificationView {
    Same,
    Different,
    Unverified(&'static str),
}

impl From<&Verification> for VerificationView {
    fn from(verification: &Verification) -> Self {
        match verification {
            Verification::Same => Self::Same,
            Verification::Different { .. } => Self::Different,
            Verification::Unverified { why } => Self::Unverified(why.as_str()),
        }
    }
}

/// Says it to people.
pub(crate) fn tell(verification: &Verification, output: &mut Output) -> io::Result<()> {
    let why = match verification {
        Verification::Same => return output.success("verified", "it is what was asked for"),
        Verification::Different { differences, .. } => return show_differences(differences, output),
        Verification::Unverified { why } => match why {
            Unverified::NotSeen => "the account does not show it yet",
            Unverified::NotTold => "the account shows it without its event, URL, state or properties",
            Unverified::UnknownEvent => "its number stands for no known event",
            Unverified::NotRead => "the account could not be read",
        },
    };
    output.note(&format!("created, and not verified: {why}"));
    Ok(())
}

/// Both sides of what differs in what was created, in a table.
pub(crate) fn show_differences(differences: &[Difference], output: &mut Output) -> io::Result<()> {
    show(differences, "exists", output)?;
    if differences.iter().any(|difference| difference.field == "event") {
        output.note("the account seems to follow the other table of event codes: see --codes");
    }
    Ok(())
}

/// Both sides of what was replaced, in a table.
pub(crate) fn show_replaced(differences: &[Difference], output: &mut Output) -> io::Result<()> {
    show(differences, "was", output)
}

fn show(differences: &[Difference], got: &str, output: &mut Output) -> io::Result<()> {
    let rows: Vec<_> = differences
        .iter()
        .map(|Difference { field, asked, got }| vec![(*field).to_owned(), asked.clone(), got.clone()])
        .collect();
    output.table(&["member", "asked for", got], &rows)
}
