//! Which webhooks a manifest manages, by the beginning of their URLs.

use std::{fmt, str::FromStr};

use super::normal_url::{NormalUrl, without_html_escape};

/// The beginning of the URLs of the webhooks that a manifest manages: only these are ever pruned.
///
/// URLs are compared in normal form: scheme, host and port must be equal, the path must match up to
/// a `/`. `https://example.com/hooks` covers `/hooks`, `/hooks/a` and `/hooks?x`, but not
/// `/hooks2`.
///
/// # Errors
///
/// [`InvalidManagedPrefix`] from `parse` for anything but an absolute `http` or `https` URL with a
/// host, and for one with a query or a fragment.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::ManagedPrefix;
///
/// let prefix: ManagedPrefix = "https://example.com/hooks".parse()?;
/// assert!(prefix.covers("HTTPS://Example.com:443/hooks/leads?x=1"));
/// assert!(
///     !prefix.covers("https://example.com/hooks2")
///         && !prefix.covers("https://example.com.evil.example/hooks")
/// );
/// assert!("example.com".parse::<ManagedPrefix>().is_err());
/// # Ok::<(), leadsquared_webhooks_core::InvalidManagedPrefix>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPrefix {
    written: String,
    normal: NormalUrl,
}

impl ManagedPrefix {
    /// The prefix as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether the prefix covers a URL.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        NormalUrl::of(&without_html_escape(url)).is_some_and(|url| {
            let rest = url.path.strip_prefix(&self.normal.path);
            url.origin == self.normal.origin
                && rest.is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('/') || self.normal.path.ends_with('/')
                })
        })
    }
}

impl fmt::Display for ManagedPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for ManagedPrefix {
    type Err = InvalidManagedPrefix;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match NormalUrl::of(text) {
            Some(normal) if normal.query.is_none() && !text.contains('#') => {
                Ok(Self { written: text.to_owned(), normal })
            }
            _ => Err(InvalidManagedPrefix { text: text.to_owned() }),
        }
    }
}

/// The error for a string that is not a prefix of URLs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not the beginning of URLs; an http or https URL with a host and without a query is needed"
)]
pub struct InvalidManagedPrefix {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_at_a_slash_and_its_host_matches_whole() {
        let covers = |prefix: &str, url: &str| prefix.parse::<ManagedPrefix>().unwrap().covers(url);
        for (prefix, url) in [
            ("https://example.com", "https://example.com/a"),
            ("https://example.com", "https://example.com"),
            ("https://example.com/", "https://example.com/a"),
            ("https://example.com/a", "https://example.com/a?x=1"),
            ("https://example.com/a/", "https://example.com/a/b"),
            ("https://example.com:443/a", "https://EXAMPLE.com/a/b"),
        ] {
            assert!(covers(prefix, url), "{prefix} and {url}");
        }
        for (prefix, url) in [
            ("https://example.com", "https://example.com.evil.example/"),
            ("https://example.com", "https://example.community/"),
            ("https://example.com", "http://example.com/"),
            ("https://example.com", "https://example.com:8443/"),
            ("https://example.com/a", "https://example.com/ab"),
            ("https://example.com/a/", "https://example.com/a"),
            ("https://example.com/a", "https://example.com/a/../b"),
            ("https://example.com/a", "not a URL"),
        ] {
            assert!(!covers(prefix, url), "{prefix} and {url}");
        }
    }

    #[test]
    fn a_prefix_covers_what_an_answer_escapes_and_is_shown_as_it_was_written() {
        let written = "HTTPS://Example.com/a&b";
        let prefix: ManagedPrefix = written.parse().unwrap();
        assert_eq!((prefix.as_str(), prefix.to_string().as_str()), (written, written));
        assert!(prefix.covers("https://example.com/a&amp;b/c") && !prefix.covers("https://example.com/a"));
    }

    #[test]
    fn what_begins_no_url_is_refused() {
        for text in
            ["", "https://", "https:", "h", "example.com/", "ftp://x/", "https://x/?a", "https://x/#a"]
        {
            assert!(text.parse::<ManagedPrefix>().is_err(), "{text:?}");
        }
    }
}
