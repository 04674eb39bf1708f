use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use leadsquared_webhooks::{
    NewWebhook, Trigger,
    account::Auth,
    blocking,
    webhook::{CustomHeader, CustomHeaders},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{ACCESS_KEY, Reply, SECRET_KEY, Server, client_of};

const HEADER_VALUE: &str = "canary-header-value$3";

/// The contents of a log at trace level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn webhook() -> NewWebhook {
    let header = CustomHeader::parse("x-api-key", HEADER_VALUE).unwrap();
    NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate)
        .custom_headers(CustomHeaders::try_from(vec![header]).unwrap())
        .build()
}

fn assert_clean(text: &str) {
    // Every form of every secret contains one of these: no encoding changes their characters.
    for canary in ["canary", "Y2FuYXJ5"] {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

#[test]
fn no_log_no_error_and_no_debug_shows_a_key_or_a_header_value() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("trace").with_writer(log.clone()).with_ansi(false).finish();
    // For every thread of this process, because connections have separate tasks.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let echo = format!(
        "<html>{ACCESS_KEY} u%24rcanary-access%2F1%2B%3D canary%20secret%26%222%25 {SECRET_KEY} canary secret&amp;&quot;2% {HEADER_VALUE}"
    );
    let envelope = serde_json::json!({
        "Status": "Error", "ExceptionType": format!("MX{SECRET_KEY}"), "ExceptionMessage": format!("{ACCESS_KEY} {HEADER_VALUE}"),
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for auth in Auth::ALL {
        let replies = [
            Reply::success(),
            Reply::json(500, &echo),
            Reply::json(200, &echo),
            Reply::json(400, &envelope.to_string()),
            Reply::Close,
            Reply::Answer(302, echo.clone(), "Location: http://127.0.0.1:1/?x=y\r\n"),
            Reply::Late(Duration::from_millis(1500)),
        ];
        let count = replies.len();
        let server = runtime.block_on(Server::start(replies));
        let client = client_of(&server.host()).auth(auth).timeout(Duration::from_secs(1)).build().unwrap();
        let client = blocking::Client::new(client).unwrap();
        for _ in 0..count {
            match client.create(&webhook()) {
                Ok(created) => {
                    assert_clean(&format!("{created:?}{}", serde_json::to_string(&created).unwrap()));
                }
                Err(error) => {
                    let source = std::error::Error::source(&error)
                        .map(|source| format!("{source}{source:?}{source:#?}"));
                    assert_clean(&format!(
                        "{error}{error:?}{error:#?}{source:?}{}",
                        serde_json::to_string(&error).unwrap()
                    ));
                    assert_clean(&serde_json::to_string(error.attempts()).unwrap());
                }
            }
            assert_clean(&format!("{client:?}{:?}", client.pending()));
        }
        assert_eq!(server.request_count(), count);
    }
    // Refused connections and TLS as well: rustls logs its handshake.
    for host in ["http://127.0.0.1:1", "https://127.0.0.1:1"] {
        let client =
            blocking::Client::new(client_of(host).timeout(Duration::from_millis(200)).build().unwrap())
                .unwrap();
        let error = client.create(&webhook()).unwrap_err();
        assert_clean(&format!("{error}{error:?}"));
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("hyper_util") && log.contains("leadsquared_webhooks"), "{log}");
    assert_clean(&log);
}
