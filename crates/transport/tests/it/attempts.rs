use leadsquared_webhooks::{Outcome, call::WaitedFor};
use serde_json::Value;

use crate::server::{Reply, Server, client_of, webhook};

#[tokio::test(start_paused = true)]
async fn the_log_reports_each_attempt_and_what_was_waited_for() {
    let server = Server::start([Reply::rate_limit(25, 5), Reply::success()]).await;
    let created = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap();
    let [first, second] = &created.attempts[..] else { panic!("{created:?}") };
    assert_eq!((first.number, first.status, first.result), (1, Some(429), "rate_limited"));
    assert_eq!((first.sent, first.outcome), (true, Some(Outcome::Refused)));
    assert_eq!((first.waited_for, first.waited.unwrap().as_secs()), (Some(WaitedFor::RateLimit), 5));
    assert_eq!((second.number, second.status, second.result), (2, Some(200), "ok"));
    assert_eq!((second.sent, second.outcome, second.waited_for, second.waited), (true, None, None, None));
}

#[tokio::test(start_paused = true)]
async fn the_log_and_the_error_are_json_with_stable_names() {
    let server = Server::start([Reply::rate_limit(20, 60)]).await;
    let error = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap_err();
    let mut attempts = serde_json::to_value(error.attempts()).unwrap();
    let started_at = attempts[0].as_object_mut().unwrap().remove("started_at").unwrap();
    assert!(started_at.as_str().unwrap().ends_with('Z'), "{started_at}");
    let detail = "the account's quota is exceeded: API calls exceeded the limit of 20 in 60 second(s) (status 429, \
                  MXAPIRateLimitExceededException)";
    assert_eq!(
        attempts,
        serde_json::json!([{
            "operation": "create", "number": 1, "quota_wait_ms": 0, "duration_ms": attempts[0]["duration_ms"], "sent": true, "status": 429,
            "result": "rate_limited", "detail": detail, "outcome": "refused", "waited_for": null, "waited_ms": null,
        }])
    );
    assert_eq!(
        serde_json::to_value(&error).unwrap(),
        serde_json::json!({
            "operation": "create", "kind": "rate_limited", "detail": detail, "outcome": "refused", "may_have_been_applied": false,
            "cause": null, "source": null,
            "status": 429, "exception_type": "MXAPIRateLimitExceededException", "limit": 20, "window_s": 60,
            "stopped": "deadline", "id": null, "ticket": null, "attempts": attempts_of(&error),
        })
    );
}

fn attempts_of(error: &leadsquared_webhooks::Error) -> Value {
    serde_json::to_value(error.attempts()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_error_without_an_answer_has_the_same_json_keys() {
    let server = Server::start([Reply::Close]).await;
    let error = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap_err();
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["kind"], "interrupted");
    assert_eq!(json["may_have_been_applied"], true);
    assert_eq!(json["status"], Value::Null);
    assert_eq!(json.as_object().unwrap().len(), 15);
    let ticket: leadsquared_webhooks::reconcile::Ticket = json["ticket"].to_string().parse().unwrap();
    assert_eq!(
        Some(&ticket.identity().clone()),
        error.ticket().map(leadsquared_webhooks::reconcile::Ticket::identity)
    );
}
