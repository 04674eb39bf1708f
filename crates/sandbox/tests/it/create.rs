use leadsquared_webhooks_sandbox::{CodeTable, CustomHeadersForm};
use proptest::prelude::*;
use serde_json::json;

use crate::raw::{
    QUERY, UTF8, activity, call, create, create_raw, lead_field, opportunity, retrieve_all, sample,
    sample_with, sandbox, send,
};

#[tokio::test]
async fn takes_the_vendors_own_sample_and_gives_it_an_id() {
    let sandbox = sandbox!();
    let answer = create(&sandbox, &sample()).await;
    assert_eq!((answer.status(), &answer.json()["Status"]), (200, &json!("Success")));
    let [webhook] = sandbox.webhooks().try_into().unwrap();
    assert_eq!(answer.json()["Message"]["Id"], json!(webhook.id));
    assert_eq!(webhook.id.parse::<uuid::Uuid>().unwrap().get_version_num(), 4);
    assert_eq!(
        (webhook.code, webhook.event, webhook.url.as_str()),
        (1, "Landing_Page_submission", "https://requestb.in/19n3y3u1")
    );
}

#[tokio::test]
async fn refuses_a_body_that_is_not_as_specified_with_400() {
    let sandbox = sandbox!(limits vec![]);
    let header = json!({"Key": "a", "Value": "b"});
    for change in [
        json!({"URL": null}),
        json!({"URL": 1}),
        json!({"URL": "/relative"}),
        json!({"URL": "ftp://example.com"}),
        json!({"URL": "https:///path"}),
        json!({"Method": "GET"}),
        json!({"ContentType": "text/html"}),
        json!({"WebhookEvent": 1}),
        json!({"WebhookEvent": "one"}),
        json!({"IsSpecificLandingPage": "false"}),
        json!({"IsSpecificLandingPage": true}),
        json!({"LandingPageUrls": ["https://example.com"]}),
        json!({"LandingPageUrls": [], "IsSpecificLandingPage": true}),
        json!({"NotifyOnFailure": null}),
        json!({"Description": 1}),
        json!({"WebhookProperties": {"nested": "object"}}),
        json!({"WebhookProperties": "{not json"}),
        json!({"CustomHeaders": [{"Key": "a"}]}),
        json!({"CustomHeaders": "a: b"}),
        json!({"CustomHeaders": ""}),
        json!({"CustomHeaders": "null"}),
        json!({"CustomHeaders": "{\"Key\":\"a\",\"Value\":\"b\"}"}),
        json!({"CustomHeaders": "[{\"Key\":\"a\"}]"}),
        json!({"CustomHeaders": "[{\"Key\":\"a\",\"Value\":\"\\ud800\"}]"}),
        json!({"CustomHeaders": vec![&header; 11]}),
        json!({"CustomHeaders": json!(vec![&header; 11]).to_string()}),
        json!({"WebhookProperties": "{\"a\":\"\\ud800\"}"}),
    ] {
        let answer = create(&sandbox, &sample_with(change.clone())).await;
        assert_eq!(answer.exception().0, 400, "{change}");
    }
    for body in [&b"\xff"[..], b"", b"[]", b"{\"URL\":\"\xff\"}", b"{"] {
        assert_eq!(create_raw(&sandbox, body).await.unwrap().status(), 400, "{body:?}");
    }
    assert!(sandbox.webhooks().is_empty());
}

#[tokio::test]
async fn refuses_what_is_no_json_with_400_wherever_the_fault_is() {
    let sandbox = sandbox!(limits vec![]);
    let id = sandbox.seed_webhook(&sample()).unwrap().id;
    let before = sandbox.webhooks();
    let (whole, looking) = (sample_with(json!({"WebhookId": id})).to_string(), retrieve_all().to_string());
    for broken in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud800\ud800",
        r"\ud800x",
        r"\ud800\u0041",
        r"\udc00\ud800",
        r"\ud83d\",
        r"\u12",
        r"\x41",
        "\u{1}",
        "\n",
    ] {
        for (name, body) in [
            ("Create", whole.replace("Description of webhook", broken)),
            ("Create", whole.replace("canary3", broken)),
            ("Create", whole.replace("\"Description\"", &format!("\"{broken}\""))),
            ("Create", whole.replacen('{', &format!("{{\"x\":[{{\"y\":\"{broken}\"}}],"), 1)),
            ("Update", whole.replace("Description of webhook", broken)),
            ("Retrieve", looking.replacen('{', &format!("{{\"x\":\"{broken}\","), 1)),
        ] {
            let target = format!("/v2/Webhook.svc/{name}?{QUERY}");
            let answer = send(&sandbox, "POST", &target, UTF8, body.as_bytes()).await.unwrap();
            assert_eq!(answer.exception().0, 400, "{name} {body}");
        }
    }
    assert_eq!(sandbox.webhooks(), before);
    let paired = whole.replace("Description of webhook", r"\ud83d\ude00");
    assert_eq!(create_raw(&sandbox, paired.as_bytes()).await.unwrap().status(), 200);
    assert_eq!(sandbox.webhooks()[1].description, "\u{1f600}");
}

#[tokio::test]
async fn takes_custom_headers_in_either_form_and_says_which_came() {
    let sandbox = sandbox!(limits vec![]);
    let string = sample()["CustomHeaders"].to_string();
    let masked = string.replace("canary3", "…").replace("canary4", "…");
    let (array, json_string) = (Some(CustomHeadersForm::Array), Some(CustomHeadersForm::JsonString));
    for (headers, form, shown) in [
        (sample()["CustomHeaders"].clone(), array, serde_json::from_str(&masked).unwrap()),
        (json!(string), json_string, json!(masked)),
        (json!([]), array, json!([])),
        (json!("[]"), json_string, json!("[]")),
        (json!(null), None, json!(null)),
    ] {
        let body = sample_with(json!({"CustomHeaders": headers}));
        assert_eq!(create(&sandbox, &body).await.status(), 200, "{headers}");
        let webhook = sandbox.webhooks().pop().unwrap();
        let request = sandbox.requests().pop().unwrap();
        assert_eq!((webhook.custom_headers_form, request.custom_headers_form), (form, form), "{headers}");
        assert_eq!(webhook.body["CustomHeaders"], shown);
        assert_eq!(request.body.unwrap()["CustomHeaders"], shown);

        let update = sample_with(json!({"WebhookId": webhook.id, "CustomHeaders": string}));
        assert_eq!(call(&sandbox, "Update", &update).await.unwrap().status(), 200);
        assert_eq!(sandbox.webhooks().pop().unwrap().custom_headers_form, json_string);
    }
    let broken = sample_with(json!({"CustomHeaders": "[{\"Value\": \"canary5\""}));
    assert_eq!(create(&sandbox, &broken).await.status(), 400);
    let views = ["requests", "webhooks"].map(|name| format!("/_sandbox/{name}"));
    for view in &views {
        let reported = send(&sandbox, "GET", view, "", b"").await.unwrap().body;
        assert!(reported.contains("\"custom_headers_form\":\"json_string\""), "{reported}");
        assert!(!reported.contains("canary"), "{reported}");
    }
}

#[tokio::test]
async fn refuses_a_users_mistake_with_500_and_a_type_of_the_vendor() {
    let sandbox = sandbox!(limits vec![]);
    let not_found = "Webhook Properties is not found";
    for (body, exception, message) in [
        (
            sample_with(json!({"WebhookEvent": "2"})),
            "MXInvalidDataTypeException",
            "You have not passed ActivityEvent.",
        ),
        (
            sample_with(json!({"WebhookEvent": "15"})),
            "MXInvalidDataTypeException",
            "You have not passed ActivityEvent.",
        ),
        (
            sample_with(json!({"WebhookEvent": "2", "ActivityEvent": "22"})),
            "MXMandatoryAttributeMissingException",
            not_found,
        ),
        (activity("3001"), "MXInvalidActivityException", "System activities are not allowed."),
        (
            sample_with(json!({"WebhookEvent": "26"})),
            "MXMandatoryAttributeMissingException",
            "You have not passed ChangedLeadField.",
        ),
        (sample_with(json!({"WebhookEvent": "5"})), "MXMandatoryAttributeMissingException", not_found),
        (
            sample_with(json!({"WebhookEvent": "5", "WebhookProperties": "{}"})),
            "MXInvalidInputException",
            "Webhook Properties is not a valid JSON",
        ),
        (sample_with(json!({"WebhookEvent": "31"})), "MXMandatoryAttributeMissingException", not_found),
        (sample_with(json!({"WebhookEvent": "99"})), "MXInvalidInputException", "Webhook Event not found"),
    ] {
        assert_eq!(
            create(&sandbox, &body).await.exception(),
            (500, exception.to_owned(), message.to_owned()),
            "{body}"
        );
    }
    assert!(sandbox.webhooks().is_empty());
}

#[tokio::test]
async fn takes_a_second_hook_on_one_activity_and_refuses_a_second_on_one_field() {
    let sandbox = sandbox!();
    for _ in 0..2 {
        assert_eq!(create(&sandbox, &activity("22")).await.status(), 200);
    }
    assert_eq!(create(&sandbox, &lead_field("ProspectStage")).await.status(), 200);
    let (status, exception, message) = create(&sandbox, &lead_field("ProspectStage")).await.exception();
    assert_eq!((status, exception.as_str()), (500, "MXDuplicateEntryException"));
    assert!(message.contains("already exists"));
    assert_eq!(create(&sandbox, &lead_field("mx_City")).await.status(), 200);
    assert_eq!(sandbox.webhooks().len(), 4);
}

#[tokio::test]
async fn an_account_follows_one_table_of_codes() {
    let events = async |table, codes: &[u32]| {
        let sandbox = sandbox!(code_table table, limits vec![]);
        let mut events = Vec::new();
        for code in codes {
            let answer = create(&sandbox, &opportunity(*code)).await;
            events.push(match answer.status() {
                200 => sandbox.webhooks().last().unwrap().event.to_owned(),
                _ => answer.exception().2,
            });
        }
        events
    };
    assert_eq!(
        events(CodeTable::Documented, &[28, 29, 31, 32, 33, 34, 35]).await,
        [
            "Webhook Event not found",
            "Webhook Event not found",
            "Opportunity_Post_Create",
            "Opportunity_Post_Update",
            "OpportunityField_Post_Update",
            "OpportunityStage_Post_Update",
            "Opportunity_Post_Delete",
        ]
    );
    let broken = "Object reference not set to an instance of an object.";
    assert_eq!(
        events(CodeTable::Observed, &[28, 29, 30, 31, 32, 33, 34, 35, 36]).await,
        [
            "Task_Delete",
            "Opportunity_Post_Create",
            "Opportunity_Post_Update",
            "Opportunity_Post_Delete",
            "Opportunity Field value cannot be empty",
            broken,
            broken,
            "Webhook Event not found",
            "Webhook Event not found",
        ]
    );
}

#[tokio::test]
async fn every_plain_event_of_the_page_is_taken() {
    let sandbox = sandbox!(limits vec![]);
    for code in [1, 3, 4, 6, 7, 8, 9, 16, 17] {
        let answer = create(&sandbox, &sample_with(json!({"WebhookEvent": code.to_string()}))).await;
        assert_eq!(answer.status(), 200, "{code}");
    }
    let pages = json!({"IsSpecificLandingPage": true, "LandingPageUrls": ["https://example.com/a"]});
    assert_eq!(create(&sandbox, &sample_with(pages)).await.status(), 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_break_it(body: Vec<u8>, path in "[ -~]{0,20}", headers in "[ -~]{0,20}", member: i64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = sandbox!(limits vec![]);
            let _ = create_raw(&sandbox, &body).await;
            let _ = send(&sandbox, "POST", &format!("/{path}"), &format!("x: {headers}\r\n"), &body).await;
            let odd = json!({"Parameter": {"StatusCode": member, "SearchText": path}, "WebhookId": headers,
                "Sorting": {"ColumnName": path}, "Paging": {"PageIndex": member, "PageSize": member}});
            for name in ["Update", "Retrieve"] {
                let target = format!("/v2/Webhook.svc/{name}?{QUERY}");
                let _ = send(&sandbox, "POST", &target, UTF8, &body).await;
                let _ = send(&sandbox, "POST", &target, UTF8, odd.to_string().as_bytes()).await;
            }
            let target = format!("/v2/Webhook.svc/Delete?{QUERY}&webhookId={path}");
            let _ = send(&sandbox, "GET", &target, "", b"").await;
            assert_eq!(create(&sandbox, &sample()).await.status(), 200);
        });
    }
}
