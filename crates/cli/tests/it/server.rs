//! A scripted server, independent of the sandbox. It records the exact bytes that it received.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Barrier, Mutex},
    thread,
};

use serde_json::Value;

pub(crate) const ACCESS_KEY: &str = "u$rcanary-access";
pub(crate) const SECRET_KEY: &str = "s$canary/secret+=";
pub(crate) const SUCCESS: &str =
    r#"{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"#;

#[derive(Clone)]
pub(crate) enum Reply {
    Answer(u16, String),
    Redirect(String),
    /// An empty list with this `Date`.
    Dated(&'static str),
    Truncated,
    Close,
    Stall,
    /// The response of a success, sent once the test has reached the barrier.
    Held(Arc<Barrier>),
}

impl Reply {
    pub(crate) fn success() -> Self {
        Self::Answer(200, SUCCESS.to_owned())
    }

    pub(crate) fn error(status: u16, exception: &str, message: &str) -> Self {
        let body =
            serde_json::json!({"Status": "Error", "ExceptionType": exception, "ExceptionMessage": message});
        Self::Answer(status, body.to_string())
    }

    /// The response of Retrieve.
    pub(crate) fn list(webhooks: &[Value]) -> Self {
        let body = serde_json::json!({"RecordCount": webhooks.len(), "Response": webhooks});
        Self::Answer(200, body.to_string())
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        Some(match self {
            Self::Answer(status, body) => {
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
            }
            Self::Redirect(to) => {
                format!("HTTP/1.1 307 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into()
            }
            Self::Dated(date) => {
                let body = r#"{"RecordCount":0}"#;
                let length = body.len();
                format!("HTTP/1.1 200 X\r\nDate: {date}\r\nContent-Length: {length}\r\n\r\n{body}").into()
            }
            Self::Truncated => format!(
                "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{}",
                SUCCESS.len(),
                SUCCESS.split_at(20).0
            )
            .into(),
            Self::Held(barrier) => {
                barrier.wait();
                return Self::success().bytes();
            }
            Self::Close | Self::Stall => return None,
        })
    }
}

pub(crate) struct Server {
    port: u16,
    received: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    /// Serves the script, one reply per request, and then repeats its last reply.
    pub(crate) fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), received: Arc::default() };
        let received = Arc::clone(&server.received);
        let script: Arc<Mutex<Vec<_>>> = Arc::new(Mutex::new(script.into_iter().collect()));
        thread::spawn(move || {
            for stream in listener.incoming() {
                // An idle connection does not block others.
                let (received, script) = (Arc::clone(&received), Arc::clone(&script));
                thread::spawn(move || serve(&mut stream.unwrap(), &received, &script));
            }
        });
        server
    }

    pub(crate) fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The head and the body of each request.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn request_count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

impl Server {
    /// Waits until `count` requests have arrived.
    pub(crate) fn await_requests(&self, count: usize) {
        while self.request_count() < count {
            thread::yield_now();
        }
    }
}

/// Serves one connection.
fn serve(stream: &mut TcpStream, received: &Mutex<Vec<(String, String)>>, script: &Mutex<Vec<Reply>>) {
    while let Some(request) = read_request(stream) {
        received.lock().unwrap().push(request);
        let reply = {
            let mut script = script.lock().unwrap();
            if script.len() > 1 { script.remove(0) } else { script[0].clone() }
        };
        match (reply.bytes(), &reply) {
            (Some(bytes), _) => stream.write_all(&bytes).unwrap(),
            (None, Reply::Stall) => {
                // Until the client closes the connection.
                let _ = stream.read(&mut [0]);
            }
            (None, _) => {}
        }
        if !matches!(reply, Reply::Answer(..) | Reply::Held(_)) {
            break;
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .to_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}
