//! The stable names, which programs match on and log searches use.

use leadsquared_webhooks_core::{Operation, WaitedFor, WebhookStatus};
use serde_json::json;

#[test]
fn each_has_its_name_in_json_and_in_text() {
    for (operation, name, is_write) in [
        (Operation::Create, "create", true),
        (Operation::Update, "update", true),
        (Operation::Delete, "delete", true),
        (Operation::Retrieve, "retrieve", false),
    ] {
        assert_eq!(
            (operation.as_str(), &*operation.to_string(), operation.is_write()),
            (name, name, is_write)
        );
        assert_eq!(json!(operation), name);
    }
    for (waited, name) in [
        (WaitedFor::RateLimit, "rate_limit"),
        (WaitedFor::RetryAfter, "retry_after"),
        (WaitedFor::Backoff, "backoff"),
    ] {
        assert_eq!((waited.as_str(), json!(waited)), (name, name.into()));
    }
}

#[test]
fn a_status_is_its_number_and_back() {
    for (status, code) in [
        (WebhookStatus::Enabled, 0),
        (WebhookStatus::Disabled, 1),
        (WebhookStatus::DisabledByFailures, 2),
        (WebhookStatus::Other(7), 7),
    ] {
        assert_eq!((status.code(), WebhookStatus::from_code(code)), (code, status));
    }
}
