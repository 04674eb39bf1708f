use std::time::Duration;

use leadsquared_webhooks_sandbox::{Fault, Limit, Misuse, RateLimitForm, Sandbox};

use serde_json::json;

use crate::raw::{
    ACCESS_KEY, QUERY, SECRET_KEY, UTF8, activity, call, create, create_raw, deleted, lead_field, retrieve,
    retrieve_all, sample, sample_with, sandbox, send,
};

const PATH: &str = "/v2/Webhook.svc/Create";

fn kinds(sandbox: &Sandbox) -> Vec<(Misuse, usize)> {
    sandbox.client_report().findings.iter().map(|finding| (finding.kind, finding.request)).collect()
}

#[tokio::test]
async fn a_polite_client_leaves_a_clean_report() {
    let sandbox = sandbox!();
    create(&sandbox, &activity("22")).await;
    create(&sandbox, &activity("22")).await;
    create(&sandbox, &lead_field("mx_City")).await;
    assert!(sandbox.client_report().is_clean());
}

#[tokio::test]
async fn a_call_above_the_quota_is_noted() {
    let sandbox = sandbox!(limits vec![Limit::per_seconds(1, 60)]);
    create(&sandbox, &sample()).await;
    create(&sandbox, &sample()).await;
    assert_eq!(kinds(&sandbox), [(Misuse::QuotaExceeded, 2)]);
}

#[tokio::test]
async fn keys_that_are_not_encoded_or_given_twice_and_a_missing_charset_are_noted() {
    let sandbox = sandbox!();
    let body = sample().to_string();
    let other = sample_with(json!({"URL": "https://example.com/other"})).to_string();
    let raw = format!("{PATH}?accessKey={ACCESS_KEY}&secretKey={SECRET_KEY}");
    send(&sandbox, "POST", &raw, UTF8, body.as_bytes()).await;
    let twice = format!("{UTF8}x-lsq-accesskey: a\r\n");
    send(&sandbox, "POST", &format!("{PATH}?{QUERY}"), &twice, other.as_bytes()).await;
    let charset = "Content-Type: application/json\r\n";
    send(&sandbox, "POST", &format!("{PATH}?{QUERY}"), charset, b"").await;
    let quoted = "Content-Type: application/json; Charset=\"UTF-8\"\r\n";
    send(&sandbox, "POST", &format!("{PATH}?{QUERY}"), quoted, b"").await;
    assert_eq!(
        kinds(&sandbox),
        [(Misuse::KeysNotEncoded, 1), (Misuse::KeysTwice, 2), (Misuse::CharsetMissing, 3)]
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
        let applied = !sandbox.webhooks().is_empty();
        create(&sandbox, &activity("22")).await;
        assert!(sandbox.client_report().is_clean());
        create_raw(&sandbox, body.as_bytes()).await;
        let mut expected = vec![(Misuse::AmbiguousCreateRepeated, 3)];
        expected.extend(applied.then_some((Misuse::DuplicateCreated, 3)));
        assert_eq!(kinds(&sandbox), expected, "{fault:?}");
        assert_eq!(sandbox.client_report().count(Misuse::AmbiguousCreateRepeated), 1);
        assert!(!sandbox.client_report().is_clean());
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
        assert!(sandbox.client_report().is_clean());
    }
}

#[tokio::test]
async fn a_duplicate_is_noted_and_is_no_misuse_by_itself() {
    let sandbox = sandbox!();
    create(&sandbox, &activity("22")).await;
    for different in [activity("23"), sample(), {
        let mut elsewhere = activity("22");
        elsewhere["URL"] = json!("https://example.com/elsewhere");
        elsewhere
    }] {
        create(&sandbox, &different).await;
    }
    assert_eq!(kinds(&sandbox), []);
    let mut duplicate = activity("22");
    duplicate["Description"] = json!("another text");
    create(&sandbox, &duplicate).await;
    duplicate["URL"] = json!("HTTPS://requestb.IN:443/./19n3y3u1#same"); // another spelling
    create(&sandbox, &duplicate).await;
    assert_eq!(kinds(&sandbox), [(Misuse::DuplicateCreated, 5), (Misuse::DuplicateCreated, 6)]);
    assert!(sandbox.client_report().is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_create_may_be_sent_again_once_a_retrieve_could_have_shown_its_webhook() {
    let late = || Fault::ApplyThenClose.visible_after(Duration::from_secs(5));
    let by = |name: &str, value: &str| retrieve(&json!({name: value}));
    let page = |size: u32| {
        let mut body = retrieve_all();
        body["Paging"] = json!({"PageIndex": 1, "PageSize": size});
        body
    };
    let event = "Landing_Page_submission";
    let oversized = || Some(Fault::Oversized { bytes: 9 });
    for (ambiguous, look, fault, waited, resolved) in [
        (Fault::ApplyThenClose.into(), retrieve_all(), None, 0, true),
        (
            Fault::ApplyThenClose.into(),
            by("WebhookEvent", event),
            Some(Fault::DelayAnswer { ms: 1 }),
            0,
            true,
        ),
        (Fault::ApplyThenClose.into(), by("WebhookEvent", "Task_Create"), None, 0, false),
        (Fault::ApplyThenClose.into(), by("SearchText", "nowhere"), None, 0, false),
        (Fault::ApplyThenClose.into(), retrieve_all(), Some(Fault::ApplyThenClose), 0, false),
        (Fault::ApplyThenClose.into(), retrieve_all(), oversized(), 0, false),
        // The webhook is on the second page.
        (Fault::ApplyThenClose.into(), page(1), None, 0, false),
        (Fault::ApplyThenClose.into(), page(2), None, 0, true),
        (late(), retrieve_all(), None, 4, false),
        (late(), retrieve_all(), None, 6, true),
        (Fault::CloseBeforeApply.into(), retrieve_all(), None, 0, true),
        (Fault::CloseBeforeApply.into(), by("WebhookEvent", "Task_Create"), None, 0, false),
        (Fault::CloseBeforeApply.visible_after(Duration::from_secs(5)), retrieve_all(), None, 4, false),
    ] {
        let sandbox = sandbox!();
        sandbox.fault(ambiguous.clone());
        create_raw(&sandbox, sample().to_string().as_bytes()).await;
        sandbox.seed_webhook(&json!({"WebhookEvent": "3"})).unwrap();
        tokio::time::advance(Duration::from_secs(waited)).await;
        if let Some(fault) = fault {
            sandbox.fault(fault);
        }
        call(&sandbox, "Retrieve", &look).await;
        create(&sandbox, &sample()).await;
        let repeated = sandbox.client_report().count(Misuse::AmbiguousCreateRepeated);
        assert_eq!(repeated, usize::from(!resolved), "{ambiguous:?} {look}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_open_create_made_late_stays_to_be_found_after_a_second_one_that_made_nothing() {
    let sandbox = sandbox!();
    sandbox.fault(Fault::ApplyThenClose.visible_after(Duration::from_secs(5)));
    sandbox.fault(Fault::CloseBeforeApply);
    for expected in [0, 1] {
        create_raw(&sandbox, sample().to_string().as_bytes()).await;
        assert_eq!(sandbox.client_report().count(Misuse::AmbiguousCreateRepeated), expected);
    }
    call(&sandbox, "Retrieve", &retrieve_all()).await;
    create(&sandbox, &sample()).await;
    assert_eq!(sandbox.client_report().count(Misuse::AmbiguousCreateRepeated), 2);
}

#[tokio::test]
async fn an_update_or_a_delete_sent_again_is_fine() {
    let sandbox = sandbox!();
    let id = sandbox.seed_webhook(&sample()).unwrap().id;
    let update = sample_with(json!({"WebhookId": id}));
    for _ in 0..2 {
        sandbox.fault(Fault::ApplyThenClose);
        call(&sandbox, "Update", &update).await;
    }
    for _ in 0..2 {
        sandbox.fault(Fault::ApplyThenClose);
        deleted(&sandbox, &id).await;
    }
    assert_eq!(kinds(&sandbox), []);
    assert!(sandbox.webhooks().is_empty());
}
