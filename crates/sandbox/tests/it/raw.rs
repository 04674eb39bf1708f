//! A client that sends exactly the given bytes.

use leadsquared_webhooks_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const ACCESS_KEY: &str = "u$rcanary1";
pub(crate) const SECRET_KEY: &str = "s$canary2";
pub(crate) const QUERY: &str = "accessKey=u%24rcanary1&secretKey=s%24canary2";
pub(crate) const UTF8: &str = "Content-Type: application/json; charset=utf-8\r\n";

/// Starts a sandbox with known keys.
macro_rules! sandbox {
    ($($setting:ident $value:expr),*) => {
        leadsquared_webhooks_sandbox::Sandbox::builder()
            .access_key($crate::raw::ACCESS_KEY)
            .secret_key($crate::raw::SECRET_KEY)
            $(.$setting($value))*
            .start()
            .await
            .unwrap()
    };
}
pub(crate) use sandbox;

/// The answer, up to the end of the connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn exception(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        (self.status(), text("ExceptionType"), text("ExceptionMessage"))
    }
}

/// Sends a request on a separate connection; returns `None` without a complete head.
pub(crate) async fn send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &str,
    body: &[u8],
) -> Option<Answer> {
    let host = sandbox.host();
    let host = host.trim_start_matches("http://");
    exchange(sandbox, &format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}"), body).await
}

/// Sends a request on a separate connection, adding only `Connection` and `Content-Length`.
pub(crate) async fn exchange(sandbox: &Sandbox, head: &str, body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(sandbox.host().trim_start_matches("http://")).await.unwrap();
    let head = format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut bytes = Vec::new();
    // A reset connection counts as a closed one.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Answer { head: head.to_owned(), body: body.to_owned() })
}

pub(crate) async fn create_raw(sandbox: &Sandbox, body: &[u8]) -> Option<Answer> {
    send(sandbox, "POST", &format!("/v2/Webhook.svc/Create?{QUERY}"), UTF8, body).await
}

pub(crate) async fn create(sandbox: &Sandbox, body: &Value) -> Answer {
    create_raw(sandbox, body.to_string().as_bytes()).await.unwrap()
}

/// Sends a POST with valid keys; returns `None` without a complete head.
pub(crate) async fn call(sandbox: &Sandbox, name: &str, body: &Value) -> Option<Answer> {
    let target = format!("/v2/Webhook.svc/{name}?{QUERY}");
    send(sandbox, "POST", &target, UTF8, body.to_string().as_bytes()).await
}

/// Sends a create with these percent-encoded keys.
pub(crate) async fn create_with(
    sandbox: &Sandbox,
    access_key: &str,
    secret_key: &str,
    body: &Value,
) -> Answer {
    let target = format!("/v2/Webhook.svc/Create?accessKey={access_key}&secretKey={secret_key}");
    send(sandbox, "POST", &target, UTF8, body.to_string().as_bytes()).await.unwrap()
}

/// Sends a Delete with valid keys.
pub(crate) async fn deleted(sandbox: &Sandbox, id: &str) -> Option<Answer> {
    send(sandbox, "GET", &format!("/v2/Webhook.svc/Delete?{QUERY}&webhookId={id}"), "", b"").await
}

/// Returns the body of a Retrieve with these parameters.
pub(crate) fn retrieve(parameter: &Value) -> Value {
    json!({"Parameter": parameter})
}

/// Returns the body of a Retrieve of all webhooks.
pub(crate) fn retrieve_all() -> Value {
    retrieve(&json!({"Type": "Webhook"}))
}

/// Returns the IDs that a Retrieve shows, in order.
pub(crate) async fn shown(sandbox: &Sandbox, body: &Value) -> Vec<String> {
    let answer = call(sandbox, "Retrieve", body).await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.body);
    let items = answer.json()["Response"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["WebhookId"].as_str().unwrap().to_owned()).collect()
}

/// Returns LeadSquared's own sample.
pub(crate) fn sample() -> Value {
    json!({
        "Description": "Description of webhook", "URL": "https://requestb.in/19n3y3u1", "Method": "POST",
        "ContentType": "application/json", "WebhookEvent": "1", "IsSpecificLandingPage": false, "NotifyOnFailure": true,
        "WebhookProperties": null,
        "CustomHeaders": [{"Key": "x-api-key", "Value": "canary3"}, {"Key": "x-api-key", "Value": "canary4"}],
    })
}

/// Returns the sample with changed members.
pub(crate) fn sample_with(changes: Value) -> Value {
    let mut body = sample();
    let Value::Object(changes) = changes else { panic!("an object") };
    body.as_object_mut().unwrap().extend(changes);
    body
}

pub(crate) fn activity(code: &str) -> Value {
    let properties = json!({"ActivityEvent": code, "ActivityData": "[]", "WebPageNames": "[]"}).to_string();
    sample_with(json!({"WebhookEvent": "2", "ActivityEvent": code, "WebhookProperties": properties}))
}

pub(crate) fn lead_field(name: &str) -> Value {
    let properties = json!({"ChangedLeadField": name}).to_string();
    sample_with(json!({"WebhookEvent": "26", "ChangedLeadField": name, "WebhookProperties": properties}))
}

pub(crate) fn opportunity(code: u32) -> Value {
    let properties = json!({"OpportunityEvents": ["12000"], "IsAsyncEnable": false}).to_string();
    sample_with(json!({
        "WebhookEvent": code.to_string(), "OpportunityEvents": ["12000"], "WebhookProperties": properties,
    }))
}
