//! Reads a draft from JSON: checks the keys and their types. The rules are applied in `parse`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    ExtraMemberDraft, HeaderParts, Parts,
    keys::{Given, List, Named, RAW, TriggerKeys},
};
use crate::{
    text::{
        byte_order_mark::without_byte_order_mark,
        json::{Members, is_null, kind, read},
        similar::{folded, unknown_key},
    },
    webhook::{
        event::{Event, EventCodes},
        new_webhook::NewWebhook,
        validation::{Report, ValidationError},
    },
};

/// The path of the document itself.
const DOCUMENT: &str = "draft";

const STRING: &str = "a string";
pub(crate) const BOOLEAN: &str = "true or false";
const LIST: &str = "a list";
const OBJECT: &str = "an object";

/// The forms of a draft and its parts, for messages.
const DRAFT_FORM: &str = r#"{"url": "https://…", "trigger": {"event": "lead_create"}}"#;
const TRIGGER_FORM: &str = r#"{"event": "lead_create"}"#;
const HEADERS_FORM: &str = r#"[{"name": "x-api-key", "value": "…"}]"#;

const KEYS: &[&str] =
    &["url", "trigger", "description", "content_type", "notify_on_failure", "custom_headers"];
const TRIGGER_KEYS: &[&str] = &[
    "event",
    "pages",
    "activity",
    "field",
    "opportunity_types",
    "from",
    "to",
    "code",
    "properties",
    "extra",
];

pub(crate) fn from_json(json: &str, codes: Option<EventCodes>) -> Result<NewWebhook, ValidationError> {
    let mut report = Report::default();
    let members = document(json, DOCUMENT, DRAFT_FORM, &mut report).filter(|Members(members)| {
        let api_body = is_api_body(members);
        if api_body {
            report.add(
                DOCUMENT,
                "this is the API's own body (URL, WebhookEvent), not a draft; read it by --from-api or from_api_json",
            );
        }
        !api_body
    });
    match members {
        Some(members) => parts(members, codes, &mut report).parse(report),
        None => report.finish(None, Vec::new()),
    }
}

/// Whether this is the body of a create, recognized by names that only the API uses.
fn is_api_body(members: &[(Cow<'_, str>, &RawValue)]) -> bool {
    let has = |names: [&str; 2]| members.iter().any(|(name, _)| names.contains(&&**name));
    has(["URL", "WebhookEvent"]) && !has(["url", "trigger"])
}

/// The members of the document, which is an object; a leading byte order mark is skipped.
pub(crate) fn document<'a>(
    json: &'a str,
    path: &str,
    form: &str,
    report: &mut Report,
) -> Option<Members<'a>> {
    let json = without_byte_order_mark(json);
    if json.trim().is_empty() {
        report.add(path, format_args!("the text is empty; the form is {form}"));
        return None;
    }
    // Read twice only to report what is wrong.
    if let Ok(members) = serde_json::from_str(json) {
        return Some(members);
    }
    match serde_json::from_str::<&RawValue>(json) {
        Ok(document) => report.take(path, formed(document, OBJECT, form)),
        Err(problem) => {
            report.add(path, format_args!("not JSON: {problem}"));
            None
        }
    }
}

/// An object whose keys are taken one by one; keys that are left at the end are unknown.
pub(crate) struct Object<'a> {
    /// The path before a key: empty, or `trigger.`.
    path: String,
    pub(crate) members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reports duplicate keys, and counts them once.
    pub(crate) fn new(path: String, Members(members): Members<'a>, report: &mut Report) -> Self {
        let mut once: Vec<(Cow<'_, str>, &RawValue)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            if once.iter().any(|(known, _)| *known == key) {
                report.add(format!("{path}{key}"), "duplicate key");
            } else {
                once.push((key, value));
            }
        }
        Self { path, members: once }
    }

    /// The value of a key; null counts as absent.
    pub(crate) fn take(&mut self, key: &str) -> Option<&'a RawValue> {
        let index = self.members.iter().position(|(known, _)| known == key)?;
        let (_, value) = self.members.remove(index);
        (!is_null(value)).then_some(value)
    }

    pub(crate) fn given<T: serde::Deserialize<'a>>(
        &mut self,
        key: &str,
        expected: &str,
        report: &mut Report,
    ) -> Given<T> {
        match self.take(key) {
            None => Given::Absent,
            Some(value) => broken_or(report.take(&format!("{}{key}", self.path), read(value, expected))),
        }
    }

    pub(crate) fn string(&mut self, key: &str, report: &mut Report) -> Given<String> {
        match self.take(key) {
            None => Given::Absent,
            Some(value) => broken_or(string(value, &format!("{}{key}", self.path), report)),
        }
    }

    pub(crate) fn strings(&mut self, key: &str, report: &mut Report) -> Given<List> {
        let path = format!("{}{key}", self.path);
        match self.given::<Vec<&RawValue>>(key, LIST, report) {
            Given::Absent => Given::Absent,
            Given::Broken => Given::Broken,
            Given::Value(items) => Given::Value(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| string(item, &format!("{path}[{index}]"), report))
                    .collect(),
            ),
        }
    }

    /// Reports the keys that were not taken.
    fn finish(self, known: &[&str], report: &mut Report) {
        for (key, _) in self.members {
            report.add(format!("{}{key}", self.path), unknown_key(&key, known));
        }
    }
}

/// Reads a value as a type of one kind; the problem shows the form.
fn formed<'a, T: serde::Deserialize<'a>>(
    value: &'a RawValue,
    expected: &str,
    form: &str,
) -> Result<T, String> {
    read(value, expected).map_err(|problem| {
        // A bad escape in a key is no question of form.
        if kind(value) == expected { problem } else { format!("{problem}; the form is {form}") }
    })
}

fn broken_or<T>(value: Option<T>) -> Given<T> {
    value.map_or(Given::Broken, Given::Value)
}

pub(crate) fn string(value: &RawValue, path: &str, report: &mut Report) -> Option<String> {
    report.take(path, read(value, STRING))
}

fn parts(members: Members<'_>, codes: Option<EventCodes>, report: &mut Report) -> Parts {
    let mut draft = Object::new(String::new(), members, report);
    let parts = Parts {
        url: draft.string("url", report),
        trigger: trigger(&mut draft, codes, report),
        description: draft.string("description", report).value(),
        content_type: draft.string("content_type", report).value(),
        notify_on_failure: draft.given("notify_on_failure", BOOLEAN, report).value(),
        custom_headers: match draft.take(DRAFT_HEADERS.list) {
            Some(list) => headers(list, &DRAFT_HEADERS, report),
            None => Vec::new(),
        },
    };
    draft.finish(KEYS, report);
    parts
}

/// The names of the keys of custom headers.
pub(crate) struct HeaderKeys {
    pub(crate) list: &'static str,
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
    /// The form of the list, for messages.
    pub(crate) form: &'static str,
}

const DRAFT_HEADERS: HeaderKeys =
    HeaderKeys { list: "custom_headers", name: "name", value: "value", form: HEADERS_FORM };

pub(crate) fn headers(list: &RawValue, keys: &HeaderKeys, report: &mut Report) -> Vec<HeaderParts> {
    let Some(items) = report.take(keys.list, formed::<Vec<&RawValue>>(list, LIST, keys.form)) else {
        return Vec::new();
    };
    let mut headers = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let path = format!("{}[{index}]", keys.list);
        let Some(members) = report.take(&path, read(item, OBJECT)) else {
            headers.push(HeaderParts { name: None, value: None });
            continue;
        };
        let mut header = Object::new(format!("{path}."), members, report);
        headers.push(HeaderParts {
            name: header.string(keys.name, report).required(&format!("{path}.{}", keys.name), report),
            value: secret(&mut header, keys.value, report),
        });
        header.finish(&[keys.name, keys.value], report);
    }
    headers
}

/// A header's value. Messages do not show it, not even a number.
fn secret(header: &mut Object<'_>, key: &str, report: &mut Report) -> Option<String> {
    let path = format!("{}{key}", header.path);
    let Some(value) = header.take(key) else {
        report.add(path, "missing");
        return None;
    };
    report.take(&path, serde_json::from_str(value.get()).map_err(|_| "not a string"))
}

fn trigger(draft: &mut Object<'_>, codes: Option<EventCodes>, report: &mut Report) -> Option<TriggerKeys> {
    let Some(value) = draft.take("trigger") else {
        report.add("trigger", format_args!("missing; the form is {TRIGGER_FORM}"));
        return None;
    };
    let members = report.take("trigger", formed(value, OBJECT, TRIGGER_FORM))?;
    let mut trigger = Object::new("trigger.".to_owned(), members, report);
    let keys = TriggerKeys {
        event: event(&mut trigger, codes, report),
        pages: trigger.strings("pages", report),
        activity: trigger.string("activity", report),
        field: trigger.string("field", report),
        opportunity_types: trigger.strings("opportunity_types", report),
        from: trigger.string("from", report),
        to: trigger.string("to", report),
        code: code(&mut trigger, "code", report),
        properties: properties(&mut trigger),
        extra: extra(&mut trigger, report),
    };
    trigger.finish(TRIGGER_KEYS, report);
    Some(keys)
}

/// The name of an event, or its number.
fn event(trigger: &mut Object<'_>, codes: Option<EventCodes>, report: &mut Report) -> Option<Named> {
    const FIELD: &str = "trigger.event";
    let Some(value) = trigger.take("event") else {
        report.add(FIELD, r#"missing; the name of an event is needed, such as "lead_create""#);
        return None;
    };
    let name = if kind(value).starts_with("the number") {
        value.get().to_owned()
    } else {
        string(value, FIELD, report)?
    };
    if folded(&name) == RAW {
        return Some(Named::Raw);
    }
    report.take(FIELD, Event::parse_by(&name, codes)).map(Named::Documented)
}

/// A number, or a string of digits.
pub(crate) fn code(object: &mut Object<'_>, key: &str, report: &mut Report) -> Given<String> {
    match object.take(key) {
        None => Given::Absent,
        Some(value) if kind(value).starts_with("the number") => Given::Value(value.get().to_owned()),
        Some(value) => {
            broken_or(report.take(&format!("{}{key}", object.path), read(value, "a whole number")))
        }
    }
}

/// Any JSON; a string is taken as the text of the JSON.
fn properties(trigger: &mut Object<'_>) -> Given<String> {
    match trigger.take("properties") {
        None => Given::Absent,
        Some(value) => Given::Value(read(value, STRING).unwrap_or_else(|_| value.get().to_owned())),
    }
}

fn extra(trigger: &mut Object<'_>, report: &mut Report) -> Given<Vec<ExtraMemberDraft>> {
    match trigger.given::<Members<'_>>("extra", OBJECT, report) {
        Given::Absent => Given::Absent,
        Given::Broken => Given::Broken,
        Given::Value(Members(members)) => Given::Value(
            members
                .into_iter()
                .map(|(name, value)| ExtraMemberDraft {
                    name: name.into_owned(),
                    json: value.get().to_owned(),
                })
                .collect(),
        ),
    }
}
