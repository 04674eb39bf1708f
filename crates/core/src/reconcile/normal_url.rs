//! The normal form in which two URLs are compared (RFC 3986, section 6.2). URLs are sent as
//! written.

use std::fmt::Write;

use url::Url;

/// The parts of a URL in normal form.
///
/// Scheme and host are in lower case, the host is in its ASCII form, a default port and the
/// fragment are removed, dot segments are resolved, an empty path is `/`, and percent-encoding is
/// in upper case and used only where needed. An encoded reserved character stays distinct from a
/// plain one, and `/a` from `/a/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NormalUrl {
    /// Scheme, host and port, such as `https://example.com:8080`.
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
}

impl NormalUrl {
    /// `None` for anything but an absolute `http` or `https` URL with a host.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => "80",
            "https" => "443",
            _ => return None,
        };
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (format!("{user}@"), host),
            None => (String::new(), authority),
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (host, ""),
        };
        let host = if is_plain_name(host) {
            host.to_ascii_lowercase()
        } else {
            Url::parse(&format!("http://{host}/")).ok()?.host_str()?.to_owned()
        };
        let port = port.trim_start_matches('0');
        let port = if port.is_empty() || port == default_port { String::new() } else { format!(":{port}") };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(encoded(query))),
            None => (rest, None),
        };
        Some(Self {
            origin: format!("{scheme}://{user}{host}{port}"),
            path: without_dot_segments(&encoded(path)),
            query,
        })
    }

    /// The whole URL as text.
    pub(crate) fn text(&self) -> String {
        let Self { origin, path, query } = self;
        match query {
            Some(query) => format!("{origin}{path}?{query}"),
            None => format!("{origin}{path}"),
        }
    }
}

/// Whether a host is an ASCII DNS name that can differ in letter case only: not an address, and
/// nothing encoded. Most hosts are, and parsing one takes longer than everything else.
fn is_plain_name(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    host.bytes().all(is_plain)
        && last.starts_with(|first: char| first.is_ascii_alphabetic())
        && !host
            .split('.')
            .any(|label| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--")))
}

/// Percent-encodes where needed and nowhere else, in upper case.
fn encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let plain = |byte: u8| unreserved(byte) || b"!$&'()*+,;=:@/?".contains(&byte);
    let mut result = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let (byte, keep) = match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
                let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default();
                let byte = u8::try_from(digit(high) * 16 + digit(low)).unwrap_or_default();
                (byte, unreserved(byte))
            }
            _ => (*first, plain(*first)),
        };
        if keep {
            result.push(char::from(byte));
        } else {
            let _ = write!(result, "%{byte:02X}");
        }
    }
    result
}

/// Removes dot segments by RFC 3986, section 5.2.4; an empty path becomes `/`.
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Decodes one level of HTML escapes of `&`: some services return URLs with them (*inferred*).
pub(crate) fn without_html_escape(text: &str) -> String {
    text.replace("&amp;", "&").replace("&#38;", "&").replace("&#x26;", "&")
}

/// Whether a text is the beginning of a URL that was truncated, in one of the forms in which a
/// server may have stored it, with or without an HTML escape.
pub(crate) fn is_cut_of(found: &str, forms: [&str; 2]) -> bool {
    let is_start = |form: &str| form.len() > found.len() && form.starts_with(found);
    forms.iter().any(|form| is_start(form) || form.contains('&') && is_start(&form.replace('&', "&amp;")))
        && NormalUrl::of(found).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        NormalUrl::of(text).unwrap().text()
    }

    #[test]
    fn spellings_of_one_url_have_one_normal_form() {
        for (one, other) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://EXAMPLE.com/a", "https://example.com/a"),
            ("https://example.com:443/a", "https://example.com/a"),
            ("https://example.com:0443/a", "https://example.com/a"),
            ("http://example.com:80", "http://example.com/"),
            ("http://example.com:", "http://example.com/"),
            ("https://example.com?x=1", "https://example.com/?x=1"),
            ("https://example.com/a/./b/../c", "https://example.com/a/c"),
            ("https://example.com/a/%2e%2E/c", "https://example.com/c"),
            ("https://example.com/a/..", "https://example.com/"),
            ("https://example.com/a/b/.", "https://example.com/a/b/"),
            ("https://example.com/%7euser/%c3%a4", "https://example.com/~user/ä"),
            ("https://bücher.example/ä?q=ü", "https://xn--bcher-kva.example/%C3%A4?q=%C3%BC"),
            ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
            ("https://example.com/a#part", "https://example.com/a"),
            ("http://[::1]:80/x", "http://[0:0:0:0:0:0:0:1]/x"),
        ] {
            assert_eq!(normal(one), normal(other), "{one} and {other}");
        }
    }

    #[test]
    fn what_is_another_resource_stays_another() {
        for (one, other) in [
            ("https://example.com/a", "https://example.com/a/"),
            ("https://example.com/a", "https://example.com/A"),
            ("https://example.com/a%2Fb", "https://example.com/a/b"),
            ("https://example.com/?a=%26", "https://example.com/?a=&"),
            ("https://example.com/?a=%27", "https://example.com/?a='"),
            ("https://example.com/", "http://example.com/"),
            ("https://example.com/", "https://example.com:8443/"),
            ("https://example.com/", "https://example.com/?"),
            ("https://example.com/a//b", "https://example.com/a/b"),
            ("https://example.com./", "https://example.com/"),
            // These are not percent-encoding.
            ("https://example.com/%zz", "https://example.com/%00"),
            ("https://example.com/%4z", "https://example.com/%40"),
            ("https://example.com/%z4", "https://example.com/%04"),
            ("https://me@example.com/", "https://example.com/"),
        ] {
            assert_ne!(normal(one), normal(other), "{one} and {other}");
        }
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form() {
        for url in ["https://Bücher.example:444/a/../%7e%2f?x=%c3%a4&y", "http://x/%zz/100%"] {
            assert_eq!(normal(&normal(url)), normal(url));
        }
    }

    #[test]
    fn a_plain_name_is_what_a_parser_of_urls_makes_of_it() {
        for host in [
            "Example.COM",
            "a",
            "a.b-c_d.E9",
            "a..b",
            "example.com.",
            "-a.-b",
            "1.a",
            "a.1a",
            "a.0x1",
            "1.2.3.4",
            "0x7f.1",
            "a.b.1",
            "xn--bcher-kva.Example",
            "XN--bcher-kva.a",
            "a.xn--",
            "bücher.example",
            "a%41.b",
            "[::1]",
            "a b",
            "",
        ] {
            let parsed = Url::parse(&format!("http://{host}/")).ok();
            let parsed = parsed.as_ref().and_then(Url::host_str);
            assert!(
                !is_plain_name(host) || Some(&*host.to_ascii_lowercase()) == parsed,
                "{host:?}: {parsed:?}"
            );
        }
        assert!(is_plain_name("Example.COM.") && !is_plain_name("1.2.3.4") && !is_plain_name("xn--a.b"));
    }

    #[test]
    fn what_has_no_scheme_or_host_has_no_normal_form() {
        for text in ["", "/a", "ftp://example.com/", "https:///a", "https://", "mailto:x@example.com"] {
            assert_eq!(NormalUrl::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_cut_is_known_in_every_form_that_a_server_may_store() {
        let url = "https://bücher.example/hooks?a=1&token=0123456789";
        let normal = normal(url);
        let forms = [url, &*normal];
        for cut in [
            "https://bücher.example/hooks?a=1&tok",
            "https://bücher.example/hooks?a=1&amp;tok",
            "https://xn--bcher-kva.example/hooks?a=1&am",
        ] {
            assert!(is_cut_of(cut, forms), "{cut}");
        }
        for other in [url, "https://", "https://bücher.example/other", ""] {
            assert!(!is_cut_of(other, forms), "{other}");
        }
    }
}
