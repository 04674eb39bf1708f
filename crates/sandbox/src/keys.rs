//! The keys of a call: where they are, whether they are right, and how they were written.

use std::{borrow::Cow, fmt};

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::requests::KeysForm;

/// The account's keys. `Debug` shows neither.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account([REDACTED])")
    }
}

/// What a request says of its keys.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    pub(crate) form: KeysForm,
    /// Both keys are right.
    pub(crate) right: bool,
    /// A key in the query holds a character that must be percent-encoded. A raw `$` made the vendor's server drop
    /// requests silently (*observed*).
    pub(crate) unencoded: bool,
}

impl Account {
    /// Reads the keys of a request; both places are *documented*.
    pub(crate) fn read(&self, query: &str, headers: &HeaderMap) -> Presented {
        let raw = |name: &str| {
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)
        };
        let in_query = [raw("accessKey"), raw("secretKey")].map(|pair| pair.map(|(_, value)| value));
        let in_headers = ["x-lsq-accesskey", "x-lsq-secretkey"]
            .map(|name| headers.get(name).map(http::HeaderValue::as_bytes));
        let any_in_query = in_query.iter().any(Option::is_some);
        let any_in_headers = in_headers.iter().any(Option::is_some);

        let decoded = in_query.map(|value| value.map(|value| Cow::from(percent_decode_str(value))));
        let is_right = |keys: [Option<&[u8]>; 2]| {
            keys == [Some(self.access_key.as_bytes()), Some(self.secret_key.as_bytes())]
        };
        Presented {
            form: match (any_in_query, any_in_headers) {
                (false, false) => KeysForm::Missing,
                (true, false) => KeysForm::Query,
                (false, true) => KeysForm::Headers,
                (true, true) => KeysForm::Both,
            },
            right: is_right(decoded.each_ref().map(Option::as_deref)) || is_right(in_headers),
            unencoded: in_query.into_iter().flatten().any(is_unencoded),
        }
    }
}

/// Whether anything but RFC 3986's unreserved characters and `%XX` stands in a query's value.
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

    fn account() -> Account {
        Account { access_key: "u$r".to_owned(), secret_key: "s+1".to_owned() }
    }

    fn read(query: &str, headers: &[(&'static str, &'static str)]) -> Presented {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        account().read(query, &headers)
    }

    #[test]
    fn reads_the_keys_in_either_place() {
        let presented = |form, right, unencoded| Presented { form, right, unencoded };
        let headers = [("x-LSQ-AccessKey", "u$r"), ("x-LSQ-SecretKey", "s+1")];
        for (query, headers, expected) in [
            ("accessKey=u%24r&secretKey=s%2B1", &[][..], presented(KeysForm::Query, true, false)),
            ("secretKey=s%2b1&accessKey=u%24r", &[], presented(KeysForm::Query, true, false)),
            ("accessKey=u$r&secretKey=s%2B1", &[], presented(KeysForm::Query, true, true)),
            ("accessKey=u%24r&secretKey=s+1", &[], presented(KeysForm::Query, true, true)),
            ("accessKey=u%2&secretKey=%zz", &[], presented(KeysForm::Query, false, true)),
            ("accessKey=u%24r", &[], presented(KeysForm::Query, false, false)),
            ("", &[], presented(KeysForm::Missing, false, false)),
            ("", &headers, presented(KeysForm::Headers, true, false)),
            ("accessKey=x", &headers, presented(KeysForm::Both, true, false)),
        ] {
            assert_eq!(read(query, headers), expected, "{query} {headers:?}");
        }
    }
}
