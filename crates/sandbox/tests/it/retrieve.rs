use std::time::Duration;

use leadsquared_webhooks_sandbox::{Fault, NothingFound, Sandbox};
use serde_json::{Value, json};

use crate::raw::{activity, call, retrieve, retrieve_all, sample, sample_with, sandbox, shown};

async fn answer(sandbox: &Sandbox, body: &Value) -> Value {
    call(sandbox, "Retrieve", body).await.unwrap().json()
}

fn seed(sandbox: &Sandbox, changes: Value) -> String {
    sandbox.seed_webhook(&sample_with(changes)).unwrap().id
}

#[tokio::test]
async fn shows_a_webhook_as_the_vendor_does() {
    let sandbox = sandbox!();
    let lead = seed(&sandbox, json!({"WebhookEvent": "3"}));
    let [stored] = sandbox.webhooks().try_into().unwrap();
    assert_eq!(
        answer(&sandbox, &retrieve_all()).await,
        json!({"RecordCount": 1, "Response": [{
            "WebhookId": lead, "EventName": "Lead Creation", "EventCode": "Lead_Post_Create",
            "Description": "Description of webhook", "URL": "https://requestb.in/19n3y3u1", "StatusCode": 0,
            "WebhookProperties": null, "CreatedOn": stored.created_on, "ModifiedOn": stored.modified_on,
        }]})
    );
    let shape: String = stored.created_on.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00 00:00:00");

    sandbox.seed_webhook(&activity("22")).unwrap();
    let body = retrieve(&json!({"WebhookEvent": "LeadActivity_Post_Create"}));
    let item = answer(&sandbox, &body).await["Response"][0].clone();
    assert_eq!(item["WebhookProperties"], activity("22")["WebhookProperties"]);
    assert_eq!(item["EventName"], json!("LeadActivity Create"));
}

#[tokio::test]
async fn each_parameter_filters_and_an_empty_one_does_not() {
    let sandbox = sandbox!(limits vec![]);
    let first = seed(&sandbox, json!({"WebhookEvent": "3", "URL": "https://example.com/Leads"}));
    let second = seed(&sandbox, json!({"WebhookEvent": "6", "Description": "for the LEADS team"}));
    let third = seed(&sandbox, json!({"WebhookEvent": "7"}));
    assert!(sandbox.set_status(&second, 1) && sandbox.set_status(&third, 2) && !sandbox.set_status("x", 1));
    let (first, second, third) = (first.as_str(), second.as_str(), third.as_str());
    let all = [third, second, first];
    for (parameter, expected) in [
        (json!({"Type": "Webhook"}), &all[..]),
        (json!({"Type": "Lapp"}), &[]),
        (
            json!({"Type": "Webhook", "WebhookEvent": "", "StatusCode": "", "WebhookId": null, "SearchText": ""}),
            &all,
        ),
        (json!({"WebhookEvent": "Lead_Post_Create"}), &[first]),
        (json!({"WebhookEvent": "Lead_Delete"}), &[]),
        (json!({"StatusCode": 0}), &[first]),
        (json!({"StatusCode": "1"}), &[second]),
        (json!({"StatusCode": 2}), &[third]),
        (json!({"WebhookId": second}), &[second]),
        (json!({"WebhookId": second.to_uppercase()}), &[second]),
        (json!({"SearchText": "leads"}), &[second]),
        (json!({"SearchText": "lead c"}), &[first]),
        (json!({"SearchText": "example.com"}), &[]),
        (json!({"SearchText": "leads", "StatusCode": 1}), &[second]),
        (json!({"SearchText": "leads", "WebhookEvent": "Task_Create"}), &[]),
    ] {
        assert_eq!(shown(&sandbox, &retrieve(&parameter)).await, expected, "{parameter}");
    }
}

#[tokio::test]
async fn refuses_what_is_not_as_specified_with_400() {
    let sandbox = sandbox!(limits vec![]);
    let with = |name: &str, value: Value| {
        let mut body = retrieve_all();
        body[name] = value;
        body
    };
    for body in [
        json!([]),
        json!({}),
        json!({"Parameter": null}),
        json!({"Parameter": "Webhook"}),
        retrieve(&json!({})),
        retrieve(&json!({"Type": "", "WebhookEvent": null})),
        retrieve(&json!({"Type": "Report"})),
        retrieve(&json!({"WebhookEvent": "3"})),
        retrieve(&json!({"WebhookEvent": 3})),
        retrieve(&json!({"StatusCode": "enabled"})),
        retrieve(&json!({"StatusCode": 256})),
        retrieve(&json!({"StatusCode": true})),
        retrieve(&json!({"WebhookId": 1})),
        with("Sorting", json!({"ColumnName": "Colour"})),
        with("Sorting", json!({"Direction": 1})),
        with("Sorting", json!({"Direction": "desc"})),
        with("Paging", json!({"PageIndex": 0})),
        with("Paging", json!({"PageSize": 0})),
        with("Paging", json!({"PageSize": "25"})),
    ] {
        assert_eq!(call(&sandbox, "Retrieve", &body).await.unwrap().exception().0, 400, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn sorts_by_a_column_in_either_direction() {
    let sandbox = sandbox!();
    let a = seed(&sandbox, json!({"Description": "a"}));
    let c = seed(&sandbox, json!({"Description": "c"}));
    let b = seed(&sandbox, json!({"Description": "b"}));
    let update = sample_with(json!({"Description": "a", "WebhookId": a}));
    call(&sandbox, "Update", &update).await;
    for (sorting, expected) in [
        (Value::Null, [&b, &c, &a]),
        (json!({"ColumnName": "CreatedOn", "Direction": "0"}), [&a, &c, &b]),
        (json!({"ColumnName": "ModifiedOn", "Direction": "1"}), [&a, &b, &c]),
        (json!({"ColumnName": "ModifiedOn", "Direction": "0"}), [&c, &b, &a]),
        (json!({"ColumnName": "Description", "Direction": "0"}), [&a, &b, &c]),
        (json!({"ColumnName": "Description"}), [&c, &b, &a]),
    ] {
        let mut body = retrieve_all();
        body["Sorting"] = sorting;
        assert_eq!(shown(&sandbox, &body).await.iter().collect::<Vec<_>>(), expected, "{body}");
    }
}

#[tokio::test]
async fn serves_page_by_page_and_counts_all() {
    let sandbox = sandbox!(limits vec![]);
    let mut ids: Vec<_> = (0..230).map(|_| seed(&sandbox, json!({}))).collect();
    ids.reverse();
    let page = async |paging: Value| {
        let mut body = retrieve_all();
        body["Paging"] = paging;
        assert_eq!(answer(&sandbox, &body).await["RecordCount"], json!(230));
        shown(&sandbox, &body).await
    };
    assert_eq!(page(Value::Null).await, ids[..25]);
    assert_eq!(page(json!({"PageIndex": 3, "PageSize": 100})).await, ids[200..]);
    assert_eq!(page(json!({"PageIndex": 2, "PageSize": 25})).await, ids[25..50]);
    assert_eq!(page(json!({"PageIndex": 1, "PageSize": 1000})).await, ids[..200]);
    assert!(page(json!({"PageIndex": 99, "PageSize": 25})).await.is_empty());
}

#[tokio::test]
async fn nothing_found_has_two_forms() {
    for (form, expected) in [
        (NothingFound::default(), json!({"RecordCount": 0})),
        (NothingFound::EmptyResponse, json!({"RecordCount": 0, "Response": []})),
    ] {
        let sandbox = sandbox!(nothing_found form);
        assert_eq!(answer(&sandbox, &retrieve_all()).await, expected);
    }
}

#[tokio::test]
async fn numbers_may_come_as_strings() {
    let sandbox = sandbox!(numbers_as_strings true);
    sandbox.seed_webhook(&sample()).unwrap();
    let answer = answer(&sandbox, &retrieve_all()).await;
    assert_eq!((&answer["RecordCount"], &answer["Response"][0]["StatusCode"]), (&json!("1"), &json!("0")));
}

#[tokio::test(start_paused = true)]
async fn a_read_whose_answer_is_lost_changes_nothing() {
    let sandbox = sandbox!();
    sandbox.seed_webhook(&sample()).unwrap();
    let before = sandbox.webhooks();
    for fault in [Fault::ApplyThenClose, Fault::ApplyThen500, Fault::Truncated, Fault::Delay { ms: 5 }] {
        sandbox.fault(fault);
        call(&sandbox, "Retrieve", &retrieve_all()).await;
    }
    sandbox.fault(Fault::ApplyThenStall);
    let all = retrieve_all();
    let stalled = call(&sandbox, "Retrieve", &all);
    assert!(tokio::time::timeout(Duration::from_hours(1), stalled).await.is_err());
    assert_eq!(sandbox.webhooks(), before);
    assert_eq!(shown(&sandbox, &retrieve_all()).await.len(), 1);
}
