//! No output shows a key, a header's value or a query value of the receiver: every type that holds
//! one is formatted and searched.

use std::{fmt::Debug, time::UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    AccessKey, ApiHost, Credentials, CustomHeader, CustomHeaderDraft, CustomHeaderValue, CustomHeaders,
    EventCodes, NewWebhook, ReceiverUrl, SecretKey, Secrets, Ticket, Trigger, TriggerDraft, UnexpectedReason,
    UnexpectedResponse, WebhookDraft,
    reconcile::{Note, Seal, Written},
    request,
    response::{self, ResponseError},
    retry::Failure,
};
use serde_json::{Value, json};

/// Contains every character that an encoding changes.
const CANARY: &str = "CANARY$/+\"'&<>% é🦀";

/// Asserts that the text holds neither the canary in any encoding, nor its plain beginning or end.
fn search(what: &str, text: &str) {
    let percent = CANARY.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    for (spelling, canary) in [
        ("as it is", CANARY.to_owned()),
        ("its beginning", "CANARY".to_owned()),
        ("its end", "é🦀".to_owned()),
        ("percent-encoded", percent),
        ("base64", BASE64_STANDARD.encode(CANARY).trim_end_matches('=').to_owned()),
        ("as a debug string", format!("{CANARY:?}")),
        ("as JSON", Value::from(CANARY).to_string()),
        ("as bytes", format!("{:?}", CANARY.as_bytes()).trim_matches(['[', ']']).to_owned()),
    ] {
        assert!(!text.contains(&canary), "{what} shows a secret {spelling}: {text}");
    }
}

fn search_debug(what: &str, value: &dyn Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}"), format!("{:?}", Some(value))] {
        assert!(!text.is_empty());
        search(what, &text);
    }
}

fn header() -> CustomHeader {
    CustomHeader::parse("x-api-key", CANARY).unwrap()
}

fn webhook() -> NewWebhook {
    NewWebhook::builder("https://example.com?x=CANARY&CANARY#CANARY".parse().unwrap(), Trigger::LeadCreate)
        .custom_headers(CustomHeaders::try_from(vec![header()]).unwrap())
        .build()
}

#[test]
fn what_holds_a_secret_does_not_show_it() {
    let credentials = Credentials::parse(CANARY, CANARY).unwrap();
    search_debug("AccessKey", &CANARY.parse::<AccessKey>().unwrap());
    search_debug("SecretKey", &CANARY.parse::<SecretKey>().unwrap());
    search_debug("Credentials", &credentials);
    search_debug("Secrets", &Secrets::of_credentials(&credentials).and_headers_of(&webhook()));
    search_debug("CustomHeaderValue", &CANARY.parse::<CustomHeaderValue>().unwrap());
    search_debug("CustomHeader", &header());
    search_debug("CustomHeaders", webhook().custom_headers());
    search_debug("ReceiverUrl", webhook().url());
    search("ReceiverUrl", &webhook().url().masked());
    search_debug("NewWebhook", &webhook());
    search_debug("WebhookDraft", &webhook().to_draft());
    search_debug("CustomHeaderDraft", &webhook().to_draft().custom_headers[0]);
}

#[test]
fn what_is_remembered_of_a_header_does_not_show_its_value() {
    let seal = Seal::new(&CANARY.parse().unwrap());
    search_debug("Seal", &seal);
    search("a seal's text", &seal.of(CANARY));
    let written = Written::new("b1c4".parse().unwrap(), &webhook(), &seal);
    assert_eq!(written.custom_headers[0].name, "x-api-key");
    search_debug("Written", &written);
    search("a note", &json!(Note::Wrote(written)).to_string());
    // A ticket holds the complete URL, but no header.
    let ticket = Ticket::new(&webhook(), UNIX_EPOCH).to_json();
    search("a ticket", &ticket.replace(webhook().url().as_str(), ""));
}

/// The control: the secret is present where it belongs, and the search finds it there.
#[test]
fn the_secret_is_where_it_belongs_and_the_search_would_find_it() {
    let credentials = Credentials::new(CANARY.parse().unwrap(), CANARY.parse().unwrap());
    assert_eq!(credentials.access_key.expose(), CANARY);
    assert_eq!(credentials.secret_key.expose(), CANARY);
    assert_eq!(webhook().custom_headers().as_slice()[0].value.expose(), CANARY);
    let body: Value =
        serde_json::from_slice(request::create(&webhook(), EventCodes::default()).body()).unwrap();
    assert_eq!(body["URL"], "https://example.com?x=CANARY&CANARY#CANARY");
    assert_eq!(body["CustomHeaders"], json!([{"Key": "x-api-key", "Value": CANARY}]));
    for leak in [
        body.to_string(),
        format!("{CANARY:?}"),
        BASE64_STANDARD.encode(CANARY),
        json!(webhook().to_draft()).to_string(),
    ] {
        let search = std::panic::catch_unwind(|| search("a leak", &leak));
        assert!(search.is_err(), "the search misses {leak}");
    }
}

#[test]
fn what_refuses_a_secret_does_not_show_it() {
    let bad = [
        format!("{CANARY}\r\nx: y"),
        format!("{CANARY}\0{CANARY}"),
        format!(" {CANARY}"),
        format!("{CANARY}\t"),
        format!("\u{7f}{CANARY}"),
    ];
    for bad in &bad {
        let value = bad.parse::<CustomHeaderValue>().unwrap_err();
        search("InvalidCustomHeaderValue", &value.to_string());
        search_debug("InvalidCustomHeaderValue", &value);
        let pair = CustomHeader::parse("x", bad).unwrap_err();
        search("InvalidCustomHeader", &pair.to_string());
        search_debug("InvalidCustomHeader", &pair);
        let key = bad.parse::<AccessKey>().unwrap_err();
        search("InvalidKey", &key.to_string());
        search_debug("InvalidKey", &key);
        search_debug("InvalidKey", &bad.parse::<SecretKey>().unwrap_err());
        search_debug("InvalidKey", &Credentials::parse("access", bad).unwrap_err());

        let mut draft = WebhookDraft::new("x", TriggerDraft::LeadCreate);
        draft.custom_headers = vec![CustomHeaderDraft { name: "x".to_owned(), value: bad.clone() }; 11];
        search_debug("WebhookDraft", &draft);
        let error = draft.parse().unwrap_err();
        assert_eq!(error.violations().len(), 13, "the url, the eleventh, and each value");
        search("ValidationError", &error.to_string());
        search_debug("ValidationError", &error);
        search("ValidationError", &json!(error.violations()).to_string());
    }
}

#[test]
fn a_file_that_is_refused_does_not_show_a_headers_value() {
    let number = "770077007700";
    for headers in [
        json!([{"name": "x", "value": [CANARY]}]),
        json!([{"name": "x", "value": {"secret": CANARY}}]),
        json!([{"name": "x", "Value": CANARY}]),
        json!([{"name": "x", "value": CANARY, "more": CANARY}]),
        json!([{"value": CANARY}]),
        json!([{"name": ["x"], "value": CANARY}]),
        json!([{"name": "x", "value": format!("{CANARY}\n")}]),
        json!([CANARY]),
        json!([[CANARY]]),
        json!([{"x-api-key": CANARY}]),
        json!({"x-api-key": CANARY}),
        json!(CANARY),
        json!([{"name": "x", "value": number.parse::<u64>().unwrap()}]),
    ] {
        let draft = json!({"url": "https://example.com", "trigger": {"event": "lead_create"}, "custom_headers": headers});
        for text in [
            draft.to_string(),
            draft.to_string().replace('}', ""),
            draft.to_string().replace("\"value\"", "\"value\":1,\"value\""),
        ] {
            let Err(error) = NewWebhook::from_json(&text) else { panic!("{text} is taken") };
            search("ValidationError", &error.to_string());
            search_debug("ValidationError", &error);
            assert!(!format!("{error:?}").contains(number), "{error}");
        }
    }
}

#[test]
fn an_address_that_is_refused_does_not_show_a_password_or_a_key() {
    for url in [
        "https://CANARY@example.com",
        "https://user:CANARY@example.com/x",
        "user:CANARY@example.com",
        "user/CANARY@example.com",
        "//user:CANARY@example.com",
        "https:user:CANARY@example.com",
        "https:/user:CANARY@example.com",
        "ftp://user:CANARY@example.com",
        "https://user:CANARY@example.com:99999",
        "https://user:CANARY @example.com",
        "/hooks?secret=CANARY",
        "//example.com/?CANARY",
        "example.com?a=b&x=CANARY=CANARY#CANARY",
        "/hooks?owner=a@CANARY",
        "https:example.com?x=CANARY",
        "https:///?x=CANARY",
        "ftp://example.com?x=CANARY",
        "https://a..example?x=CANARY",
        "https://127.1?x=CANARY",
        "https://example.com:0?x=CANARY",
        "https://example.com:99999?x=CANARY#CANARY",
        "https://example.com?x=CANARY%",
        "https://example.com?x=CANARY\u{200b}",
    ] {
        let error = url.parse::<ReceiverUrl>().unwrap_err();
        search(url, &error.to_string());
        search_debug(url, &error);
        let draft = WebhookDraft::new(url, TriggerDraft::LeadCreate);
        search_debug(url, &draft);
        let error = draft.parse().unwrap_err();
        search(url, &error.to_string());
        search_debug(url, &error);
    }
    for host in [
        "https://user:CANARY@api.example",
        "CANARY@api.example",
        "https://api.example/v2/Webhook.svc/Create?accessKey=CANARY&secretKey=CANARY",
        "api.example?accessKey=CANARY",
        "http://api.example?secretKey=CANARY",
        "https://api.example#CANARY",
        "https://?CANARY",
        "https://api.example/a b?accessKey=CANARY",
    ] {
        let error = host.parse::<ApiHost>().unwrap_err();
        search(host, &error.to_string());
        search_debug(host, &error);
    }
}

#[test]
fn an_answer_that_echoes_a_secret_does_not_show_it() {
    let credentials = Credentials::parse(CANARY, CANARY).unwrap();
    let keys = Secrets::of_credentials(&credentials);
    let values = Secrets::default().and_headers_of(&webhook());
    let echo = json!({
        "Status": "Error",
        "ExceptionType": CANARY,
        "ExceptionMessage": format!("GET /?accessKey={CANARY}"),
        "Data": CANARY,
    });
    for secrets in [keys, values] {
        for (status, body) in [
            (StatusCode::UNAUTHORIZED, echo.to_string()),
            (StatusCode::OK, echo.to_string()),
            (StatusCode::BAD_GATEWAY, format!("<p>{CANARY}</p>")),
            (StatusCode::OK, format!("<p>{CANARY}</p>")),
            (StatusCode::FOUND, CANARY.to_owned()),
            (StatusCode::OK, json!({"Status": CANARY}).to_string()),
            (StatusCode::OK, format!("{{\"Status\":\"{CANARY}")),
        ] {
            let error = response::created(status, &HeaderMap::new(), body.as_bytes(), &secrets, UNIX_EPOCH)
                .unwrap_err();
            search("ResponseError", &error.to_string());
            search_debug("ResponseError", &error);
            let excerpt = match &error {
                ResponseError::Api(error) => {
                    search_debug("Failure", &Failure::Api(error));
                    search("the detail", error.detail().unwrap_or_default());
                    search("the type", error.exception_type().unwrap_or_default());
                    error.excerpt()
                }
                ResponseError::Unexpected(answer) => answer.excerpt(),
            };
            search("the excerpt", excerpt);
            assert!(excerpt.contains("[REDACTED]"), "{excerpt}");
        }
        let cut = &CANARY.as_bytes()[..CANARY.len() - 2];
        let answer = UnexpectedResponse::new(StatusCode::OK, UnexpectedReason::TooLarge, cut, &secrets);
        assert_eq!(answer.excerpt(), "[REDACTED]");
    }
}
