//! A server independent of the sandbox: it follows a script and records what it received, byte for
//! byte.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use leadsquared_webhooks::{
    Client, NewWebhook, Trigger,
    account::{ClientBuilder, Credentials},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::{Instant, sleep},
};

pub(crate) const ACCESS_KEY: &str = "u$rcanary-access/1+=";
pub(crate) const SECRET_KEY: &str = "canary secret&\"2%";

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with a status, a body, and more header lines.
    Answer(u16, String, &'static str),
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Answers with success and then closes the connection.
    SuccessThenClose,
    /// Reads the request and closes.
    Close,
    /// Reads the request and never answers.
    Stall,
    /// Waits, then answers with success.
    Late(Duration),
    /// Waits, then answers that the rate limit is exceeded.
    LateLimit(Duration),
    /// Reads the request, closes the connection, and stops listening.
    Vanish,
    /// Answers that the rate limit is exceeded, closes the connection, and stops listening.
    LimitThenVanish,
}

impl Reply {
    pub(crate) fn success() -> Self {
        Self::json(200, r#"{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"#)
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, body.to_owned(), "")
    }

    pub(crate) fn rate_limit(calls: u32, seconds: u32) -> Self {
        Self::json(
            429,
            &format!(
                r#"{{"Status":"Error","ExceptionType":"MXAPIRateLimitExceededException","ExceptionMessage":"API calls exceeded the limit of {calls} in {seconds} second(s)"}}"#
            ),
        )
    }
}

/// One request, as received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Received {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<Mutex<usize>>,
    serving: Arc<Mutex<Vec<AbortHandle>>>,
    listening: Arc<Mutex<Option<AbortHandle>>>,
}

impl Server {
    /// Serves the script, one reply per request, then repeats the last one.
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
            connections: Arc::default(),
            serving: Arc::default(),
            listening: Arc::default(),
        };
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let accepting = server.clone();
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *accepting.connections.lock().unwrap() += 1;
                let (server, script) = (accepting.clone(), Arc::clone(&script));
                let connection = tokio::spawn(async move { server.serve(stream, &script).await });
                accepting.serving.lock().unwrap().push(connection.abort_handle());
            }
        });
        *server.listening.lock().unwrap() = Some(listening.abort_handle());
        server
    }

    pub(crate) fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn request_count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    pub(crate) fn connection_count(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Closes every connection, and returns when that is done.
    pub(crate) fn close_connections(&self) {
        for connection in self.serving.lock().unwrap().drain(..) {
            connection.abort();
            while !connection.is_finished() {
                std::thread::yield_now();
            }
        }
    }

    async fn listen_no_more(&self) {
        let listening = self.listening.lock().unwrap().take().unwrap();
        listening.abort();
        while !listening.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    async fn serve(&self, mut stream: TcpStream, script: &Mutex<VecDeque<Reply>>) {
        while let Some(received) = read_request(&mut stream).await {
            self.received.lock().unwrap().push(received);
            let reply = {
                let mut script = script.lock().unwrap();
                if script.len() > 1 { script.pop_front().unwrap() } else { script[0].clone() }
            };
            match reply {
                Reply::Answer(status, body, more) => answer(&mut stream, status, &body, more).await,
                Reply::Bytes(bytes) => {
                    stream.write_all(&bytes).await.unwrap();
                    return;
                }
                Reply::SuccessThenClose => {
                    let Reply::Answer(status, body, more) = Reply::success() else { unreachable!() };
                    answer(&mut stream, status, &body, more).await;
                    return;
                }
                Reply::Close => return,
                Reply::LateLimit(wait) => {
                    sleep(wait).await;
                    answer(&mut stream, 429, "", "Retry-After: 5\r\n").await;
                }
                Reply::Vanish => return self.listen_no_more().await,
                Reply::LimitThenVanish => {
                    self.listen_no_more().await;
                    return answer(&mut stream, 429, "", "Retry-After: 1\r\n").await;
                }
                Reply::Stall => std::future::pending().await,
                Reply::Late(wait) => {
                    sleep(wait).await;
                    let Reply::Answer(status, body, more) = Reply::success() else { unreachable!() };
                    answer(&mut stream, status, &body, more).await;
                }
            }
        }
    }
}

async fn answer(stream: &mut TcpStream, status: u16, body: &str, more: &str) {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{more}\r\n", body.len());
    // The client may have disconnected by then.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut received = Received { head, body: String::new(), at: Instant::now() };
    let length: usize = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    received.body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
    Some(received)
}

pub(crate) fn credentials() -> Credentials {
    Credentials::parse(ACCESS_KEY, SECRET_KEY).unwrap()
}

/// A builder for a client of this host.
pub(crate) fn client_of(host: &str) -> ClientBuilder {
    Client::builder(host.parse().unwrap(), credentials())
}

pub(crate) fn webhook() -> NewWebhook {
    NewWebhook::builder(
        "https://example.com/hooks".parse().unwrap(),
        Trigger::LeadActivityCreate("22".parse().unwrap()),
    )
    .description("calls")
    .build()
}
