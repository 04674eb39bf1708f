//! Compares properties by meaning.

use serde_json::{Map, Value, value::RawValue};

use crate::{
    text::json::{Members, readable},
    webhook::trigger::Trigger,
    wire,
};

/// The members that a typed trigger sends, or that are known to narrow an event. All other returned
/// members were added by the server.
const KNOWN: [&str; 8] = [
    "ActivityEvent",
    "ActivityData",
    "WebPageNames",
    "ChangedLeadField",
    "OpportunityEvents",
    "IsAsyncEnable",
    "StageFrom",
    "StageTo",
];

/// A set on the wire; its order has no meaning.
const SET: &str = "OpportunityEvents";

/// The properties of a trigger, as compared.
pub(crate) fn of_trigger(trigger: &Trigger) -> Value {
    of_text(&wire::properties(trigger).ok().flatten().unwrap_or_default())
}

/// Properties from a response, a string or an object, as compared; null for none.
///
/// A scalar becomes its text, because a server may return `22` for `"22"`. A member without content
/// (null, an empty string or list, false) counts as absent.
pub(crate) fn of_text(text: &str) -> Value {
    match readable(text).ok() {
        Some(raw) => canonical(None, raw).unwrap_or(Value::Null),
        None if text.trim().is_empty() => Value::Null,
        None => Value::from(text),
    }
}

/// `None` for a value without content.
fn canonical(name: Option<&str>, raw: &RawValue) -> Option<Value> {
    let json = raw.get();
    let value = match json.as_bytes() {
        b"null" | b"false" => return None,
        [b'"', ..] => {
            let text: String = serde_json::from_str(json).ok()?;
            // JSON within the string, as in `ActivityData`.
            match readable(&text).ok().filter(|raw| raw.get().starts_with(['[', '{'])) {
                Some(raw) => return canonical(name, raw),
                None if text.trim().is_empty() || text.eq_ignore_ascii_case("false") => return None,
                None if text.eq_ignore_ascii_case("true") => Value::from("true"),
                None => Value::from(text),
            }
        }
        [b'[', ..] => {
            let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            let mut items: Vec<_> =
                items.into_iter().map(|item| canonical(None, item).unwrap_or_default()).collect();
            if name == Some(SET) {
                items.sort_by_key(ToString::to_string);
                items.dedup();
            }
            Value::from(items)
        }
        [b'{', ..] => {
            let Members(members) = serde_json::from_str(json).ok()?;
            let members = members.into_iter().filter_map(|(name, value)| {
                let value = canonical(Some(&name), value)?;
                Some((name.into_owned(), value))
            });
            let mut members: Vec<_> = members.collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::from(members.into_iter().collect::<Map<_, _>>())
        }
        // A number, or `true`.
        _ => Value::from(number(json)),
    };
    let is_empty = match &value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    (!is_empty).then_some(value)
}

/// The text of a number: `1.5` for `1.50` and `15e-1`. A number with more digits than a double
/// keeps stays as written, because a rounded one would equal its neighbours.
fn number(json: &str) -> String {
    let mantissa = json.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    match json.parse::<f64>() {
        // Removes the sign of zero.
        Ok(double) if digits <= DIGITS => (double + 0.0).to_string(),
        _ => json.to_owned(),
    }
}

/// The number of decimal digits that every double keeps.
const DIGITS: usize = f64::DIGITS as usize;

/// Whether the found properties are the desired ones: every desired member is present, and no other
/// known one.
pub(crate) fn same(desired: &Value, found: &Value) -> bool {
    let none = Map::new();
    let (Some(desired), Some(got)) = (members(desired, &none), members(found, &none)) else {
        return desired == found;
    };
    desired.iter().all(|(name, value)| got.get(name) == Some(value))
        && got.keys().all(|name| desired.contains_key(name) || !KNOWN.contains(&name.as_str()))
}

fn members<'a>(value: &'a Value, none: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
    match value {
        Value::Null => Some(none),
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// The returned members that are not desired and have no known meaning.
pub(crate) fn ignored<'a>(
    desired: &'a Value,
    found: &'a Value,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let desired = desired.as_object();
    found
        .as_object()
        .into_iter()
        .flatten()
        .filter(move |(name, _)| !KNOWN.contains(&name.as_str()))
        .filter(move |(name, _)| !desired.is_some_and(|desired| desired.contains_key(*name)))
        .map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(desired: &str, found: &str) -> bool {
        same(&of_text(desired), &of_text(found))
    }

    #[test]
    fn meaning_and_not_spelling_is_compared() {
        let activity = r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#;
        for (desired, found) in [
            (activity, r#"{ "WebPageNames":"[]", "ActivityEvent" : 22, "ActivityData": [] }"#),
            (activity, r#"{"ActivityEvent":"22"}"#),
            (activity, r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]","StageTo":""}"#),
            (activity, r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]","New":"x"}"#),
            (
                r#"{"OpportunityEvents":["12000","12001"],"IsAsyncEnable":false}"#,
                r#"{"IsAsyncEnable":"False","OpportunityEvents":[12001,12000]}"#,
            ),
            (r#"{"IsAsyncEnable":true}"#, r#"{"IsAsyncEnable":"True"}"#),
            ("", "null"),
            ("", "{}"),
            ("", " "),
            ("{}", r#"{"New":1}"#),
            (r#"{"StageFrom":"A"}"#, r#"{"StageFrom":"A","StageTo":{"x":null}}"#),
            ("true", r#""TRUE""#),
            ("[1,2]", "[\"1\",2]"),
            (
                r#"{"Own":[1.50,0,-0,2e3,12345678901234567890]}"#,
                r#"{"Own":[15e-1,"0",0.0,2000.0,"12345678901234567890"]}"#,
            ),
            ("no json", "no json"),
        ] {
            assert!(is_same(desired, found), "{desired} and {found}");
        }
    }

    #[test]
    fn what_narrows_an_event_always_counts() {
        for (desired, found) in [
            (r#"{"ActivityEvent":"22"}"#, r#"{"ActivityEvent":"23"}"#),
            (r#"{"ActivityEvent":"22"}"#, r#"{"ActivityEvent":"22","ActivityData":"[1]"}"#),
            (r#"{"StageFrom":"A"}"#, r#"{"StageFrom":"A","StageTo":"B"}"#),
            (r#"{"OpportunityEvents":["1"]}"#, r#"{"OpportunityEvents":["1"],"IsAsyncEnable":true}"#),
            (r#"{"Own":"1"}"#, "{}"),
            (r#"{"Own":"1"}"#, r#"{"Own":"2"}"#),
            (r#"{"Own":12345678901234567890123}"#, r#"{"Own":12345678901234567890124}"#),
            (r#"{"Own":0.1234567890123456789}"#, r#"{"Own":0.1234567890123456788}"#),
            (r#"{"Own":["1","2"]}"#, r#"{"Own":["2","1"]}"#),
            ("", r#"{"ChangedLeadField":"A"}"#),
            ("", "no json"),
            ("[1]", ""),
        ] {
            assert!(!is_same(desired, found), "{desired} and {found}");
        }
    }

    #[test]
    fn what_the_server_adds_is_named() {
        let (desired, found) = (of_text(r#"{"Own":1}"#), of_text(r#"{"Own":1,"New":2,"StageTo":"x"}"#));
        assert_eq!(ignored(&desired, &found).map(|(name, _)| name).collect::<Vec<_>>(), ["New"]);
    }
}
