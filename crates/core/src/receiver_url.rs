//! Where the vendor will post.

use std::{fmt, str::FromStr};

use url::Url;

/// The absolute `http` or `https` URL that receives the deliveries.
///
/// Wire name `URL`, *documented*. It is sent exactly as it was written. Plain `http` is legal, and a
/// [warning](crate::WarningCode::InsecureReceiver). User info (`https://user:secret@…`) is refused by our own rule: the
/// vendor's page does not mention it, and custom headers are how a receiver authenticates a delivery.
///
/// # Errors
///
/// [`InvalidReceiverUrl`] from `parse`: what is wrong, with the value unless it holds a secret.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::ReceiverUrl;
///
/// let url: ReceiverUrl = "https://example.com/hooks?x=1".parse()?;
/// assert!(url.is_secure());
/// let error = "ftp://example.com".parse::<ReceiverUrl>().unwrap_err();
/// assert_eq!(error.to_string(), r#"scheme "ftp" is not http or https"#);
/// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReceiverUrl(String);

impl ReceiverUrl {
    /// The URL as it was written and as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether deliveries travel encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    }
}

impl fmt::Display for ReceiverUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ReceiverUrl {
    type Err = InvalidReceiverUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for ReceiverUrl {
    type Error = InvalidReceiverUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        check(&text).map(|()| Self(text))
    }
}

/// The rules of a browser's URL parser are lax (it drops white space, mends slashes): these are stricter.
fn check(text: &str) -> Result<(), InvalidReceiverUrl> {
    use InvalidReceiverUrl as Invalid;

    if text.trim().is_empty() {
        return Err(Invalid::Blank);
    }
    if let Some(found) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(Invalid::Character { found });
    }
    let Some((scheme, rest)) = split_scheme(text) else {
        return Err(Invalid::Relative { url: shown(text) });
    };
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(Invalid::Scheme { scheme: scheme.to_owned() });
    }
    let authority = rest
        .strip_prefix("//")
        .and_then(|rest| rest.split(['/', '?', '#', '\\']).next())
        .filter(|authority| !authority.is_empty() && !authority.starts_with(':'));
    let Some(authority) = authority else {
        return Err(Invalid::NoHost { url: shown(text) });
    };
    if authority.contains('@') {
        return Err(Invalid::UserInfo);
    }
    Url::parse(text)
        .map(|_| ())
        .map_err(|source| Invalid::Malformed { url: shown(text), reason: source.to_string() })
}

/// `scheme:rest` by RFC 3986, or nothing for a relative reference.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut characters = scheme.chars();
    let legal = characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    legal.then_some((scheme, rest))
}

/// The value for a message: without what stands before an `@`, which may be a password.
fn shown(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, after)) => format!("…@{after}"),
        None => text.to_owned(),
    }
}

/// Why a text is no [`ReceiverUrl`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReceiverUrl {
    /// Empty, or white space alone.
    #[error("blank; an absolute http or https URL is needed")]
    Blank,
    /// White space or a control character, which must be percent-encoded.
    #[error("holds {found:?}; white space and control characters must be percent-encoded")]
    Character {
        /// The first such character.
        found: char,
    },
    /// No scheme.
    #[error("{url:?} is relative; an absolute http or https URL is needed")]
    Relative {
        /// The value.
        url: String,
    },
    /// A scheme other than the two.
    #[error("scheme {scheme:?} is not http or https")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// Nothing between `//` and the path.
    #[error("{url:?} has no host; the form is https://host/path")]
    NoHost {
        /// The value.
        url: String,
    },
    /// A user name or password before the host. The value is not told, for it may be a secret.
    #[error("holds user info before the host; authenticate deliveries with a custom header")]
    UserInfo,
    /// Anything else that the URL standard forbids, such as a port above 65535.
    #[error("{url:?} is not a URL: {reason}")]
    Malformed {
        /// The value.
        url: String,
        /// What the parser says.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_vendor_takes_and_keeps_the_spelling() {
        for url in [
            "https://example.com",
            "HTTPS://Example.com/a?b=c#d",
            "http://[::1]:8080/x",
            "https://example.com/a@b",
            "https://bücher.example/ä",
        ] {
            assert_eq!(url.parse::<ReceiverUrl>().unwrap().as_str(), url);
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_never_shows_a_password() {
        for (url, problem) in [
            ("", "blank; an absolute http or https URL is needed"),
            ("https://a b", "holds ' '; white space and control characters must be percent-encoded"),
            ("/hooks", r#""/hooks" is relative; an absolute http or https URL is needed"#),
            ("1http://x", r#""1http://x" is relative; an absolute http or https URL is needed"#),
            ("ht!tp://x", r#""ht!tp://x" is relative; an absolute http or https URL is needed"#),
            ("x:secret@example.com", r#"scheme "x" is not http or https"#),
            (
                "user/secret@example.com",
                r#""…@example.com" is relative; an absolute http or https URL is needed"#,
            ),
            ("https:example.com", r#""https:example.com" has no host; the form is https://host/path"#),
            ("https:///path", r#""https:///path" has no host; the form is https://host/path"#),
            ("https://:80/", r#""https://:80/" has no host; the form is https://host/path"#),
            (
                "https://u:secret@example.com",
                "holds user info before the host; authenticate deliveries with a custom header",
            ),
            (
                "https://@example.com",
                "holds user info before the host; authenticate deliveries with a custom header",
            ),
            ("https://example.com:70000", r#""https://example.com:70000" is not a URL: invalid port number"#),
        ] {
            assert_eq!(url.parse::<ReceiverUrl>().unwrap_err().to_string(), problem, "{url}");
        }
    }

    #[test]
    fn only_https_is_secure() {
        assert!("HTTPS://example.com".parse::<ReceiverUrl>().unwrap().is_secure());
        assert!(!"http://https.example.com".parse::<ReceiverUrl>().unwrap().is_secure());
    }
}
