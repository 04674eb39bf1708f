//! `bare serve` answers every create at once, and prints its port. `bare call PORT CALLS` makes
//! calls with the HTTP library alone, and prints the seconds and the CPU seconds per call.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its figures, and ends when something is wrong"
)]

use std::{env, fs, time::Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const ANSWER: &str = r#"{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"#;
const BODY: &str = r#"{"Description":"calls","URL":"https://example.com/hooks/leadsquared","Method":"POST","ContentType":"application/json","WebhookEvent":"2","LandingPageUrls":null,"IsSpecificLandingPage":false,"NotifyOnFailure":true,"WebhookProperties":"{\"ActivityEvent\":\"22\",\"ActivityData\":\"[]\",\"WebPageNames\":\"[]\"}","CustomHeaders":[{"Key":"x-api-key","Value":"a-secret"},{"Key":"x-tenant","Value":"42"}],"ActivityEvent":"22"}"#;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match arguments.get(1).map(String::as_str) {
        Some("serve") => runtime.block_on(serve()),
        Some("call") => {
            let port: u16 = arguments[2].parse().expect("a port");
            let calls: u32 = arguments[3].parse().expect("a number of calls");
            call(&runtime, port, calls);
        }
        _ => println!("bare serve | bare call PORT CALLS"),
    }
}

async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        tokio::spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{ANSWER}",
        ANSWER.len()
    );
    let mut bytes = Vec::with_capacity(4096);
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
                return;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let whole = end + length.unwrap_or(0);
        while bytes.len() < whole {
            if !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
                return;
            }
        }
        bytes.drain(..whole);
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn call(runtime: &tokio::runtime::Runtime, port: u16, calls: u32) {
    rustls::crypto::ring::default_provider().install_default().expect("the first provider");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://127.0.0.1:{port}/v2/Webhook.svc/Create?accessKey=access&secretKey=secret");
    let once = || {
        runtime.block_on(async {
            let request =
                client.post(&url).header("content-type", "application/json; charset=utf-8").body(BODY);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.bytes().await.expect("a body").len(), ANSWER.len());
        });
    };
    (0..100).for_each(|_| once());
    let (begun, cpu) = (Instant::now(), cpu_seconds());
    (0..calls).for_each(|_| once());
    let calls = f64::from(calls);
    println!(
        r#"{{"wall": {}, "cpu": {}}}"#,
        begun.elapsed().as_secs_f64() / calls,
        (cpu_seconds() - cpu) / calls
    );
}

/// Returns user and system time of this process, in steps of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / 100.0
}
