//! A manifest: it is accepted, or the error shows no key.
#![no_main]

use leadsquared_webhooks::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|toml: &str| {
    let key = |_: &str| Some("s$ccanary".to_owned());
    match Manifest::parse(toml, key) {
        Ok(manifest) => assert!(!format!("{manifest:?}").contains("s$ccanary")),
        Err(error) => {
            assert!(!error.violations().is_empty());
            assert!(toml.contains("s$ccanary") || !error.to_string().contains("s$ccanary"));
        }
    }
});
