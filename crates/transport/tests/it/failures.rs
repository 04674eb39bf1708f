use std::time::{Duration, SystemTime};

use leadsquared_webhooks::{
    Client, Error, Outcome,
    call::{ConnectCause, LARGEST_ANSWER},
    error::{ApiErrorKind, ErrorKind, UnexpectedReason},
    quota::RateLimit,
    retry::{RetryAdvice, Stop},
};
use tokio::time::Instant;

use crate::server::{Reply, Server, client_of, webhook};

/// The error of one create against this script, the number of requests, and the virtual time.
async fn fail(script: impl IntoIterator<Item = Reply>) -> (Error, usize, Duration) {
    let server = Server::start(script).await;
    let client = client_of(&server.host()).build().unwrap();
    let started = Instant::now();
    let error = client.create(&webhook()).await.unwrap_err();
    (error, server.request_count(), started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_sent_once() {
    let mx = |kind: &str| format!(r#"{{"Status":"Error","ExceptionType":"{kind}","ExceptionMessage":"no"}}"#);
    for (status, body, kind) in [
        (400, "bad".to_owned(), ApiErrorKind::InvalidInput),
        (401, mx("MXUnAuthorizedAccessException"), ApiErrorKind::Unauthorized),
        (404, String::new(), ApiErrorKind::NotFound),
        (405, String::new(), ApiErrorKind::Unrecognized),
        (500, mx("MXInvalidDataTypeException"), ApiErrorKind::InvalidInput),
        (500, mx("MXDuplicateEntryException"), ApiErrorKind::Duplicate),
        (200, mx("MXNeverSeenException"), ApiErrorKind::Unrecognized),
    ] {
        let (error, requests, _) = fail([Reply::json(status, &body)]).await;
        assert_eq!(error.api().unwrap().kind(), kind);
        assert_eq!(
            (error.outcome(), requests, error.stop()),
            (Outcome::Refused, 1, Some(Stop::Final)),
            "{error}"
        );
        assert_eq!((error.kind().outcome(), error.retry_advice()), (Outcome::Refused, RetryAdvice::Never));
    }
}

#[tokio::test]
async fn the_advice_for_a_rate_limit_is_to_wait_for_its_window() {
    let server = Server::start([Reply::json(429, "API calls exceeded the limit of 2 in 7 second(s)")]).await;
    let client = client_of(&server.host()).build().unwrap();
    let error = client.create(&webhook()).attempts(1).await.unwrap_err();
    let limit = RateLimit { calls: Some(2), window: Some(Duration::from_secs(7)) };
    assert_eq!(error.api().unwrap().rate_limit(), Some(limit));
    assert_eq!(error.retry_advice(), RetryAdvice::After(Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_leaves_the_outcome_open_is_not_asked_for_twice() {
    let redirect = "Location: http://127.0.0.1:1/\r\n";
    let long = format!(
        "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{}",
        2 * LARGEST_ANSWER,
        " ".repeat(2 * LARGEST_ANSWER)
    );
    let cut = "HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{\"Status\":\"Succ";
    let bare = "HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n";
    for (reply, reason) in [
        (Reply::json(200, ""), UnexpectedReason::Empty),
        (Reply::json(200, "<html>"), UnexpectedReason::NotJson),
        (Reply::json(200, "[]"), UnexpectedReason::NotAnAnswer),
        (Reply::json(200, r#"{"Status":"Success"}"#), UnexpectedReason::MissingId),
        (Reply::Answer(307, String::new(), redirect), UnexpectedReason::Redirect),
        (Reply::Bytes(cut.into()), UnexpectedReason::Truncated),
        (Reply::Bytes(bare.into()), UnexpectedReason::Truncated),
        (Reply::Bytes(long.into()), UnexpectedReason::TooLarge),
    ] {
        let (error, requests, _) = fail([reply]).await;
        let ErrorKind::UnexpectedResponse(answer) = error.kind() else { panic!("{error:?}") };
        assert_eq!(answer.reason(), reason);
        assert_eq!((error.outcome(), requests, error.stop()), (Outcome::Unknown, 1, Some(Stop::Unsafe)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_fault_leaves_the_outcome_open() {
    let (error, requests, _) = fail([Reply::json(503, "<html>"), Reply::success()]).await;
    assert_eq!(error.api().unwrap().kind(), ApiErrorKind::Server);
    assert_eq!((error.outcome(), requests), (Outcome::Unknown, 1));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_after_the_request_leaves_the_outcome_open() {
    for reply in [Reply::Close, Reply::Bytes(b"HTTP/1.1 200".to_vec()), Reply::Bytes(b"\0\0".to_vec())] {
        let (error, requests, _) = fail([reply]).await;
        assert_eq!(error.kind(), &ErrorKind::Interrupted);
        assert_eq!((error.outcome(), requests), (Outcome::Unknown, 1));
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_never_answered_ends_at_the_deadline() {
    let (error, requests, time) = fail([Reply::Stall]).await;
    assert_eq!(error.kind(), &ErrorKind::Timeout { sent: true, after: Duration::from_secs(30) });
    assert_eq!((error.outcome(), requests, time.as_secs()), (Outcome::Unknown, 1, 30));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stalls_in_the_middle_ends_at_the_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{";
        tokio::io::AsyncWriteExt::write_all(&mut stream, head).await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = client_of(&host).build().unwrap().create(&webhook()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Timeout { sent: true, after: Duration::from_secs(30) });
}

#[tokio::test(start_paused = true)]
async fn a_closed_port_is_tried_four_times_and_nothing_was_sent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client_of(&format!("http://{closed}")).build().unwrap();
    let started = Instant::now();
    let error = client.create(&webhook()).await.unwrap_err();
    assert_eq!(error.cause(), Some(ConnectCause::Refused));
    assert!(error.source_text().unwrap().contains("efused"), "{:?}", error.source_text());
    assert_eq!((error.outcome(), error.stop()), (Outcome::NotSent, Some(Stop::Attempts)));
    assert_eq!(error.attempts().len(), 4);
    assert!(error.attempts().iter().all(|attempt| !attempt.sent));
    assert!(started.elapsed() < Duration::from_millis(500 + 1000 + 2000 + 50));
}

/// A listener that accepts and sends nothing, so that a TLS handshake stalls.
async fn mute() -> (Client, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("https://{}", listener.local_addr().unwrap());
    (client_of(&host).build().unwrap(), listener)
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_stalls_sent_nothing_whichever_limit_ends_it() {
    let (client, _listener) = mute().await;
    let by_connect_timeout = client.create(&webhook()).attempts(1).await.unwrap_err();
    assert_eq!(by_connect_timeout.cause(), Some(ConnectCause::Timeout));

    let by_deadline = client.create(&webhook()).timeout(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(by_deadline.kind(), &ErrorKind::Timeout { sent: false, after: Duration::from_secs(2) });
    assert_eq!(by_deadline.outcome(), Outcome::NotSent);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_in_each_disguise_is_waited_out() {
    let message = "API calls exceeded the limit of 25 in 5 second(s)";
    let disguised = format!(
        r#"{{"Status":"Error","ExceptionType":"MXAPIRateLimitExceededException","ExceptionMessage":"{message}"}}"#
    );
    for reply in [Reply::rate_limit(25, 5), Reply::json(403, message), Reply::json(200, &disguised)] {
        let server = Server::start([reply, Reply::success()]).await;
        let created = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap();
        assert_eq!(created.attempts.len(), 2);
        let requests = server.requests();
        assert_eq!((requests[1].at - requests[0].at).as_secs(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_that_lasts_is_refused_after_four_attempts() {
    let (error, requests, time) = fail([Reply::rate_limit(25, 5)]).await;
    assert!(matches!(error.api().unwrap().kind(), ApiErrorKind::RateLimited(_)));
    assert_eq!((error.outcome(), requests, time.as_secs()), (Outcome::Refused, 4, 15));
    assert_eq!(error.stop(), Some(Stop::Attempts));
}

#[tokio::test(start_paused = true)]
async fn a_window_beyond_the_deadline_is_not_waited_for() {
    let (error, requests, time) = fail([Reply::rate_limit(10_000, 86_400)]).await;
    assert_eq!((error.outcome(), requests, error.stop()), (Outcome::Refused, 1, Some(Stop::Deadline)));
    assert!(time < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_servers_own_retry_after_is_honoured() {
    let limited = Reply::Answer(429, String::new(), "Retry-After: 7\r\n");
    let server = Server::start([limited, Reply::success()]).await;
    let _ = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap();
    assert_eq!((server.requests()[1].at - server.requests()[0].at).as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_may_be_a_date() {
    let at = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(20));
    let limited = Reply::Answer(429, String::new(), format!("Retry-After: {at}\r\n").leak());
    let server = Server::start([limited, Reply::success()]).await;
    let _ = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap();
    let waited = server.requests()[1].at - server.requests()[0].at;
    // Dates are in whole seconds, and the test itself takes time.
    assert!((15..=20).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_deadline_ends_the_call() {
    for wait in ["30", "4294967296", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let header = format!("Retry-After: {wait}\r\n").leak();
        let (error, requests, time) = fail([Reply::Answer(429, String::new(), header)]).await;
        assert_eq!((requests, error.stop()), (1, Some(Stop::Deadline)), "{wait}");
        assert!(time < Duration::from_secs(1), "{wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_before_does_not_soften_an_unknown_end() {
    let (error, requests, _) = fail([Reply::rate_limit(25, 5), Reply::Close]).await;
    assert_eq!((error.outcome(), requests, error.attempts().len()), (Outcome::Unknown, 2, 2));
}
