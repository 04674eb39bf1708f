//! JSON that is sent as given, for what is not proven yet.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{
    text::{
        characters::Shown,
        json::{BadEscape, ESCAPE_LENGTH, Members, bad_escapes, readable},
    },
    webhook::members::STANDARD_MEMBERS,
};

/// Any JSON value, kept as text: the order of keys and the spelling of numbers are preserved, white
/// space is removed.
///
/// # Errors
///
/// [`InvalidRawJson`] from `parse` when the text is not one JSON value, contains half of a
/// surrogate pair or NUL as an escape, or a number beyond a double or more than 127 levels, which
/// [RFC 8259] allows a reader to refuse.
///
/// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259#section-9
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::RawJson;
///
/// let json: RawJson = r#"{ "b": 1.50, "a": [ ] }"#.parse()?;
/// assert_eq!(json.as_str(), r#"{"b":1.50,"a":[]}"#);
/// assert!("{b: 1}".parse::<RawJson>().is_err());
/// # Ok::<(), leadsquared_webhooks_core::InvalidRawJson>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawJson(String);

impl RawJson {
    /// The compact text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RawJson {
    type Err = InvalidRawJson;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let json = match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => value.get(),
            Err(source) => return Err(InvalidRawJson::Malformed { reason: source.to_string() }),
        };
        match bad_escapes(json).next() {
            None => match readable(json) {
                Ok(_) => Ok(Self(compact(json).into_owned())),
                Err(source) => Err(InvalidRawJson::Unreadable { reason: source.to_string() }),
            },
            Some((_, BadEscape::Nul)) => Err(InvalidRawJson::Nul),
            Some((at, BadEscape::Surrogate)) => {
                let escape = json.get(at..at + ESCAPE_LENGTH).unwrap_or_default().to_owned();
                Err(InvalidRawJson::Surrogate { escape })
            }
        }
    }
}

impl RawJson {
    /// A value from an API response. An escape that no text may contain becomes U+FFFD, as in lossy
    /// decoding, so that no listed webhook is lost.
    pub(crate) fn received(value: &RawValue) -> Self {
        let mut json = compact(value.get()).into_owned();
        let bad: Vec<_> = bad_escapes(&json).map(|(at, _)| at).collect();
        for at in bad {
            json.replace_range(at..at + ESCAPE_LENGTH, "\\ufffd");
        }
        Self(json)
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Valid JSON without white space between its tokens.
fn compact(json: &str) -> Cow<'_, str> {
    if !json.contains([' ', '\t', '\n', '\r']) {
        return Cow::Borrowed(json);
    }
    let (mut in_string, mut escaped) = (false, false);
    let kept = json.chars().filter(|c| {
        let keep = in_string || !matches!(c, ' ' | '\t' | '\n' | '\r');
        if *c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = *c == '\\' && !escaped;
        keep
    });
    Cow::Owned(kept.collect())
}

/// The error for a text that is not one JSON value, contains an escape that no text may contain, or
/// is not an object where one is required.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRawJson {
    /// Not JSON.
    #[error("not JSON: {reason}")]
    Malformed {
        /// The parser's message, with line and column.
        reason: String,
    },
    /// JSON with a number beyond a double, or with too many levels.
    #[error(
        "not JSON that every reader takes: {reason}; a number is at most 1.7e308, and levels are at most 127"
    )]
    Unreadable {
        /// The parser's message, with line and column.
        reason: String,
    },
    /// An escaped half of a surrogate pair: legal in the JSON grammar, but not a character.
    #[error("holds {escape}, half of a surrogate pair, which is not a character; remove it")]
    Surrogate {
        /// The escape, such as `\\ud83d`.
        escape: String,
    },
    /// U+0000, escaped.
    #[error("holds {}; remove it", Shown('\0'))]
    Nul,
    /// JSON that is not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

/// A [`RawJson`] that is an object.
///
/// # Errors
///
/// [`InvalidRawJson`] from `parse` and `try_from` when it is not.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::RawObject;
///
/// assert!(r#"{"StageFrom": "Budget constraints"}"#.parse::<RawObject>().is_ok());
/// assert_eq!("[]".parse::<RawObject>().unwrap_err().to_string(), "not a JSON object");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawObject(RawJson);

impl RawObject {
    /// The object as a [`RawJson`].
    #[must_use]
    pub const fn as_json(&self) -> &RawJson {
        &self.0
    }

    /// Whether the object has a member of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        serde_json::from_str(self.0.as_str())
            .is_ok_and(|members: Members<'_>| members.0.iter().any(|(n, _)| n == name))
    }
}

impl TryFrom<RawJson> for RawObject {
    type Error = InvalidRawJson;

    fn try_from(json: RawJson) -> Result<Self, Self::Error> {
        if json.as_str().starts_with('{') { Ok(Self(json)) } else { Err(InvalidRawJson::NotAnObject) }
    }
}

impl FromStr for RawObject {
    type Err = InvalidRawJson;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<RawJson>()?.try_into()
    }
}

/// Further members of a create's body, in addition to those of every create.
///
/// # Errors
///
/// [`InvalidExtraMembers`] from `try_from` for a member of every create, a repeated member, or a
/// name that contains NUL.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::ExtraMembers;
///
/// assert!(ExtraMembers::try_from(vec![("ActivityEvent".to_owned(), "\"22\"".parse()?)]).is_ok());
/// assert!(ExtraMembers::try_from(vec![("URL".to_owned(), "\"x\"".parse()?)]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExtraMembers(Vec<(String, RawJson)>);

impl ExtraMembers {
    /// The members, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[(String, RawJson)] {
        &self.0
    }

    /// Reports every name that is not allowed.
    pub(crate) fn problems(names: &[&str]) -> impl Iterator<Item = InvalidExtraMembers> {
        names.iter().enumerate().filter_map(|(index, name)| {
            if STANDARD_MEMBERS.contains(name) {
                Some(InvalidExtraMembers::Standard { name: (*name).to_owned() })
            } else if names.iter().take(index).any(|earlier| earlier == name) {
                Some(InvalidExtraMembers::Twice { name: (*name).to_owned() })
            } else if name.contains('\0') {
                Some(InvalidExtraMembers::Nul { name: (*name).to_owned() })
            } else {
                None
            }
        })
    }
}

impl TryFrom<Vec<(String, RawJson)>> for ExtraMembers {
    type Error = InvalidExtraMembers;

    fn try_from(members: Vec<(String, RawJson)>) -> Result<Self, Self::Error> {
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        let problem = Self::problems(&names).next();
        problem.map_or(Ok(Self(members)), Err)
    }
}

/// The error for a member that is not allowed in [`ExtraMembers`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExtraMembers {
    /// Every create already has this member.
    #[error("{name:?} is a member of every create; set it by its own key")]
    Standard {
        /// The member's name.
        name: String,
    },
    /// The name is a duplicate.
    #[error("duplicate key {name:?}")]
    Twice {
        /// The member's name.
        name: String,
    },
    /// The name contains U+0000.
    #[error("{name:?} holds {}; remove it", Shown('\0'))]
    Nul {
        /// The member's name.
        name: String,
    },
}

impl InvalidExtraMembers {
    /// The name of the invalid member.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Standard { name } | Self::Twice { name } | Self::Nul { name } => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_only_between_tokens() {
        for (given, kept) in [
            ("{}", "{}"),
            ("{ \"a b\" :\t1 ,\r\n\"c\\\" d\": \" \\\\\" }", "{\"a b\":1,\"c\\\" d\":\" \\\\\"}"),
            (" 1e300 ", "1e300"),
            ("\"\\\\\" ", "\"\\\\\""),
        ] {
            assert_eq!(given.parse::<RawJson>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_hardly_any_reader_takes_is_refused_with_its_place() {
        let levels = |count| ["[", "]"].map(|bracket| bracket.repeat(count)).concat();
        assert!(levels(127).parse::<RawJson>().is_ok());
        for (json, reason) in [
            ("[1e309]", "number out of range at line 1 column 6"),
            (&*levels(128), "recursion limit exceeded at line 1 column 128"),
        ] {
            let error = json.parse::<RawJson>().unwrap_err();
            assert_eq!(error, InvalidRawJson::Unreadable { reason: reason.to_owned() });
        }
    }

    #[test]
    fn what_the_api_sent_is_kept_and_can_be_written_again() {
        for (sent, kept) in [
            (r#"{"a": "\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
            (r#"{"\ud800": "é\u0000\udfff"}"#, r#"{"\ufffd":"é\ufffd\ufffd"}"#),
        ] {
            let value: &RawValue = serde_json::from_str(sent).unwrap();
            let json = RawJson::received(value);
            assert_eq!(json.as_str(), kept);
            assert_eq!(kept.parse(), Ok(json));
        }
    }

    #[test]
    fn a_member_stands_once() {
        let one: RawJson = "1".parse().unwrap();
        let twice = vec![("a".to_owned(), one.clone()), ("a".to_owned(), one)];
        let error = ExtraMembers::try_from(twice).unwrap_err();
        assert_eq!(error.to_string(), r#"duplicate key "a""#);
        assert_eq!(error.name(), "a");
    }
}
