//! The content type of the deliveries to the receiver.

use std::{fmt, str::FromStr};

/// The content type of the bodies that the receiver gets.
///
/// Wire name `ContentType`. A closed set of three, *documented*. The default is `application/json`,
/// which LeadSquared's sample uses and which is the only one whose bodies were observed.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::ContentType;
///
/// assert_eq!("text/plain".parse(), Ok(ContentType::Text));
/// assert!("application/xml".parse::<ContentType>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ContentType {
    /// `application/json`, the default.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`. The format of such a body is unknown.
    Form,
    /// `text/plain`. The format of such a body is unknown.
    Text,
}

impl ContentType {
    /// All three, in the order of LeadSquared's documentation.
    pub const ALL: [Self; 3] = [Self::Json, Self::Form, Self::Text];

    /// The media type on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Text => "text/plain",
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentType {
    type Err = InvalidContentType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| InvalidContentType(text.to_owned()))
    }
}

/// The error for a string that is none of the three content types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not application/json, application/x-www-form-urlencoded or text/plain")]
pub struct InvalidContentType(String);
