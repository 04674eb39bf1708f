//! Output: tables or one JSON object on stdout, messages on stderr.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color, ContentArrangement, LineStyle, Table, TableStyle, presets};
use indicatif::ProgressBar;
use leadsquared_webhooks::{
    Outcome,
    core::reconcile::Ticket,
    error::ValidationError,
    webhook::{Warning, printable},
};
use serde::Serialize;

use crate::{
    call::SandboxView,
    status::Status,
    violations::{Origin, Placed},
};

pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();

/// A line above and below, none between the rows.
const STYLE: TableStyle = presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());

/// Why no confirmation was requested.
pub(crate) const NO_TERMINAL: &str = "no terminal to ask on; pass --yes";

/// Standard output and standard error. Colour is used only on a terminal that supports it
/// (`NO_COLOR`, `TERM`).
///
/// What cannot be written to standard output goes to standard error in full, and the command ends
/// with a separate exit status, so that no result is lost. Only a read-only command stops writing
/// silently when its output pipe is closed.
pub(crate) struct Output {
    pub(crate) json: bool,
    only_reads: bool,
    unwritten: Option<Unwritten>,
    messages: Messages,
}

/// What happened to a result that could not be written to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unwritten {
    /// The pipe was closed, and the command only reads.
    ClosedPipe,
    /// The result is on standard error.
    Elsewhere,
}

impl Output {
    pub(crate) fn new(json: bool, only_reads: bool) -> Self {
        Self { json, only_reads, unwritten: None, messages: Messages::new() }
    }

    /// The final exit status of a command that would otherwise end with `status`.
    pub(crate) fn end(&self, status: Status) -> Status {
        match (self.unwritten, status) {
            (None | Some(Unwritten::ClosedPipe), _) | (_, Status::Usage) => status,
            (Some(Unwritten::Elsewhere), _) => status.max(Status::Unwritten),
        }
    }

    /// Whether standard output can no longer be written.
    pub(crate) const fn is_unwritten(&self) -> bool {
        self.unwritten.is_some()
    }

    /// Writes the JSON object to stdout, on one line.
    pub(crate) fn object(&mut self, object: &impl Serialize) {
        match serde_json::to_string(object) {
            Ok(line) => self.write(&format!("{line}\n"), &mut io::stdout()),
            Err(problem) => self.problem(&format!("the result is not JSON: {problem}")),
        }
    }

    /// Writes a text to stdout unchanged, and flushes it.
    pub(crate) fn text(&mut self, text: &str) {
        self.write(text, &mut io::stdout());
    }

    /// Writes a line to stdout.
    pub(crate) fn line(&mut self, text: &str) {
        self.write(&format!("{text}\n"), &mut anstream::stdout());
    }

    fn write(&mut self, text: &str, stdout: &mut impl Write) {
        let problem = match self.unwritten {
            Some(Unwritten::ClosedPipe) => return,
            Some(Unwritten::Elsewhere) => None,
            None => match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
                Ok(()) => return,
                Err(problem) if self.only_reads && problem.kind() == io::ErrorKind::BrokenPipe => {
                    self.unwritten = Some(Unwritten::ClosedPipe);
                    return;
                }
                Err(problem) => Some(problem),
            },
        };
        if let Some(problem) = problem {
            self.unwritten = Some(Unwritten::Elsewhere);
            self.problem(&format!("standard output: {problem}; what it did not take follows"));
        }
        self.messages.write(text);
    }

    /// Writes a line to stdout that begins with a green word.
    pub(crate) fn success(&mut self, word: &str, text: &str) {
        self.marked(GREEN, word, text);
    }

    /// Writes a line to stdout that begins with a word in this style.
    pub(crate) fn marked(&mut self, style: Style, word: &str, text: &str) {
        self.line(&format!("{style}{word}{style:#} {}", printable(text)));
    }

    /// Writes a table to stdout, as wide as the terminal.
    pub(crate) fn table(&mut self, header: &[&str], rows: &[Vec<String>]) {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.enforce_styling();
        if !io::stdout().is_terminal() {
            // A pipe has no width, so lines are not wrapped.
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        table.set_header(header.iter().map(|name| Cell::new(name).fg(Color::Cyan)));
        for row in rows {
            table.add_row(row.iter().map(|cell| Cell::new(printable(cell))));
        }
        self.line(&table.to_string());
    }

    /// Asks a question on stderr, and returns whether the answer on standard input is yes. Requires
    /// a [terminal](Self::can_ask).
    pub(crate) fn ask(&mut self, question: &str) -> bool {
        self.messages.write(&format!("{} ", printable(question)));
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok() && is_yes(&answer)
    }

    /// Whether there is a terminal to ask on.
    pub(crate) fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Reports a wrong command line or setting; nothing was sent.
    pub(crate) fn usage(&mut self, kind: &str, problem: &str) -> Status {
        if self.json {
            self.object(&Failed::before_the_call(kind, problem));
        }
        self.problem(problem);
        Status::Usage
    }

    /// Writes the line of a file that a problem is about, and its caret, to stderr.
    pub(crate) fn excerpt(&self, lines: Option<&[String; 2]>) {
        for line in lines.into_iter().flatten() {
            self.messages.write(&format!("  {}\n", printable(line)));
        }
    }

    /// Writes warnings to stderr.
    pub(crate) fn warnings(&self, warnings: &[Warning]) {
        for warning in warnings {
            self.warning(&warning.to_string());
        }
    }

    /// Writes a warning to stderr.
    pub(crate) fn warning(&self, text: &str) {
        self.messages.message(YELLOW, "warning:", text);
    }

    /// Writes an error to stderr.
    pub(crate) fn problem(&self, text: &str) {
        self.messages.message(RED, "error:", text);
    }

    /// Writes a note to stderr.
    pub(crate) fn note(&self, text: &str) {
        self.messages.note(text);
    }

    /// The handle for other writers to stderr.
    pub(crate) const fn messages(&self) -> &Messages {
        &self.messages
    }
}

/// Standard error, with a progress bar that is suspended while messages are written. Clones share
/// it.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    bar: ProgressBar,
}

impl Messages {
    fn new() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// The progress bar, hidden until a draw target is set.
    pub(crate) const fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    pub(crate) fn note(&self, text: &str) {
        self.message(YELLOW, "note:", text);
    }

    /// Writes to stderr what is about to be done.
    pub(crate) fn announce(&self, word: &str, text: &str) {
        self.message(YELLOW, word, text);
    }

    fn message(&self, style: Style, word: &str, text: &str) {
        self.write(&format!("{style}{word}{style:#} {}\n", printable(text)));
    }

    fn write(&self, text: &str) {
        // Nothing can be done if stderr is closed.
        self.bar.suspend(|| {
            let _ = write!(anstream::stderr(), "{text}");
        });
    }
}

/// Quotes a word for a shell. Characters that would control a terminal are written as octal
/// escapes, which bash, zsh and ksh understand.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@%+=,".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        word.to_owned()
    } else if matches!(printable(word), Cow::Borrowed(_)) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        let escaped = word.bytes().map(|byte| match byte {
            b'\'' | b'\\' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            other => format!("\\{other:03o}"),
        });
        format!("$'{}'", escaped.collect::<String>())
    }
}

/// A count with its noun: `1 change`, `2 changes`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Anything but a plain yes is a no.
fn is_yes(answer: &str) -> bool {
    ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

/// An invalid draft, as JSON.
#[derive(Serialize)]
pub(crate) struct InvalidDraft<'a> {
    ok: bool,
    violations: Vec<Placed<'a>>,
    warnings: &'a [Warning],
}

impl<'a> InvalidDraft<'a> {
    pub(crate) fn new(error: &'a ValidationError, origin: &Origin) -> Self {
        Self { ok: false, violations: origin.placed(error), warnings: error.warnings() }
    }
}

/// An error outside of a call, as JSON: the same keys as a call's error, where they apply.
#[derive(Serialize)]
pub(crate) struct Failed<'a> {
    ok: bool,
    error: FailedError<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<Vec<Placed<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<&'a [Warning]>,
    attempts: [(); 0],
}

/// The error in [`Failed`].
#[derive(Serialize)]
pub(crate) struct FailedError<'a> {
    kind: &'a str,
    detail: String,
    outcome: Outcome,
    may_have_been_applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a Ticket>,
}

/// The result of a command, as JSON.
#[derive(Serialize)]
pub(crate) struct Ended<'a, T> {
    pub(crate) ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Problem>,
    #[serde(flatten)]
    pub(crate) result: &'a T,
    pub(crate) warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox: Option<SandboxView>,
}

/// A problem although every call succeeded, as JSON.
#[derive(Serialize)]
pub(crate) struct Problem {
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
    /// An error before anything was sent.
    pub(crate) fn before_the_call(kind: &'a str, detail: impl Into<String>) -> Self {
        Self::new(kind, detail, Outcome::NotSent)
    }

    pub(crate) fn new(kind: &'a str, detail: impl Into<String>, outcome: Outcome) -> Self {
        let error = FailedError::new(kind, detail, outcome);
        Self { ok: false, error, violations: None, warnings: None, attempts: [] }
    }

    pub(crate) fn invalid(error: &'a ValidationError, origin: &Origin) -> Self {
        Self {
            violations: Some(origin.placed(error)),
            warnings: Some(error.warnings()),
            ..Self::before_the_call("invalid_draft", error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_has_its_noun_in_the_right_number() {
        assert_eq!(counted(1, "change"), "1 change");
        assert_eq!((counted(0, "change"), counted(2, "misuse")), ("0 changes".into(), "2 misuses".into()));
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Y", " yes \r\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "no", "yes, please", "j"].into_iter().any(is_yes));
    }

    #[test]
    fn a_shell_takes_every_word_for_itself() {
        assert_eq!(quoted("b1c420d7-9c3e"), "b1c420d7-9c3e");
        let reported = ["\u{1b}[2J", "\u{202e}it's\\", "\u{7}7", "a\nb", "\t", "é\u{200b}"];
        for word in ["", "-rf", "a b", "it's", "$(x)", "a;b", "~", "*", "é漢"].into_iter().chain(reported) {
            assert!(matches!(printable(&quoted(word)), Cow::Borrowed(_)), "{word:?}");
            let line = format!("printf %s {}", quoted(word));
            let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_result_that_could_not_be_written_hides_nothing_that_is_worse() {
        let ends = |unwritten| {
            let output = Output { unwritten, ..Output::new(true, false) };
            [Status::Done, Status::Changes, Status::Usage, Status::NotSent, Status::Unknown]
                .map(|status| output.end(status).number())
        };
        assert_eq!(ends(None), [0, 1, 2, 4, 5]);
        assert_eq!(ends(Some(Unwritten::ClosedPipe)), [0, 1, 2, 4, 5]);
        assert_eq!(ends(Some(Unwritten::Elsewhere)), [7, 7, 2, 4, 5]);
    }
}
