use leadsquared_webhooks_sandbox::{BadManners, Fault, Limit, RateLimitForm, Sandbox};

use crate::raw::{
    ACCESS_KEY, QUERY, SECRET_KEY, UTF8, activity, create, create_raw, lead_field, sample, sandbox, send,
};

const PATH: &str = "/v2/Webhook.svc/Create";

fn kinds(sandbox: &Sandbox) -> Vec<(BadManners, usize)> {
    sandbox.manners().findings.iter().map(|finding| (finding.kind, finding.request)).collect()
}

#[tokio::test]
async fn a_polite_client_leaves_a_clean_report() {
    let sandbox = sandbox!();
    create(&sandbox, &activity("22")).await;
    create(&sandbox, &activity("22")).await;
    create(&sandbox, &lead_field("mx_City")).await;
    assert!(sandbox.manners().is_clean());
}

#[tokio::test]
async fn a_call_above_the_quota_is_noted() {
    let sandbox = sandbox!(limits vec![Limit::per_seconds(1, 60)]);
    create(&sandbox, &sample()).await;
    create(&sandbox, &sample()).await;
    assert_eq!(kinds(&sandbox), [(BadManners::QuotaExceeded, 2)]);
}

#[tokio::test]
async fn keys_that_are_not_encoded_or_given_twice_and_a_missing_charset_are_noted() {
    let sandbox = sandbox!();
    let body = sample().to_string();
    let raw = format!("{PATH}?accessKey={ACCESS_KEY}&secretKey={SECRET_KEY}");
    send(&sandbox, "POST", &raw, UTF8, body.as_bytes()).await;
    let twice = format!("{UTF8}x-lsq-accesskey: a\r\n");
    send(&sandbox, "POST", &format!("{PATH}?{QUERY}"), &twice, body.as_bytes()).await;
    let charset = "Content-Type: application/json\r\n";
    send(&sandbox, "POST", &format!("{PATH}?{QUERY}"), charset, body.as_bytes()).await;
    let quoted = "Content-Type: application/json; Charset=\"UTF-8\"\r\n";
    send(&sandbox, "POST", &format!("{PATH}?{QUERY}"), quoted, body.as_bytes()).await;
    assert_eq!(
        kinds(&sandbox),
        [(BadManners::KeysNotEncoded, 1), (BadManners::KeysTwice, 2), (BadManners::CharsetMissing, 3)]
    );
}

#[tokio::test]
async fn a_create_sent_again_after_a_lost_answer_is_noted() {
    let open = [
        Fault::CloseBeforeApply,
        Fault::ApplyThenClose,
        Fault::ApplyThen500,
        Fault::Truncated,
        Fault::Oversized { bytes: 9 },
        Fault::Html { status: 500 },
        Fault::Html { status: 200 },
        Fault::ApplyThenStatus { status: 503, body: String::new() },
    ];
    for fault in open {
        let sandbox = sandbox!();
        sandbox.fault(fault.clone());
        let body = sample().to_string();
        create_raw(&sandbox, body.as_bytes()).await;
        create(&sandbox, &activity("22")).await;
        assert!(sandbox.manners().is_clean());
        create_raw(&sandbox, body.as_bytes()).await;
        assert_eq!(kinds(&sandbox), [(BadManners::AmbiguousCreateRepeated, 3)], "{fault:?}");
        assert_eq!(sandbox.manners().count(BadManners::AmbiguousCreateRepeated), 1);
    }
}

#[tokio::test]
async fn a_create_sent_again_after_a_refusal_is_fine() {
    let refused = Fault::RateLimited { limit: 1, window_s: 1, form: RateLimitForm::TooManyRequests };
    for fault in [refused, Fault::Html { status: 401 }, Fault::DelayAnswer { ms: 1 }] {
        let sandbox = sandbox!();
        sandbox.fault(fault);
        create(&sandbox, &sample()).await;
        create(&sandbox, &sample()).await;
        assert!(sandbox.manners().is_clean());
    }
}
