//! An answer of any status: it is read, or it is an error, and no error shows a secret.
#![no_main]

use std::time::UNIX_EPOCH;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use leadsquared_webhooks_core::{Credentials, Secrets, response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, Option<Vec<u8>>, Vec<u8>)| {
    let (status, retry_after, body) = input;
    let Ok(status) = StatusCode::from_u16(status % 500 + 100) else { return };
    let mut headers = HeaderMap::new();
    if let Some(value) = retry_after.and_then(|value| HeaderValue::from_bytes(&value).ok()) {
        headers.insert(header::RETRY_AFTER, value);
    }
    let credentials = Credentials::parse("u$rcanary", "s$ccanary").expect("keys");
    let secrets = Secrets::of_credentials(&credentials);
    let created = response::created(status, &headers, &body, &secrets, UNIX_EPOCH).map(drop);
    let retrieved = response::retrieved(status, &headers, &body, &secrets, UNIX_EPOCH).map(drop);
    let acknowledged = response::acknowledged(status, &headers, &body, &secrets, UNIX_EPOCH);
    for error in [created, retrieved, acknowledged].into_iter().filter_map(Result::err) {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("u$rcanary") && !shown.contains("s$ccanary"), "{shown}");
    }
});
