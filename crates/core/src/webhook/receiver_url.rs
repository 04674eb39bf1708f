//! The URL that LeadSquared posts to.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

use crate::text::characters::{Shown, forbidden_in_url};

/// The absolute `http` or `https` URL that receives the deliveries.
///
/// Wire name `URL`, *documented*. It is sent exactly as written. Plain `http` is legal, and a
/// [warning](crate::WarningCode::InsecureReceiver). User info (`https://user:secret@…`) is refused
/// by this library: LeadSquared's documentation does not mention it, and custom headers are the way
/// for a receiver to authenticate a delivery. URLs that two parsers read differently are refused
/// too: ASCII outside RFC 3986, a `%` without two hexadecimal digits, a host that is neither a DNS
/// name nor an address in its usual form, port 0. Non-ASCII text, `_` in a host, one trailing dot
/// after it and IPv6 addresses are accepted.
///
/// **A secret in its query** (`?secret=…`, as some receivers require) is shown in full by
/// [`as_str`](Self::as_str), [`Display`](fmt::Display), the wire, drafts, and anything that lists
/// the account's webhooks, because the API returns it to everybody who may list them. `Debug`,
/// [`masked`](Self::masked), errors and logs do not show the values of the query.
///
/// # Errors
///
/// [`InvalidReceiverUrl`] from `parse`: what is wrong, with the value unless it contains a secret.
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
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReceiverUrl {
    text: String,
    private: bool,
}

impl ReceiverUrl {
    /// The URL as written and as sent, with the values of its query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL for errors and logs: without the values of its query and without its fragment.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::ReceiverUrl;
    ///
    /// let url: ReceiverUrl = "https://example.com/hooks?team=a&secret=s3cr3t".parse()?;
    /// assert_eq!(url.masked(), "https://example.com/hooks?team=…&secret=…");
    /// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
    /// ```
    #[must_use]
    pub fn masked(&self) -> String {
        masked(&self.text)
    }

    /// Whether deliveries are encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.text.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    }

    /// Whether the URL has a fragment, which is never sent.
    pub(crate) fn has_fragment(&self) -> bool {
        self.text.contains('#')
    }

    /// Whether the host is not reachable from the internet: `localhost`, or a loopback, private,
    /// link-local or unspecified address.
    pub(crate) const fn is_private(&self) -> bool {
        self.private
    }
}

/// Whether a host is not reachable from the internet.
fn is_private_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => is_private(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_private(IpAddr::V6(*address).to_canonical()),
    }
}

/// Whether an address belongs to the host itself or to a network outside the internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            // The last is shared address space within a provider's network (RFC 6598).
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || matches!(v4.octets(), [100, 64..=127, _, _])
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}

impl fmt::Debug for ReceiverUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReceiverUrl").field(&self.masked()).finish()
    }
}

impl fmt::Display for ReceiverUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
        check(&text).map(|private| Self { text, private })
    }
}

/// Checks a URL. The rules are stricter than those of a browser's URL parser, which drops white
/// space and repairs slashes.
///
/// Returns whether the host is [private](ReceiverUrl::is_private).
fn check(text: &str) -> Result<bool, InvalidReceiverUrl> {
    use InvalidReceiverUrl as Invalid;

    if text.trim().is_empty() {
        return Err(Invalid::Blank);
    }
    if let Some(found) = forbidden_in_url(text) {
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
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .filter(|authority| !authority.is_empty() && !authority.starts_with(':'));
    let Some(authority) = authority else {
        return Err(Invalid::NoHost { url: shown(text) });
    };
    if authority.contains('@') {
        return Err(Invalid::UserInfo);
    }
    if has_bad_escape(text) {
        return Err(Invalid::Escape);
    }
    let url = Url::parse(text)
        .map_err(|source| Invalid::Malformed { url: shown(text), reason: source.to_string() })?;
    let Some(host) = url.host() else {
        return Err(Invalid::NoHost { url: shown(text) });
    };
    check_host(authority, &host)?;
    if url.port() == Some(0) { Err(Invalid::PortZero) } else { Ok(is_private_host(&host)) }
}

/// Whether some `%` is not followed by two hexadecimal digits. Its position is not reported,
/// because it may be within a secret.
fn has_bad_escape(text: &str) -> bool {
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    text.split('%').skip(1).any(|after| !is_hex(after.as_bytes().first()) || !is_hex(after.as_bytes().get(1)))
}

/// Checks that a host is a DNS name in ASCII form (RFC 1035 and 1123, plus `_`), or an address in
/// its usual form.
fn check_host(authority: &str, parsed: &Host<&str>) -> Result<(), InvalidReceiverUrl> {
    use InvalidReceiverUrl as Invalid;

    // For an IPv6 address this may be a part of it, which is not used.
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let label = |label: &str| Err(Invalid::HostLabel { host: host.to_owned(), label: label.to_owned() });
    if host.contains('%') {
        return label(host);
    }
    match parsed {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let fits = |part: &str| {
                (1..=63).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            };
            match name.split('.').find(|part| !fits(part)) {
                Some(part) => label(part),
                None if name.len() > 253 => Err(Invalid::LongHost { length: name.len() }),
                None => Ok(()),
            }
        }
        Host::Ipv4(address) if host.strip_suffix('.').unwrap_or(host) != address.to_string() => {
            Err(Invalid::UnusualAddress { host: host.to_owned(), address: address.to_string() })
        }
        Host::Ipv4(_) | Host::Ipv6(_) => Ok(()),
    }
}

/// `scheme:rest` by RFC 3986; `None` for a relative reference.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut characters = scheme.chars();
    let legal = characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    legal.then_some((scheme, rest))
}

/// A text that is possibly not a URL, for a message: masked, and without everything before an `@`,
/// which may be a password.
pub(crate) fn shown(text: &str) -> String {
    match text.rsplit_once('@') {
        // After an @ in what looks like a query, the rest of a value may follow.
        Some((before, _)) if before.contains(['?', '#']) => "…".to_owned(),
        Some((_, after)) => format!("…@{}", masked(after)),
        None => masked(text),
    }
}

/// A URL without the values of its query and without its fragment.
fn masked(url: &str) -> String {
    let (before, fragment) = match url.split_once('#') {
        Some((before, _)) => (before, "#…"),
        None => (url, ""),
    };
    let Some((before, query)) = before.split_once('?') else {
        return format!("{before}{fragment}");
    };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) => format!("{name}=…"),
        // A part without `=` may be a key, or a secret.
        None if part.is_empty() => String::new(),
        None => "…".to_owned(),
    });
    format!("{before}?{}{fragment}", parts.collect::<Vec<_>>().join("&"))
}

/// Why a string is not a [`ReceiverUrl`]. Values of a query are never included.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReceiverUrl {
    /// Empty, or only white space.
    #[error("blank; an absolute http or https URL is needed")]
    Blank,
    /// White space, a control or an invisible character, or ASCII outside RFC 3986.
    #[error("holds {}; remove it or percent-encode it", Shown(*found))]
    Character {
        /// The first such character.
        found: char,
    },
    /// No scheme.
    #[error("{url:?} is relative; an absolute http or https URL is needed")]
    Relative {
        /// The value, masked.
        url: String,
    },
    /// A scheme other than `http` or `https`.
    #[error("scheme {scheme:?} is not http or https")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// Nothing between `//` and the path.
    #[error("{url:?} has no host; the form is https://host/path")]
    NoHost {
        /// The value, masked.
        url: String,
    },
    /// A user name or password before the host. The value is not included, because it may be a
    /// secret.
    #[error("holds user info before the host; authenticate deliveries with a custom header")]
    UserInfo,
    /// A `%` that is not followed by two hexadecimal digits.
    #[error("holds a % that two hexadecimal digits do not follow; write % itself as %25")]
    Escape,
    /// A label of the host name that is not valid in DNS, in its ASCII form.
    #[error(
        "host {host:?} has the label {label:?}; 1 to 63 letters, digits, hyphens and underscores are needed"
    )]
    HostLabel {
        /// The host as written.
        host: String,
        /// The label.
        label: String,
    },
    /// A host name that is too long for DNS.
    #[error("the host is {length} characters long; DNS takes at most 253")]
    LongHost {
        /// Its length in ASCII form.
        length: usize,
    },
    /// An IPv4 address in a form that some parsers read as a name and others as an address.
    #[error("host {host:?} is read as an address by some and as a name by others; write it as {address}")]
    UnusualAddress {
        /// The host as written.
        host: String,
        /// The address.
        address: String,
    },
    /// Port 0, which cannot be connected to.
    #[error("port 0 cannot be connected to; a port from 1 to 65535 is needed")]
    PortZero,
    /// Anything else that the URL standard forbids, such as a port above 65535.
    #[error("{url:?} is not a URL: {reason}")]
    Malformed {
        /// The value, masked.
        url: String,
        /// The parser's message.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_every_parser_reads_alike_and_keeps_the_spelling() {
        let label = "a".repeat(63);
        for url in [
            "https://example.com",
            "HTTPS://Example.com/a?b=c#d",
            "http://[::1]:8080/x",
            "https://[2001:db8::1]",
            "https://example.com/a@b",
            "https://bücher.example/ä?ö=ü#ß",
            "https://my_host.example",
            "https://example.com./",
            "https://-a.example:443",
            "https://192.0.2.10:1/",
            "https://localhost",
            "https://example.com/?a[]=1&b=!$'()*+,;:@~%2f",
            &format!("https://{label}.example"),
            &format!("https://{label}.{label}.{label}.{}.", "a".repeat(61)),
        ] {
            assert_eq!(url.parse::<ReceiverUrl>().unwrap().as_str(), url);
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_never_shows_a_secret() {
        let long = format!("https://{}.example", "a".repeat(64));
        let bucher = format!("https://{}.example", "ü".repeat(60));
        let longest = format!("https://{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(62));
        for (url, problem) in [
            ("", "blank; an absolute http or https URL is needed"),
            ("https://a b", "holds U+0020 (white space); remove it or percent-encode it"),
            (r"https://a\b", r"holds '\\'; remove it or percent-encode it"),
            ("https://a/\u{200b}", "holds U+200B (an invisible character); remove it or percent-encode it"),
            ("/hooks", r#""/hooks" is relative; an absolute http or https URL is needed"#),
            (
                "/hooks?secret=canary&canary#canary",
                r#""/hooks?secret=…&…#…" is relative; an absolute http or https URL is needed"#,
            ),
            ("/hooks?a@b=canary", r#""…" is relative; an absolute http or https URL is needed"#),
            ("1http://x", r#""1http://x" is relative; an absolute http or https URL is needed"#),
            ("ht!tp://x", r#""ht!tp://x" is relative; an absolute http or https URL is needed"#),
            ("x:canary@example.com", r#"scheme "x" is not http or https"#),
            (
                "user/canary@example.com?x=canary",
                r#""…@example.com?x=…" is relative; an absolute http or https URL is needed"#,
            ),
            ("https:example.com", r#""https:example.com" has no host; the form is https://host/path"#),
            ("https:///path", r#""https:///path" has no host; the form is https://host/path"#),
            ("https://:80/", r#""https://:80/" has no host; the form is https://host/path"#),
            (
                "https://u:canary@example.com",
                "holds user info before the host; authenticate deliveries with a custom header",
            ),
            (
                "https://@example.com",
                "holds user info before the host; authenticate deliveries with a custom header",
            ),
            (
                "https://example.com?x=canary%2",
                "holds a % that two hexadecimal digits do not follow; write % itself as %25",
            ),
            (
                "https://example.com/100%",
                "holds a % that two hexadecimal digits do not follow; write % itself as %25",
            ),
            (
                "https://example.com/%é1",
                "holds a % that two hexadecimal digits do not follow; write % itself as %25",
            ),
            (
                "https://example.com:70000?x=canary",
                r#""https://example.com:70000?x=…" is not a URL: invalid port number"#,
            ),
            ("https://example.com:0/", "port 0 cannot be connected to; a port from 1 to 65535 is needed"),
        ] {
            assert_eq!(url.parse::<ReceiverUrl>().unwrap_err().to_string(), problem, "{url}");
        }
        for (url, label) in [
            ("https://a..example", ""),
            ("https://.example", ""),
            ("https://example.com..", ""),
            ("https://.", ""),
            ("https://*.example.com", "*"),
            ("https://a!b.example", "a!b"),
            ("https://ex%61mple.com", "ex%61mple.com"),
            (&long, &"a".repeat(64)),
            (&bucher, &format!("xn--tda{}", "a".repeat(59))),
        ] {
            let error = url.parse::<ReceiverUrl>().unwrap_err();
            let InvalidReceiverUrl::HostLabel { label: found, .. } = &error else {
                panic!("{url}: {error:?}")
            };
            assert_eq!(found, label, "{url}");
        }
        assert_eq!(longest.parse::<ReceiverUrl>(), Err(InvalidReceiverUrl::LongHost { length: 254 }));
        for host in ["127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "１２７.0.0.1"] {
            let error = format!("https://{host}/").parse::<ReceiverUrl>().unwrap_err();
            let address = "127.0.0.1".to_owned();
            assert_eq!(error, InvalidReceiverUrl::UnusualAddress { host: host.to_owned(), address });
        }
    }

    #[test]
    fn only_https_is_secure() {
        assert!("HTTPS://example.com".parse::<ReceiverUrl>().unwrap().is_secure());
        assert!(!"http://https.example.com".parse::<ReceiverUrl>().unwrap().is_secure());
    }

    #[test]
    fn a_host_is_private_when_the_internet_does_not_reach_it() {
        let private =
            |host: &str| format!("https://{host}:8443/x").parse::<ReceiverUrl>().unwrap().is_private();
        for host in [
            "localhost",
            "LocalHost.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "0.0.0.0",
            "100.64.0.1",
            "100.127.255.255",
            "[::1]",
            "[::]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(private(host), "{host}");
        }
        for host in [
            "example.com",
            "localhost.example",
            "mylocalhost",
            "172.32.0.1",
            "192.0.2.10",
            "100.63.0.1",
            "100.128.0.1",
            "[2001:db8::1]",
            "[::ffff:192.0.2.1]",
        ] {
            assert!(!private(host), "{host}");
        }
    }

    #[test]
    fn a_masked_url_has_no_value_of_its_query() {
        for (url, masked) in [
            ("https://example.com/a@b", "https://example.com/a@b"),
            ("https://example.com?", "https://example.com?"),
            (
                "https://example.com/?a=canary&b=&canary&&c=canary=canary?canary",
                "https://example.com/?a=…&b=…&…&&c=…",
            ),
            ("https://example.com/#canary?canary=canary", "https://example.com/#…"),
            ("https://example.com/?a=canary#canary", "https://example.com/?a=…#…"),
        ] {
            let url: ReceiverUrl = url.parse().unwrap();
            assert_eq!(url.masked(), masked);
            assert_eq!(format!("{url:?}"), format!("ReceiverUrl({masked:?})"));
        }
    }
}
