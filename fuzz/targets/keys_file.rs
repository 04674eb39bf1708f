//! A keys file: both keys as written in it, or an error that shows neither.
#![no_main]

use leadsquared_webhooks::account::{ACCESS_KEY, KeysFile, SECRET_KEY};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match KeysFile::parse(text) {
        Ok(file) => {
            for key in [ACCESS_KEY, SECRET_KEY] {
                assert!(text.contains(file.get(key).unwrap()));
            }
        }
        Err(error) => assert!(!error.problems().is_empty()),
    }
    // Text after a closing quote is not part of the key, and never appears in a message.
    let broken = format!("{SECRET_KEY}='s$ccanary'x\n{text}");
    let error = KeysFile::parse(&broken).unwrap_err();
    assert!(text.contains("canary") || !error.to_string().contains("canary"));
});
