//! The keys of a call: their place, validity and encoding.

use std::{borrow::Cow, fmt};

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::{query, requests::KeysForm};

/// An account's keys. `Debug` shows neither.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([REDACTED])")
    }
}

/// The access key and the secret key, each if present.
type Pair<K> = [Option<K>; 2];

/// The keys that a request presents.
pub(crate) struct Presented<'r> {
    in_query: Pair<Cow<'r, [u8]>>,
    in_headers: Pair<&'r [u8]>,
    /// Whether a key in the query holds a character that must be percent-encoded. A raw `$` made
    /// LeadSquared's server drop requests silently (*observed*).
    pub(crate) unencoded: bool,
}

impl<'r> Presented<'r> {
    /// Reads the keys of a request; both places are *documented*.
    pub(crate) fn read(query: &'r str, headers: &'r HeaderMap) -> Self {
        let in_query = ["accessKey", "secretKey"].map(|name| query::raw(query, name));
        Self {
            in_query: in_query.map(|value| value.map(|value| Cow::from(percent_decode_str(value)))),
            in_headers: ["x-lsq-accesskey", "x-lsq-secretkey"]
                .map(|name| headers.get(name).map(http::HeaderValue::as_bytes)),
            unencoded: in_query.into_iter().flatten().any(is_unencoded),
        }
    }

    /// Returns where the keys are.
    pub(crate) fn form(&self) -> KeysForm {
        match (self.in_query.iter().any(Option::is_some), self.in_headers.iter().any(Option::is_some)) {
            (false, false) => KeysForm::Missing,
            (true, false) => KeysForm::Query,
            (false, true) => KeysForm::Headers,
            (true, true) => KeysForm::Both,
        }
    }

    /// Returns the keys of each place.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = Pair<&[u8]>> {
        [self.in_query.each_ref().map(Option::as_deref), self.in_headers].into_iter()
    }
}

/// Returns whether a query value holds anything but RFC 3986's unreserved characters and `%XX`.
fn is_unencoded(value: &str) -> bool {
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let legal = match byte {
            b'%' => {
                bytes.next().is_some_and(|hex| hex.is_ascii_hexdigit())
                    && bytes.next().is_some_and(|hex| hex.is_ascii_hexdigit())
            }
            other => other.is_ascii_alphanumeric() || b"-._~".contains(&other),
        };
        if !legal {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_keys_in_either_place() {
        let in_headers = [("x-LSQ-AccessKey", "u$r"), ("x-LSQ-SecretKey", "s+1")];
        let (both, none): (Pair<&[u8]>, Pair<&[u8]>) = ([Some(b"u$r"), Some(b"s+1")], [None, None]);
        for (query, headers, form, pairs, unencoded) in [
            ("accessKey=u%24r&secretKey=s%2B1", &[][..], KeysForm::Query, [both, none], false),
            ("secretKey=s%2b1&accessKey=u%24r", &[], KeysForm::Query, [both, none], false),
            ("accessKey=u$r&secretKey=s%2B1", &[], KeysForm::Query, [both, none], true),
            ("accessKey=u%24r&secretKey=s+1", &[], KeysForm::Query, [both, none], true),
            ("accessKey=u%2&secretKey=%zz", &[], KeysForm::Query, [[Some(b"u%2"), Some(b"%zz")], none], true),
            ("accessKey=u%24r", &[], KeysForm::Query, [[Some(b"u$r"), None], none], false),
            ("", &[], KeysForm::Missing, [none, none], false),
            ("", &in_headers, KeysForm::Headers, [none, both], false),
            ("accessKey=x", &in_headers, KeysForm::Both, [[Some(b"x"), None], both], false),
        ] {
            let headers =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            let presented = Presented::read(query, &headers);
            assert_eq!(presented.form(), form, "{query}");
            assert!(presented.pairs().eq(pairs), "{query}");
            assert_eq!(presented.unencoded, unencoded, "{query}");
        }
    }
}
