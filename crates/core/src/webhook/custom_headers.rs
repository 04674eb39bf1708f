//! The headers that LeadSquared adds to each delivery, by which a receiver authenticates it.

use std::{fmt, str::FromStr};

use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};

use crate::text::characters::forbidden_in_header_value;

/// The custom headers of a webhook: zero to ten, in order; names may repeat.
///
/// Wire name `CustomHeaders`, an array of `{"Key", "Value"}` in one of [two
/// forms](CustomHeadersForm). The limit of ten and the repetition (in LeadSquared's own sample) are
/// *documented*.
///
/// # Errors
///
/// [`TooManyCustomHeaders`] from `try_from` for more than ten.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{CustomHeader, CustomHeaders};
///
/// let header = CustomHeader::parse("x-api-key", "a-secret")?;
/// assert!(CustomHeaders::try_from(vec![header.clone(); 10]).is_ok());
/// assert!(CustomHeaders::try_from(vec![header.clone(); 11]).is_err());
/// assert_eq!(
///     format!("{header:?}"),
///     r#"CustomHeader { name: CustomHeaderName("x-api-key"), value: [REDACTED] }"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomHeaders(Vec<CustomHeader>);

impl CustomHeaders {
    /// The maximum number of a webhook's custom headers, *documented*.
    pub const MAX: usize = 10;

    /// The headers, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[CustomHeader] {
        &self.0
    }

    pub(crate) fn check_count(count: usize) -> Result<(), TooManyCustomHeaders> {
        if count > Self::MAX { Err(TooManyCustomHeaders { count }) } else { Ok(()) }
    }

    /// Whether an earlier header has the same name as the one at this index, ignoring case.
    pub(crate) fn is_repeated(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|this| {
            self.0.iter().take(index).any(|earlier| earlier.name.0.eq_ignore_ascii_case(&this.name.0))
        })
    }
}

impl TryFrom<Vec<CustomHeader>> for CustomHeaders {
    type Error = TooManyCustomHeaders;

    fn try_from(headers: Vec<CustomHeader>) -> Result<Self, Self::Error> {
        Self::check_count(headers.len()).map(|()| Self(headers))
    }
}

/// The error for more than ten custom headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} headers; at most {} are allowed", CustomHeaders::MAX)]
pub struct TooManyCustomHeaders {
    /// The number of headers.
    pub count: usize,
}

/// The format of the custom headers in a create or an update: a client setting.
///
/// LeadSquared's documentation contradicts itself, and no response to either form was seen. If an
/// account accepts the array but delivers no headers, it needs the other form.
///
/// # Errors
///
/// [`InvalidCustomHeadersForm`] from `parse` for another name; `-` is accepted for `_`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{
///     CustomHeader, CustomHeadersForm, Encoding, NewWebhook, Trigger, request,
/// };
///
/// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate)
///     .custom_headers(vec![CustomHeader::parse("x-a", "1")?].try_into()?)
///     .build();
/// let sent = |custom_headers_form| {
///     let encoding = Encoding { custom_headers_form, ..Encoding::default() };
///     String::from_utf8(request::create(&webhook, encoding).into_body())
/// };
/// assert!(sent("array".parse()?)?.ends_with(r#""CustomHeaders":[{"Key":"x-a","Value":"1"}]}"#));
/// assert!(
///     sent("json_string".parse()?)?
///         .ends_with(r#""CustomHeaders":"[{\"Key\":\"x-a\",\"Value\":\"1\"}]"}"#)
/// );
/// assert!("text".parse::<CustomHeadersForm>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CustomHeadersForm {
    /// `array`: an array of objects, *documented* by the sample in LeadSquared's documentation. The
    /// default.
    #[default]
    Array,
    /// `json_string`: the same array as a string that contains its JSON. *Documented* by the text
    /// of the same page ("are strings in JSON format"); that the text means this form is
    /// *inferred*, because `WebhookProperties` is such a string.
    JsonString,
}

impl CustomHeadersForm {
    /// Both forms.
    pub const ALL: [Self; 2] = [Self::Array, Self::JsonString];

    /// The stable name: `array` or `json_string`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::JsonString => "json_string",
        }
    }
}

impl fmt::Display for CustomHeadersForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CustomHeadersForm {
    type Err = InvalidCustomHeadersForm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.replace('-', "_");
        Self::ALL
            .into_iter()
            .find(|form| form.as_str() == name)
            .ok_or_else(|| InvalidCustomHeadersForm(text.to_owned()))
    }
}

/// The error for a string that names neither form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not array or json_string")]
pub struct InvalidCustomHeadersForm(String);

/// One header of each delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomHeader {
    /// The name, wire name `Key`.
    pub name: CustomHeaderName,
    /// The value, wire name `Value`.
    pub value: CustomHeaderValue,
}

impl CustomHeader {
    /// Parses a name and a value.
    ///
    /// # Errors
    ///
    /// [`InvalidCustomHeader`] for the first of the two that is invalid in HTTP.
    pub fn parse(name: &str, value: &str) -> Result<Self, InvalidCustomHeader> {
        Ok(Self { name: name.parse()?, value: value.parse()? })
    }
}

/// Why a name and a value are not a [`CustomHeader`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCustomHeader {
    /// The name is invalid.
    #[error("name: {0}")]
    Name(#[from] InvalidCustomHeaderName),
    /// The value is invalid.
    #[error("value: {0}")]
    Value(#[from] InvalidCustomHeaderValue),
}

/// The name of a header: an RFC 9110 token, sent in the given letter case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomHeaderName(String);

impl CustomHeaderName {
    /// The name as given and as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a delivery has a header of this name that is not the custom one: HTTP frames a
    /// message by it or limits it to one connection (RFC 9110, 7.6.1), or the webhook's content
    /// type determines it.
    pub(crate) fn is_of_http(&self) -> bool {
        const OF_HTTP: [&str; 11] = [
            "Connection",
            "Content-Length",
            "Content-Type",
            "Expect",
            "Host",
            "Keep-Alive",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
        ];
        OF_HTTP.iter().any(|name| name.eq_ignore_ascii_case(&self.0))
    }
}

impl FromStr for CustomHeaderName {
    type Err = InvalidCustomHeaderName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match HeaderName::from_bytes(text.as_bytes()) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(InvalidCustomHeaderName { name: text.to_owned() }),
        }
    }
}

/// The error for a header name that HTTP does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not an HTTP field name; letters, digits and !#$%&'*+-.^_`|~ are allowed")]
pub struct InvalidCustomHeaderName {
    name: String,
}

/// The value of a header: a secret that no output of this library shows.
///
/// Legal by RFC 9110: no control character except a tab, no leading or trailing white space; it may
/// be empty. Non-ASCII text is legal, except for control and invisible characters; the encoding in
/// which LeadSquared sends it is unknown.
///
/// # Errors
///
/// [`InvalidCustomHeaderValue`] from `parse`, which reports position and reason, never the value.
#[derive(Clone)]
pub struct CustomHeaderValue(SecretString);

impl CustomHeaderValue {
    /// The secret itself, for sending it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for CustomHeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl PartialEq for CustomHeaderValue {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for CustomHeaderValue {}

impl FromStr for CustomHeaderValue {
    type Err = InvalidCustomHeaderValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with([' ', '\t']) || text.ends_with([' ', '\t']) {
            return Err(InvalidCustomHeaderValue::Untrimmed);
        }
        match forbidden_in_header_value(text) {
            Some((at, found)) if found.is_control() => Err(InvalidCustomHeaderValue::Control { at }),
            Some((at, _)) => Err(InvalidCustomHeaderValue::Invisible { at }),
            None => Ok(Self(SecretString::from(text))),
        }
    }
}

/// The error for a header value that HTTP does not allow or that has an invisible character. It
/// never contains the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCustomHeaderValue {
    /// A control character, such as a line break.
    #[error("holds a control character at byte {at}; HTTP allows visible characters, spaces and tabs")]
    Control {
        /// The byte offset.
        at: usize,
    },
    /// A character that Unicode classifies as format or default-ignorable, such as a zero-width
    /// space.
    #[error("holds an invisible character at byte {at}; remove it")]
    Invisible {
        /// The byte offset.
        at: usize,
    },
    /// Leading or trailing white space, which HTTP strips.
    #[error("begins or ends with white space, which HTTP strips")]
    Untrimmed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_value_that_http_allows() {
        for value in ["", "a", "a b\tc", "$€ü", "a\u{a0}b"] {
            assert_eq!(value.parse::<CustomHeaderValue>().unwrap().expose(), value);
        }
    }

    #[test]
    fn refuses_a_value_that_http_forbids_and_says_where() {
        for (value, refused) in [
            ("ab\r\nx: y", InvalidCustomHeaderValue::Control { at: 2 }),
            ("\0", InvalidCustomHeaderValue::Control { at: 0 }),
            ("a\u{7f}", InvalidCustomHeaderValue::Control { at: 1 }),
            ("é\u{85}", InvalidCustomHeaderValue::Control { at: 2 }),
            ("canary\u{200b}", InvalidCustomHeaderValue::Invisible { at: 6 }),
            ("\u{feff}canary", InvalidCustomHeaderValue::Invisible { at: 0 }),
            (" a", InvalidCustomHeaderValue::Untrimmed),
            ("a\t", InvalidCustomHeaderValue::Untrimmed),
        ] {
            assert_eq!(value.parse::<CustomHeaderValue>(), Err(refused), "{value:?}");
        }
    }

    #[test]
    fn the_bytes_of_a_value_are_those_that_http_allows() {
        for byte in 0..=u8::MAX {
            let Ok(text) = str::from_utf8(std::slice::from_ref(&byte)) else { continue };
            let within = format!("a{text}b");
            assert_eq!(
                within.parse::<CustomHeaderValue>().is_ok(),
                http::HeaderValue::from_str(&within).is_ok() || byte >= 0x80,
                "{byte}"
            );
        }
    }

    #[test]
    fn a_name_is_a_token_in_its_own_letter_case() {
        assert_eq!("X-Api-Key".parse::<CustomHeaderName>().unwrap().as_str(), "X-Api-Key");
        for name in ["", "x y", "x:", "ü", "x\n"] {
            assert!(name.parse::<CustomHeaderName>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn values_are_compared_and_never_shown() {
        let header = |value| CustomHeader::parse("x", value).unwrap();
        assert_eq!(header("canary"), header("canary"));
        assert_ne!(header("canary"), header("other"));
        assert!(!format!("{:?}", CustomHeaders::try_from(vec![header("canary")])).contains("canary"));
    }
}
