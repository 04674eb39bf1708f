//! Reads JSON without losing anything: member order, repeated names, and numbers as written.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};

/// The members of an object in order, repeated ones included.
#[derive(Debug)]
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

/// A name or another string, borrowed unless it contains an escape.
pub(crate) struct Name<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The kind of a value, in words for a message. Scalars other than strings are shown: `the number
/// 22`.
pub(crate) fn kind(value: &RawValue) -> String {
    match value.get().as_bytes() {
        [b'{', ..] => "an object".to_owned(),
        [b'[', ..] => "a list".to_owned(),
        [b'"', ..] => "a string".to_owned(),
        b"null" => "null".to_owned(),
        b"true" | b"false" => format!("the boolean {}", value.get()),
        _ => format!("the number {}", value.get()),
    }
}

pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// An escape in a JSON string that no text may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadEscape {
    /// Half of a surrogate pair: legal in the JSON grammar, but not a character.
    Surrogate,
    /// U+0000.
    Nul,
}

/// The length of `\u0000`.
pub(crate) const ESCAPE_LENGTH: usize = 6;

/// The offsets in valid JSON of escapes that are not a character, or are NUL, in names and values.
pub(crate) fn bad_escapes(json: &str) -> impl Iterator<Item = (usize, BadEscape)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + json.get(from..)?.find('\\')?;
            let (length, bad) = match unit(json, at) {
                // A two-byte escape such as `\n`.
                None => (2, None),
                Some(0) => (ESCAPE_LENGTH, Some(BadEscape::Nul)),
                Some(0xD800..0xDC00) if matches!(unit(json, at + ESCAPE_LENGTH), Some(0xDC00..0xE000)) => {
                    (2 * ESCAPE_LENGTH, None)
                }
                Some(0xD800..0xE000) => (ESCAPE_LENGTH, Some(BadEscape::Surrogate)),
                Some(_) => (ESCAPE_LENGTH, None),
            };
            from = at + length;
            if let Some(bad) = bad {
                return Some((at, bad));
            }
        }
    })
}

/// The UTF-16 code unit of a four-digit escape.
fn unit(json: &str, at: usize) -> Option<u16> {
    u16::from_str_radix(json.get(at..at + ESCAPE_LENGTH)?.strip_prefix("\\u")?, 16).ok()
}

/// JSON as written, if every reader accepts it: [RFC 8259] allows readers to refuse numbers beyond
/// a double, and deep nesting.
///
/// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259#section-9
pub(crate) fn readable(text: &str) -> serde_json::Result<&RawValue> {
    serde_json::from_str::<Value>(text).and_then(|_| serde_json::from_str(text))
}

/// Reads a value as a type of one kind, or says which kind it is instead.
pub(crate) fn read<'a, T: Deserialize<'a>>(value: &'a RawValue, expected: &str) -> Result<T, String> {
    serde_json::from_str(value.get()).map_err(|_| match kind(value) {
        // Half of a surrogate pair, in the string or in a key: legal JSON, but not text.
        kind if kind == expected => "holds an escape that stands for no character".to_owned(),
        kind => format!("{kind} is not {expected}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_that_no_text_may_hold_is_found_wherever_it_stands() {
        use BadEscape::{Nul, Surrogate};
        for (json, bad) in [
            (r#""a""#, &[] as &[_]),
            (r#""\ud83d\ude00 \u00e9 \\ud800 \\\\u0000 \" \\""#, &[]),
            (r#""\ud800""#, &[(1, Surrogate)]),
            (r#""\uDFFF""#, &[(1, Surrogate)]),
            (r#""\u0000""#, &[(1, Nul)]),
            (r#""\ude00\ud83d""#, &[(1, Surrogate), (7, Surrogate)]),
            (r#""\ud83d\ud83d\ude00""#, &[(1, Surrogate)]),
            (r#""\ud83d \ude00""#, &[(1, Surrogate), (8, Surrogate)]),
            (r#""\ud83d\n""#, &[(1, Surrogate)]),
            (r#""\\\ud800""#, &[(3, Surrogate)]),
            (r#"{"é\u0000": ["\udc00"]}"#, &[(4, Nul), (15, Surrogate)]),
        ] {
            assert!(serde_json::from_str::<&RawValue>(json).is_ok(), "{json}");
            assert_eq!(bad_escapes(json).collect::<Vec<_>>(), bad, "{json}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_by_what_is_needed() {
        let problem = |json: &str| serde_json::from_str::<Members<'_>>(json).unwrap_err().to_string();
        assert!(problem("[]").starts_with("invalid type: sequence, expected an object"));
        let name = serde_json::Value::from(22);
        let problem = Name::deserialize(&name).map(|Name(name)| name).unwrap_err().to_string();
        assert_eq!(problem, "invalid type: integer `22`, expected a string");
    }
}
