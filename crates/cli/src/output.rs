//! What people and programs read: tables or one JSON object on stdout, messages on stderr.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color, ContentArrangement, LineStyle, Table, TableStyle, presets};
use leadsquared_webhooks::{Outcome, Ticket, ValidationError, Violation, Warning};
use serde::Serialize;

use crate::status::Status;

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// A rule above and below, none between the rows.
const STYLE: TableStyle = presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());

/// Both streams. Colour goes only to a terminal that wants it (`NO_COLOR`, `TERM`).
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// The one object on stdout, on one line.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(object)?;
        line.push(b'\n');
        self.bytes(&line)
    }

    /// Bytes on stdout as they are, at once.
    #[expect(clippy::unused_self, reason = "all output goes through one place")]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    /// A line on stdout.
    #[expect(clippy::unused_self, reason = "all output goes through one place")]
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(anstream::stdout(), "{text}")
    }

    /// A line on stdout that begins with a green word.
    pub(crate) fn success(&mut self, word: &str, text: &str) -> io::Result<()> {
        self.line(&format!("{GREEN}{word}{GREEN:#} {text}"))
    }

    /// A table on stdout, as wide as the terminal.
    pub(crate) fn table(&mut self, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.enforce_styling();
        if !io::stdout().is_terminal() {
            // A pipe has no width; lines are not broken for it.
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        table.set_header(header.iter().map(|name| Cell::new(name).fg(Color::Cyan)));
        for row in rows {
            table.add_row(row.iter().map(|cell| Cell::new(printable(cell))));
        }
        self.line(&table.to_string())
    }

    /// A question on stderr, and whether the line that answers it on standard input says yes.
    #[expect(clippy::unused_self, reason = "all output goes through one place")]
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<bool> {
        write!(anstream::stderr(), "{question} ")?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(is_yes(&answer))
    }

    /// The command line or a setting is at fault, and nothing was sent.
    pub(crate) fn usage(&mut self, kind: &str, problem: &str) -> io::Result<Status> {
        if self.json {
            self.object(&Failed::before_the_call(kind, problem))?;
        }
        self.problem(problem);
        Ok(Status::Usage)
    }

    /// What is wrong with a draft, in a table.
    pub(crate) fn violations(&mut self, violations: &[Violation]) -> io::Result<()> {
        let rows: Vec<_> = violations
            .iter()
            .map(|violation| vec![violation.field.clone(), violation.problem.clone()])
            .collect();
        self.table(&["field", "problem"], &rows)
    }

    /// Warnings, on stderr.
    pub(crate) fn warnings(&mut self, warnings: &[Warning]) {
        for warning in warnings {
            self.message(YELLOW, "warning:", &warning.to_string());
        }
    }

    /// What went wrong, on stderr.
    pub(crate) fn problem(&mut self, text: &str) {
        self.message(RED, "error:", text);
    }

    /// What one should know, on stderr.
    pub(crate) fn note(&mut self, text: &str) {
        self.message(YELLOW, "note:", text);
    }

    #[expect(clippy::unused_self, reason = "all output goes through one place")]
    fn message(&mut self, style: Style, word: &str, text: &str) {
        // Nothing is left to be done when stderr is closed.
        let _ = writeln!(anstream::stderr(), "{style}{word}{style:#} {}", printable(text));
    }
}

/// Anything but a plain yes is a no.
fn is_yes(answer: &str) -> bool {
    ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

/// Text from outside, without what would steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// A draft that is not a webhook, as JSON.
#[derive(Serialize)]
pub(crate) struct InvalidDraft<'a> {
    ok: bool,
    violations: &'a [Violation],
    warnings: &'a [Warning],
}

impl<'a> From<&'a ValidationError> for InvalidDraft<'a> {
    fn from(error: &'a ValidationError) -> Self {
        Self { ok: false, violations: error.violations(), warnings: error.warnings() }
    }
}

/// An error that is no call's, as JSON: the same keys as a call's error, as far as they apply.
#[derive(Serialize)]
pub(crate) struct Failed<'a> {
    ok: bool,
    error: FailedError<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<&'a [Violation]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<&'a [Warning]>,
    attempts: [(); 0],
}

/// The error in it.
#[derive(Serialize)]
pub(crate) struct FailedError<'a> {
    kind: &'a str,
    detail: String,
    outcome: Outcome,
    may_have_been_applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a Ticket>,
}

/// What is wrong although every call succeeded, as JSON.
#[derive(Serialize)]
pub(crate) struct Flaw {
    pub(crate) kind: &'static str,
    pub(crate) detail: String,
}

impl<'a> FailedError<'a> {
    pub(crate) fn new(kind: &'a str, detail: impl Into<String>, outcome: Outcome) -> Self {
        let may_have_been_applied = outcome.may_have_been_applied();
        Self { kind, detail: detail.into(), outcome, may_have_been_applied, ticket: None }
    }

    pub(crate) fn with_ticket(self, ticket: Option<&'a Ticket>) -> Self {
        Self { ticket, ..self }
    }
}

impl<'a> Failed<'a> {
    /// Nothing was sent.
    pub(crate) fn before_the_call(kind: &'a str, detail: impl Into<String>) -> Self {
        Self::new(kind, detail, Outcome::NotSent)
    }

    pub(crate) fn new(kind: &'a str, detail: impl Into<String>, outcome: Outcome) -> Self {
        let error = FailedError::new(kind, detail, outcome);
        Self { ok: false, error, violations: None, warnings: None, attempts: [] }
    }

    pub(crate) fn invalid(error: &'a ValidationError) -> Self {
        Self {
            violations: Some(error.violations()),
            warnings: Some(error.warnings()),
            ..Self::before_the_call("invalid_draft", error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Y", " yes \r\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "no", "yes, please", "j"].into_iter().any(is_yes));
    }
}
