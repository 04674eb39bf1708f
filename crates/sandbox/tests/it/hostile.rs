//! Hostile behaviour that LeadSquared is not known to have, but a client must survive.

use leadsquared_webhooks_sandbox::{Call, Fault, ForeignChange, PropertiesForm, Sandbox, UrlForm};
use serde_json::{Value, json};

use crate::raw::{
    activity, call, create, create_raw, deleted, lead_field, retrieve_all, sample, sample_with, sandbox,
    shown,
};

fn page(index: u32, size: u32) -> Value {
    let mut body = retrieve_all();
    body["Sorting"] = json!({"ColumnName": "ModifiedOn", "Direction": "1"});
    body["Paging"] = json!({"PageIndex": index, "PageSize": size});
    body
}

async fn answered(sandbox: &Sandbox, body: &Value) -> Value {
    call(sandbox, "Retrieve", body).await.unwrap().json()
}

/// Seeds webhooks and returns their IDs, newest first, as lists show them.
fn seed(sandbox: &Sandbox, count: usize) -> Vec<String> {
    let mut ids: Vec<_> = (0..count)
        .map(|number| json!({"WebhookEvent": "3", "URL": format!("https://example.com/{number}")}))
        .map(|body| sandbox.seed_webhook(&body).unwrap().id)
        .collect();
    ids.reverse();
    ids
}

#[tokio::test]
async fn a_url_is_answered_in_the_form_in_which_it_is_stored() {
    let sent = "https://Example.com?a=1&b=ü";
    for (form, shown) in [
        (UrlForm::AsSent, sent),
        (UrlForm::Normalized, "https://example.com/?a=1&b=%C3%BC"),
        (UrlForm::Cut(12.try_into().unwrap()), "https://Exam"),
        (UrlForm::HtmlEscaped, "https://Example.com?a=1&amp;b=ü"),
    ] {
        let sandbox = sandbox!(stores_urls form);
        create(&sandbox, &sample_with(json!({"URL": sent}))).await;
        assert_eq!(answered(&sandbox, &retrieve_all()).await["Response"][0]["URL"], json!(shown));
        assert_eq!(sandbox.webhooks()[0].url, sent, "the view tells what was sent");
    }
}

#[tokio::test]
async fn properties_are_answered_as_a_string_or_an_object_with_further_members_or_without() {
    let further =
        json!({"SandboxFlag": true, "SandboxDetails": {"Version": 2, "Names": ["a"], "Note": null}});
    let sent = json!({"ChangedLeadField": "mx_City"});
    let mut all = further.clone();
    all["ChangedLeadField"] = json!("mx_City");
    for (form, is_string, none, some) in [
        (PropertiesForm::String, true, Value::Null, &sent),
        (PropertiesForm::Object, false, Value::Null, &sent),
        (PropertiesForm::Extended, true, further.clone(), &all),
        (PropertiesForm::ExtendedObject, false, further, &all),
    ] {
        let sandbox = sandbox!(answers_properties form);
        for (body, expected) in [(sample(), &none), (lead_field("mx_City"), some)] {
            create(&sandbox, &body).await;
            let answered =
                answered(&sandbox, &retrieve_all()).await["Response"][0]["WebhookProperties"].clone();
            assert_eq!(answered.is_string(), is_string && !expected.is_null(), "{form:?}");
            let decoded = answered.as_str().map(|text| serde_json::from_str(text).unwrap());
            assert_eq!(decoded.as_ref().unwrap_or(&answered), expected, "{form:?}");
        }
        assert_eq!(sandbox.webhooks()[1].properties, sent);
    }
}

#[tokio::test]
async fn a_page_is_never_larger_than_its_cap_and_the_index_counts_capped_pages() {
    let sandbox = sandbox!(page_cap 2.try_into().unwrap());
    let ids = seed(&sandbox, 5);
    assert_eq!(shown(&sandbox, &page(1, 100)).await, ids[..2]);
    assert_eq!(shown(&sandbox, &page(2, 100)).await, ids[2..4]);
    assert_eq!(shown(&sandbox, &page(3, 100)).await, ids[4..]);
    assert_eq!(shown(&sandbox, &page(2, 1)).await, ids[1..2]);
    assert_eq!(answered(&sandbox, &page(1, 100)).await["RecordCount"], json!(5));
    assert_eq!(shown(&sandbox, &retrieve_all()).await.len(), 2, "without a PageSize too");
}

#[tokio::test]
async fn a_page_size_above_the_largest_is_refused_as_a_users_mistake() {
    let sandbox = sandbox!(largest_page_size 100.try_into().unwrap());
    assert_eq!(call(&sandbox, "Retrieve", &page(1, 100)).await.unwrap().status(), 200);
    assert_eq!(
        call(&sandbox, "Retrieve", &page(1, 101)).await.unwrap().exception(),
        (500, "MXInvalidInputException".to_owned(), "PageSize 101 is above 100.".to_owned())
    );
    let small = sandbox!(largest_page_size 10.try_into().unwrap());
    assert_eq!(
        call(&small, "Retrieve", &retrieve_all()).await.unwrap().status(),
        500,
        "nor the default of 25"
    );
}

#[tokio::test]
async fn a_wrong_record_count_is_reported_by_the_next_retrieve_only() {
    for (numbers_as_strings, wrong) in [(false, json!(7)), (true, json!("7"))] {
        let sandbox = sandbox!(numbers_as_strings numbers_as_strings);
        sandbox.fault(Fault::WrongRecordCount { count: 7 });
        assert_eq!(create(&sandbox, &sample()).await.status(), 200);
        let answer = answered(&sandbox, &retrieve_all()).await;
        assert_eq!((&answer["RecordCount"], answer["Response"].as_array().unwrap().len()), (&wrong, 1));
        assert_ne!(answered(&sandbox, &retrieve_all()).await["RecordCount"], wrong);
    }
    let empty = sandbox!();
    empty.fault(Fault::WrongRecordCount { count: 7 });
    assert_eq!(answered(&empty, &retrieve_all()).await, json!({"RecordCount": 7}));
}

#[tokio::test]
async fn a_200_may_hold_an_error_without_a_type_of_the_vendor_applied_or_not() {
    for applied in [false, true] {
        let sandbox = sandbox!();
        sandbox.fault(Fault::ErrorWith200 { applied });
        let (status, exception, _) = create(&sandbox, &sample()).await.exception();
        assert!(status == 200 && !exception.starts_with("MX"), "{status} {exception}");
        assert_eq!(!sandbox.webhooks().is_empty(), applied);
        // The sender cannot know the outcome, so repeating the create at once is misuse.
        create(&sandbox, &sample()).await;
        assert!(!sandbox.client_report().is_clean());
    }
}

#[tokio::test]
async fn a_webhook_that_is_deleted_between_two_pages_hides_another() {
    let sandbox = sandbox!();
    let ids = seed(&sandbox, 4);
    sandbox.fault(Fault::Meanwhile(ForeignChange::Delete(ids[0].clone())).on(Call::Retrieve).skip(1));
    let mut seen = shown(&sandbox, &page(1, 2)).await;
    assert_eq!(create(&sandbox, &activity("22")).await.status(), 200, "it waits for a Retrieve");
    assert!(deleted(&sandbox, &sandbox.webhooks()[4].id).await.is_some());
    seen.extend(shown(&sandbox, &page(2, 2)).await);
    assert_eq!(seen, [&ids[0], &ids[1], &ids[3]].map(Clone::clone), "the third is there and was not seen");
    assert_eq!(sandbox.webhooks().len(), 3);
    assert!(sandbox.client_report().is_clean());
}

#[tokio::test]
async fn a_webhook_that_is_made_or_moved_between_two_pages_shifts_them_the_other_way() {
    let change: [fn(&[String]) -> ForeignChange; 2] = [
        |_| ForeignChange::Create(json!({"WebhookEvent": "6"})),
        |ids| ForeignChange::Update(json!({"WebhookId": ids[3]})),
    ];
    for change in change {
        let sandbox = sandbox!();
        let ids = seed(&sandbox, 4);
        sandbox.fault(Fault::Meanwhile(change(&ids)).skip(1));
        assert_eq!(shown(&sandbox, &page(1, 2)).await, ids[..2]);
        assert_eq!(shown(&sandbox, &page(2, 2)).await, ids[1..3]);
    }
}

#[tokio::test]
async fn others_change_what_they_name_and_leave_the_rest() {
    let sandbox = sandbox!();
    let id = sandbox.seed_webhook(&activity("22")).unwrap().id;
    let before = sandbox.webhooks().remove(0);
    let changes = json!({"WebhookId": id, "Description": "a person's", "StatusCode": 2});
    sandbox.fault(Fault::Meanwhile(ForeignChange::Update(changes)));
    let item = answered(&sandbox, &retrieve_all()).await["Response"][0].clone();
    assert_eq!((&item["Description"], &item["StatusCode"]), (&json!("a person's"), &json!(2)));
    let after = sandbox.webhooks().remove(0);
    assert_eq!((after.status, after.description.as_str()), (2, "a person's"));
    assert_eq!((after.event, after.url, after.properties), (before.event, before.url, before.properties));
    assert_eq!((after.id, after.created_on), (before.id, before.created_on));
    assert_eq!(sandbox.request_count(), 1);
}

#[tokio::test]
async fn a_change_that_the_account_refuses_says_so_in_the_answer_of_the_call() {
    let unknown = || "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".to_owned();
    for change in [
        ForeignChange::Delete(unknown()),
        ForeignChange::Update(json!({"WebhookId": unknown()})),
        ForeignChange::Update(json!({"Description": "whose?"})),
        ForeignChange::Create(json!({"WebhookEvent": "99"})),
        ForeignChange::Create(json!([])),
    ] {
        let sandbox = sandbox!();
        sandbox.fault(Fault::Meanwhile(change.clone()));
        let answer = create(&sandbox, &sample()).await;
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert_eq!(answer.status(), 500, "{change:?}");
        assert!(error.starts_with("the change meanwhile was refused: {"), "{error}");
        assert!(sandbox.webhooks().is_empty(), "{change:?}");
    }
}

#[tokio::test]
async fn a_fault_that_skips_counts_the_calls_that_it_could_be_for() {
    let sandbox = sandbox!();
    let html = |status| Fault::Html { status };
    sandbox.fault(html(503).on(Call::Create).skip(2));
    sandbox.fault(html(502).skip(1));
    sandbox.fault(html(501));
    let mut statuses = Vec::new();
    for name in ["Retrieve", "Create", "Retrieve", "Create", "Create"] {
        let body = if name == "Create" { activity("22") } else { retrieve_all() };
        statuses.push(call(&sandbox, name, &body).await.unwrap().status());
    }
    // The first fault applies to the third create, regardless of the faults of the first two.
    assert_eq!(statuses, [501, 502, 200, 200, 503]);
}

#[tokio::test]
async fn an_account_has_webhooks_from_the_start() {
    let webhooks = (0..3)
        .map(|status| json!({"WebhookEvent": "3", "URL": "https://example.com/a", "StatusCode": status}))
        .collect();
    let sandbox = sandbox!(webhooks webhooks, accounts vec![("u1".to_owned(), "su1".to_owned())]);
    let statuses: Vec<_> = sandbox.webhooks().iter().map(|webhook| webhook.status).collect();
    assert_eq!(statuses, [0, 1, 2]);
    assert!(sandbox.account("u1").unwrap().webhooks().is_empty(), "the first account alone");
    assert_eq!((shown(&sandbox, &retrieve_all()).await.len(), sandbox.request_count()), (3, 1));
    assert!(create_raw(&sandbox, sample().to_string().as_bytes()).await.is_some());

    let refused = Sandbox::builder().webhooks(vec![json!({"WebhookEvent": "99"})]).start().await;
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    let refused =
        Sandbox::builder().webhooks(vec![json!({"WebhookEvent": "3", "StatusCode": -1})]).start_in_thread();
    assert!(refused.unwrap_err().to_string().contains("StatusCode"));
}
