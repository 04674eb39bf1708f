//! What is wrong with a draft, in the words of who wrote it: the place in a file, or the flag.

use leadsquared_webhooks::{
    Event,
    core::source::{Place, Shown, excerpt, json_error, json_offset},
    error::{InvalidEvent, ValidationError, Violation},
    event::{EventCodes, EventKey},
};
use serde::Serialize;

use crate::output::Output;

/// The name of standard input in messages.
pub(crate) const STDIN: &str = "<stdin>";

/// What a draft was made of.
#[derive(Debug)]
pub(crate) enum Origin {
    File { name: String, text: String },
    Flags(Flags),
}

/// The flags of a draft, as far as messages name them.
#[derive(Debug)]
pub(crate) struct Flags {
    pub(crate) event: Option<String>,
    pub(crate) codes: Option<EventCodes>,
    /// The keys of the trigger that were given.
    pub(crate) keys: Vec<&'static str>,
    /// The flag of each header, in order.
    pub(crate) headers: Vec<String>,
}

/// A violation for JSON, with its place if it has one.
#[derive(Debug, Serialize)]
pub(crate) struct Placed<'a> {
    #[serde(flatten)]
    pub(crate) violation: &'a Violation,
    #[serde(flatten)]
    pub(crate) place: Option<Place>,
}

/// A line for people, and the line of the file that it is about.
type Message = (String, Option<[String; 2]>);

impl Origin {
    /// The violations with their places.
    pub(crate) fn placed<'a>(&self, error: &'a ValidationError) -> Vec<Placed<'a>> {
        let placed = |violation| Placed { violation, place: self.place(violation) };
        error.violations().iter().map(placed).collect()
    }

    /// Writes all violations to stderr.
    pub(crate) fn report(&self, error: &ValidationError, output: &Output) {
        for violation in error.violations() {
            let (problem, excerpt) = self.message(violation);
            output.problem(&problem);
            output.excerpt(excerpt.as_ref());
        }
    }

    fn place(&self, violation: &Violation) -> Option<Place> {
        match self {
            Self::File { text, .. } => {
                let offset = json_error(text).map(|(offset, _)| offset);
                Some(Place::of(text, offset.or_else(|| json_offset(text, &violation.field))?))
            }
            Self::Flags(_) => None,
        }
    }

    fn message(&self, violation: &Violation) -> Message {
        let Violation { field, problem } = violation;
        match self {
            Self::Flags(flags) => (flags.message(field, problem), None),
            Self::File { name, text } if text.trim().is_empty() => (format!("{name}: {problem}"), None),
            Self::File { name, text } => not_json(name, text).unwrap_or_else(|| {
                let Some(offset) = json_offset(text, field) else {
                    return (format!("{name}: {field}: {problem}"), None);
                };
                let place = Place::of(text, offset);
                // The document as a whole has no path.
                let path = if field == "draft" || field == "body" { "" } else { &format!("{field}: ") };
                (format!("{name}:{place}: {path}{problem}"), excerpt(text, offset, Shown::Line))
            }),
        }
    }
}

/// Why a text is not JSON, and where.
pub(crate) fn not_json(name: &str, text: &str) -> Option<Message> {
    let (offset, problem) = json_error(text)?;
    let place = Place::of(text, offset);
    Some((format!("{name}:{place}: not JSON: {problem}"), excerpt(text, offset, Shown::Before)))
}

impl Flags {
    fn message(&self, field: &str, problem: &str) -> String {
        let (key, rest) = match field.strip_prefix("trigger.") {
            Some(key) => key.split_at(key.find(['.', '[']).unwrap_or(key.len())),
            None => return self.other(field, problem),
        };
        if key == "event" {
            return self.event_message(problem);
        }
        let event = self.event.as_deref().and_then(|name| Event::parse_by(name, self.codes).ok());
        let (name, keys) = event.map_or(("raw".to_owned(), RAW_KEYS), |event| (dashed(event), event.keys()));
        if !self.keys.contains(&key) {
            return format!("{name} needs {}", example(key));
        }
        if keys.iter().all(|known| known.name != key) {
            let flags: Vec<_> = keys.iter().map(|known| flag(known.name)).collect();
            let rest = match flags.as_slice() {
                [] => "leave it out".to_owned(),
                flags => format!("that takes {}", flags.join(", ")),
            };
            return format!("{} does not apply to {name}; {rest}", flag(key));
        }
        match rest.strip_prefix('.') {
            Some(member) => format!("{} {member}: {problem}", flag(key)),
            None => format!("{}: {problem}", flag(key)),
        }
    }

    fn event_message(&self, problem: &str) -> String {
        let Some(name) = &self.event else {
            return "--event is missing: which event, such as lead-create? lsq-webhooks events lists them"
                .to_owned();
        };
        match Event::parse_by(name, self.codes) {
            Err(invalid) => format!("--event: {}", unknown_event(name, &invalid)),
            Ok(_) => format!("--event: {problem}"),
        }
    }

    /// A part that is not of the trigger.
    fn other(&self, field: &str, problem: &str) -> String {
        let header = field.strip_prefix("custom_headers[").and_then(|rest| rest.split_once(']'));
        match (field, header) {
            ("url", _) if problem.starts_with("missing") => {
                "--url is missing: where should deliveries go, such as https://example.com/hooks?".to_owned()
            }
            ("trigger", _) => self.event_message(problem),
            (_, Some((index, part))) => {
                let index: usize = index.parse().unwrap_or_default();
                let flag = self.headers.get(index).map_or("--header", String::as_str);
                match part.strip_prefix('.') {
                    Some(part) => format!("{flag}: {part}: {problem}"),
                    None => format!("{flag}: {problem}"),
                }
            }
            ("custom_headers", None) => format!("--header: {problem}"),
            _ => format!("{}: {problem}", flag(field)),
        }
    }
}

const RAW_KEYS: &[EventKey] = &[
    EventKey { name: "code", required: true },
    EventKey { name: "properties", required: false },
    EventKey { name: "extra", required: false },
];

/// The flag of a key.
fn flag(key: &str) -> String {
    match key {
        "pages" => "--page".to_owned(),
        "opportunity_types" => "--opportunity-type".to_owned(),
        "notify_on_failure" => "--no-notify".to_owned(),
        key => format!("--{}", key.replace('_', "-")),
    }
}

/// The flag of a required key with its value.
fn example(key: &str) -> String {
    let (value, example) = match key {
        "activity" => ("CODE", "22"),
        "field" => ("NAME", "ProspectStage"),
        "opportunity_types" => ("CODE", "12000"),
        "code" => ("N", "28"),
        _ => return flag(key),
    };
    format!("{} {value}, such as {example}", flag(key))
}

/// The name of an event on the command line.
pub(crate) fn dashed(event: Event) -> String {
    event.name().replace('_', "-")
}

/// Why a text is no event, in the spelling of the command line.
pub(crate) fn unknown_event(text: &str, problem: &InvalidEvent) -> String {
    if let Some(event) = problem.nearest() {
        return format!(
            "unknown event {text:?}; did you mean {}? lsq-webhooks events lists them all",
            dashed(event)
        );
    }
    if text.trim().bytes().all(|byte| byte.is_ascii_digit()) && !text.trim().is_empty() {
        return problem.to_string().replace('_', "-").replace("(codes)", "(--codes)");
    }
    format!("unknown event {text:?}; lsq-webhooks events lists them all")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(event: Option<&str>, keys: &[&'static str]) -> Flags {
        Flags {
            event: event.map(str::to_owned),
            codes: None,
            keys: keys.to_vec(),
            headers: vec!["--header number 1".to_owned(), "--header-env x-b".to_owned()],
        }
    }

    #[test]
    fn a_message_names_the_flag_that_was_typed_or_is_missing() {
        for (event, keys, field, problem, says) in [
            (
                Some("2"),
                &[][..],
                "trigger.activity",
                "missing; …",
                "lead-activity-create needs --activity CODE, such as 22",
            ),
            (
                Some("lead-create"),
                &["activity"],
                "trigger.activity",
                "…",
                "--activity does not apply to lead-create; leave it out",
            ),
            (
                Some("raw"),
                &["field"],
                "trigger.field",
                "…",
                "--field does not apply to raw; that takes --code, --properties, --extra",
            ),
            (Some("raw"), &[], "trigger.code", "missing; …", "raw needs --code N, such as 28"),
            (Some("1"), &["pages"], "trigger.pages[1]", "\"\" is blank", "--page: \"\" is blank"),
            (Some("raw"), &["extra"], "trigger.extra.URL", "is known", "--extra URL: is known"),
            (None, &[], "custom_headers[0].name", "is bad", "--header number 1: name: is bad"),
            (None, &[], "custom_headers[1].value", "is bad", "--header-env x-b: value: is bad"),
            (None, &[], "content_type", "is bad", "--content-type: is bad"),
        ] {
            assert_eq!(flags(event, keys).message(field, problem), says);
        }
        let says = |event| flags(Some(event), &[]).message("trigger.event", "");
        assert_eq!(
            says("lead-creat"),
            "--event: unknown event \"lead-creat\"; did you mean lead-create? lsq-webhooks events lists them all"
        );
        assert!(says("31").contains(
            "opportunity-delete in the observed one; write its name, or say which table (--codes)"
        ));
        assert!(flags(None, &[]).message("trigger.event", "").starts_with("--event is missing"));
    }
}
