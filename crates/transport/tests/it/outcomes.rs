//! The outcome of a call is a fold over its attempts.

use leadsquared_webhooks::{
    Client, Error, Outcome, call::Operation, error::ErrorKind, retry::Stop, webhook::WebhookId,
};

use crate::server::{Reply, Server, client_of, webhook};

const ID: &str = "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4";

fn id() -> WebhookId {
    ID.parse().unwrap()
}

fn refusal(kind: &str) -> Reply {
    let body = format!(r#"{{"Status":"Error","ExceptionType":"{kind}","ExceptionMessage":"no"}}"#);
    Reply::json(500, &body)
}

fn listed() -> Reply {
    Reply::json(200, &format!(r#"{{"RecordCount":1,"Response":[{{"WebhookId":"{ID}"}}]}}"#))
}

fn empty() -> Reply {
    Reply::json(200, r#"{"RecordCount":0}"#)
}

/// Replies after which it is unknown whether the request was applied, and after which a call is
/// retried.
fn unknown() -> Vec<Reply> {
    vec![
        Reply::Close,
        Reply::Bytes(b"HTTP/1.1 200".to_vec()),
        Reply::Bytes(b"\0\0".to_vec()),
        Reply::json(503, "<html>"),
        Reply::json(200, "<html>"),
        Reply::Bytes(b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{\"Status\":\"Succ".to_vec()),
    ]
}

/// How any later attempt may fail, and the name of the failure.
fn failures() -> Vec<(Reply, &'static str)> {
    let redirect = Reply::Answer(307, String::new(), "Location: http://127.0.0.1:1/\r\n");
    vec![
        (Reply::Vanish, "connect"),
        (refusal("MXUnAuthorizedAccessException"), "unauthorized"),
        (refusal("MXInvalidInputException"), "invalid_input"),
        (refusal("MXDuplicateEntryException"), "duplicate"),
        (refusal("MXNeverSeenException"), "unrecognized"),
        (Reply::json(404, ""), "not_found"),
        (Reply::rate_limit(25, 5), "rate_limited"),
        (Reply::rate_limit(10_000, 86_400), "rate_limited"),
        (Reply::json(503, ""), "server"),
        (Reply::Close, "interrupted"),
        (Reply::Stall, "timeout"),
        (redirect, "unexpected_response"),
        (Reply::json(200, "<html>"), "unexpected_response"),
    ]
}

async fn client_and_server(script: impl IntoIterator<Item = Reply>) -> (Client, Server) {
    let server = Server::start(script).await;
    (client_of(&server.host()).build().unwrap(), server)
}

#[tokio::test(start_paused = true)]
async fn an_update_or_delete_of_which_an_attempt_is_unknown_stays_unknown_whatever_fails_later() {
    for operation in [Operation::Update, Operation::Delete] {
        for first in unknown() {
            for (next, kind) in failures() {
                let (client, _server) = client_and_server([first.clone(), next.clone()]).await;
                let error = match operation {
                    Operation::Update => client.update(&id(), &webhook()).await.unwrap_err(),
                    _ => client.delete(&id()).await.unwrap_err(),
                };
                assert_eq!(
                    (error.operation(), error.kind().as_str()),
                    (operation, kind),
                    "{first:?} {next:?}"
                );
                assert_eq!(error.outcome(), Outcome::Unknown, "{first:?} {next:?}");
                assert!(error.may_have_been_applied());
                assert!(error.to_string().contains("may have been applied"), "{error}");
                assert_eq!((error.id(), error.ticket()), (Some(&id()), None));
                assert_eq!(serde_json::to_value(&error).unwrap()["outcome"], "unknown");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_refused_and_then_not_sent_is_refused() {
    let (client, server) = client_and_server([Reply::LimitThenVanish]).await;
    let error = client.create(&webhook()).await.unwrap_err();
    assert_eq!((error.kind().as_str(), error.outcome()), ("connect", Outcome::Refused));
    assert_eq!((error.attempts().len(), server.request_count(), error.ticket()), (4, 1, None));
    assert!(
        error.to_string().ends_with("; an earlier attempt was refused; does a server listen on this port?"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn no_create_is_sent_again_once_an_attempt_is_unknown() {
    for first in unknown().into_iter().chain([Reply::Stall]) {
        let (client, server) = client_and_server([first.clone(), Reply::success()]).await;
        let error = client.create(&webhook()).await.unwrap_err();
        assert_eq!((error.outcome(), server.request_count()), (Outcome::Unknown, 1), "{first:?}");
        assert!(error.ticket().is_some());
        assert!(error.to_string().ends_with("; the webhook may exist"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_of_which_an_attempt_is_unknown_is_done_when_the_list_shows_no_such_webhook() {
    for first in unknown() {
        for next in
            [refusal("MXInvalidInputException"), Reply::json(404, ""), refusal("MXNeverSeenException")]
        {
            let (client, server) = client_and_server([first.clone(), next.clone(), empty()]).await;
            let changed = client.delete(&id()).await.unwrap();
            assert_eq!((changed.attempts.len(), server.request_count()), (2, 3), "{first:?} {next:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_of_which_an_attempt_is_unknown_and_whose_webhook_is_still_listed_stays_unknown() {
    let (client, server) = client_and_server([Reply::Close, Reply::json(404, ""), listed()]).await;
    let error = client.delete(&id()).await.unwrap_err();
    assert_eq!(
        (error.kind().as_str(), error.outcome(), error.stop()),
        ("not_found", Outcome::Unknown, Some(Stop::Final))
    );
    assert_eq!(server.request_count(), 2 + 4);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_was_answered_and_whose_webhook_is_still_listed_says_so() {
    let (client, server) = client_and_server([Reply::success(), listed()]).await;
    let error = client.delete(&id()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.kind().status()),
        (&ErrorKind::StillListed, Outcome::Unknown, None)
    );
    assert_eq!(
        error.to_string(),
        "the delete was answered without an error, and the webhook is still listed; the delete may have been applied"
    );
    assert_eq!(server.request_count(), 1 + 4);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_delete_reports_the_attempts_of_the_read_that_failed() {
    let (client, _server) =
        client_and_server([Reply::success(), refusal("MXUnAuthorizedAccessException")]).await;
    let error = client.delete(&id()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Unconfirmed, Outcome::Unknown));
    let attempts: Vec<_> =
        error.attempts().iter().map(|attempt| (attempt.operation, attempt.result)).collect();
    assert_eq!(attempts, [(Operation::Delete, "ok"), (Operation::Retrieve, "unauthorized")]);
    assert!(error.source_text().unwrap().starts_with("the keys are wrong"), "{:?}", error.source_text());
}

/// The error of a read against this script.
async fn unread(script: impl IntoIterator<Item = Reply>) -> Error {
    let (client, _server) = client_and_server(script).await;
    client.list().await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_never_says_that_something_may_have_been_applied() {
    for first in unknown() {
        for (next, kind) in failures() {
            let error = unread([first.clone(), next]).await;
            assert_eq!((error.operation(), error.kind().as_str()), (Operation::Retrieve, kind));
            assert!(!error.may_have_been_applied());
            for word in ["applied", "may exist"] {
                assert!(!error.to_string().contains(word), "{error}");
            }
            let json = serde_json::to_value(&error).unwrap();
            assert_eq!(
                (&json["operation"], &json["may_have_been_applied"]),
                (&"retrieve".into(), &false.into())
            );
            assert!(
                json["attempts"].as_array().unwrap().iter().all(|attempt| attempt["operation"] == "retrieve")
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_hold_what_it_says_is_reported_as_such_with_every_reading() {
    let short = Reply::json(200, r#"{"RecordCount":2,"Response":[{"WebhookId":"a"}]}"#);
    let error = unread([short]).await;
    assert_eq!(error.kind(), &ErrorKind::ListIncomplete { record_count: 2, listed: 1 });
    assert_eq!(error.to_string(), "the list holds 1 webhooks, and its RecordCount says 2");
    assert_eq!((error.kind().status(), error.attempts().len()), (None, 10));
    assert!(error.attempts().iter().all(|attempt| attempt.result == "ok"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_cannot_be_read_reports_the_attempts_of_the_pages_before() {
    let page = Reply::json(200, r#"{"RecordCount":2,"Response":[{"WebhookId":"a"}]}"#);
    let error = unread([page, Reply::json(400, "")]).await;
    let attempts: Vec<_> = error.attempts().iter().map(|attempt| attempt.result).collect();
    assert_eq!(attempts, ["ok", "invalid_input"]);
}
