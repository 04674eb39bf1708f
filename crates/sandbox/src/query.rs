//! Query parameters of a URL.

use percent_encoding::percent_decode_str;

/// Returns a query parameter as written.
pub(crate) fn raw<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Returns a query parameter, decoded.
pub(crate) fn decoded(query: &str, name: &str) -> Option<String> {
    Some(percent_decode_str(raw(query, name)?).decode_utf8_lossy().into_owned())
}
