//! A receiver URL and a managed prefix: other parsers accept an accepted URL, and each of the two
//! covers itself.
#![no_main]

use leadsquared_webhooks_core::{ManagedPrefix, NewWebhook, ReceiverUrl, Trigger, Identity};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(prefix) = text.parse::<ManagedPrefix>() {
        assert!(prefix.covers(text), "a prefix covers itself");
    }
    let Ok(url) = text.parse::<ReceiverUrl>() else { return };
    assert_eq!(url.as_str(), text);
    assert!(text.parse::<http::Uri>().is_ok() || !text.is_ascii() || text.contains('#'), "{text:?}");
    let identity = Identity::of(&NewWebhook::builder(url, Trigger::LeadCreate).build());
    assert!(identity.overlaps(&identity));
});
