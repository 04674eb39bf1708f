//! A draft as JSON: which keys there are and of what kind. The rules themselves are applied in `parse`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    ExtraMemberDraft, HeaderParts, Parts,
    keys::{Given, List, Named, RAW, TriggerKeys},
};
use crate::{
    event::Event,
    json::{Members, is_null, kind, read},
    new_webhook::NewWebhook,
    validation::{Report, ValidationError},
};

/// The path of the document itself.
const DOCUMENT: &str = "draft";

const STRING: &str = "a string";
const LIST: &str = "a list";
const OBJECT: &str = "an object";

pub(crate) fn from_json(json: &str) -> Result<NewWebhook, ValidationError> {
    let mut report = Report::default();
    // Read twice only to say what is wrong.
    if let Ok(members) = serde_json::from_str::<Members<'_>>(json) {
        return parts(members, &mut report).parse(report);
    }
    let document = match serde_json::from_str::<&RawValue>(json) {
        Ok(document) => document,
        Err(problem) => {
            report.add(DOCUMENT, format_args!("not JSON: {problem}"));
            return report.finish(None, Vec::new());
        }
    };
    if let Err(problem) = read::<Members<'_>>(document, OBJECT) {
        report.add(DOCUMENT, problem);
    }
    report.finish(None, Vec::new())
}

/// An object whose keys are taken one by one; what is left at the end is unknown.
struct Object<'a> {
    /// The path before a key: empty, or `trigger.`.
    path: String,
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Keys that stand twice are reported here, and count once.
    fn new(path: String, Members(members): Members<'a>, report: &mut Report) -> Self {
        let mut once: Vec<(Cow<'_, str>, &RawValue)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            if once.iter().any(|(known, _)| *known == key) {
                report.add(format!("{path}{key}"), "the key stands twice");
            } else {
                once.push((key, value));
            }
        }
        Self { path, members: once }
    }

    /// The value of a key; null is as good as absent.
    fn take(&mut self, key: &str) -> Option<&'a RawValue> {
        let index = self.members.iter().position(|(known, _)| known == key)?;
        let (_, value) = self.members.swap_remove(index);
        (!is_null(value)).then_some(value)
    }

    fn given<T: serde::Deserialize<'a>>(&mut self, key: &str, wanted: &str, report: &mut Report) -> Given<T> {
        match self.take(key) {
            None => Given::Absent,
            Some(value) => broken_or(report.take(&format!("{}{key}", self.path), read(value, wanted))),
        }
    }

    fn string(&mut self, key: &str, report: &mut Report) -> Given<String> {
        match self.take(key) {
            None => Given::Absent,
            Some(value) => broken_or(string(value, &format!("{}{key}", self.path), report)),
        }
    }

    fn strings(&mut self, key: &str, report: &mut Report) -> Given<List> {
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

    /// Reports what nobody took.
    fn finish(self, known: &str, report: &mut Report) {
        for (key, _) in self.members {
            report.add(format!("{}{key}", self.path), format_args!("unknown key; known are {known}"));
        }
    }
}

fn broken_or<T>(value: Option<T>) -> Given<T> {
    value.map_or(Given::Broken, Given::Value)
}

fn string(value: &RawValue, path: &str, report: &mut Report) -> Option<String> {
    report.take(path, read(value, STRING))
}

fn parts(members: Members<'_>, report: &mut Report) -> Parts {
    let mut draft = Object::new(String::new(), members, report);
    let optional = |given: Given<String>| match given {
        Given::Value(text) => Some(text),
        Given::Absent | Given::Broken => None,
    };
    let parts = Parts {
        url: draft.string("url", report),
        trigger: trigger(&mut draft, report),
        description: optional(draft.string("description", report)),
        content_type: optional(draft.string("content_type", report)),
        notify_on_failure: match draft.given("notify_on_failure", "true or false", report) {
            Given::Value(notify) => Some(notify),
            Given::Absent | Given::Broken => None,
        },
        custom_headers: headers(&mut draft, report),
    };
    draft.finish("url, trigger, description, content_type, notify_on_failure, custom_headers", report);
    parts
}

fn headers(draft: &mut Object<'_>, report: &mut Report) -> Vec<HeaderParts> {
    let Given::Value(items) = draft.given::<Vec<&RawValue>>("custom_headers", LIST, report) else {
        return Vec::new();
    };
    let mut headers = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let path = format!("custom_headers[{index}]");
        let Some(members) = report.take(&path, read(item, OBJECT)) else {
            headers.push(HeaderParts { name: None, value: None });
            continue;
        };
        let mut header = Object::new(format!("{path}."), members, report);
        headers.push(HeaderParts {
            name: header.string("name", report).required(&format!("{path}.name"), report),
            value: secret(&mut header, &path, report),
        });
        header.finish("name, value", report);
    }
    headers
}

/// A header's value: not even a number is shown.
fn secret(header: &mut Object<'_>, path: &str, report: &mut Report) -> Option<String> {
    let path = format!("{path}.value");
    let Some(value) = header.take("value") else {
        report.add(path, "missing");
        return None;
    };
    report.take(&path, serde_json::from_str(value.get()).map_err(|_| "not a string"))
}

fn trigger(draft: &mut Object<'_>, report: &mut Report) -> Option<TriggerKeys> {
    let members = draft.given::<Members<'_>>("trigger", OBJECT, report).required("trigger", report)?;
    let mut trigger = Object::new("trigger.".to_owned(), members, report);
    let keys = TriggerKeys {
        event: event(&mut trigger, report),
        pages: trigger.strings("pages", report),
        activity: trigger.string("activity", report),
        field: trigger.string("field", report),
        opportunity_types: trigger.strings("opportunity_types", report),
        from: trigger.string("from", report),
        to: trigger.string("to", report),
        code: code(&mut trigger, report),
        properties: properties(&mut trigger),
        extra: extra(&mut trigger, report),
    };
    trigger.finish(
        "event, pages, activity, field, opportunity_types, from, to, code, properties, extra, each for its own events",
        report,
    );
    Some(keys)
}

fn event(trigger: &mut Object<'_>, report: &mut Report) -> Option<Named> {
    let name = trigger.string("event", report).required("trigger.event", report)?;
    if name == RAW {
        return Some(Named::Raw);
    }
    report.take("trigger.event", name.parse::<Event>()).map(Named::Documented)
}

/// A number, or a string of digits.
fn code(trigger: &mut Object<'_>, report: &mut Report) -> Given<String> {
    match trigger.take("code") {
        None => Given::Absent,
        Some(value) if kind(value).starts_with("the number") => Given::Value(value.get().to_owned()),
        Some(value) => broken_or(report.take("trigger.code", read(value, "a whole number"))),
    }
}

/// Any JSON; a string stands for the text of the JSON.
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
