//! A create over loopback, compared with the same POST by bare reqwest: time and CPU time, in
//! alternating rounds of one run.
//!
//! Everything but the server runs in the measuring thread, so that its CPU time is complete. The
//! server is a thread that gives every request the same answer.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark has no users, may panic, and prints"
)]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use leadsquared_webhooks::{
    Client, NewWebhook, account::Credentials, blocking, core::request, event::EventCodes, quota::Quota,
};
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

const DRAFT: &str = include_str!("../../../examples/lead-activity-create.json");
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 76\r\n\r\n\
                      {\"Status\":\"Success\",\"Message\":{\"Id\":\"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4\"}}";

/// One call with one of the clients.
type Call<'a> = Box<dyn FnMut() + 'a>;

/// The cost of one call in a round, in microseconds.
#[derive(Clone, Copy)]
struct Cost {
    time: f64,
    cpu: f64,
}

fn main() {
    // Cargo's test mode builds and runs each benchmark once, without judging the result.
    let once = std::env::args().any(|argument| argument == "--test");
    let (rounds, calls) = if once { (1, 10) } else { (60, 400) };
    let host = serve();
    let webhook = NewWebhook::from_json(DRAFT).unwrap();
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let (bare_runtime, own_runtime): (Runtime, Runtime) = (runtime(), runtime());

    let client = Client::builder(host.parse().unwrap(), Credentials::parse("u$r-access", "s$cret").unwrap())
        .quota(Quota::unlimited())
        .build()
        .unwrap();
    assert_eq!(request::create(&webhook, EventCodes::Documented).into_body(), body(), "both send the same");
    let blocking = blocking::Client::new(client.clone()).unwrap();
    let url = format!("{host}/v2/Webhook.svc/Create?accessKey=u%24r-access&secretKey=s%24cret");
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();

    let mut ways: Vec<(&str, Call<'_>)> = vec![
        (
            "bare reqwest",
            Box::new(|| {
                bare_runtime.block_on(async {
                    let request = http
                        .post(&url)
                        .header("content-type", "application/json; charset=utf-8")
                        .body(body())
                        .timeout(Duration::from_secs(30));
                    let answer = request.send().await.unwrap();
                    let answer: serde_json::Value =
                        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
                    assert!(answer.get("Status").is_some_and(|status| status == "Success"));
                });
            }),
        ),
        (
            "Client::create",
            Box::new(|| drop(own_runtime.block_on(client.create(&webhook).into_future()).unwrap())),
        ),
        ("blocking::Client::create", Box::new(|| drop(blocking.create(&webhook).unwrap()))),
    ];
    // A filter, as in other benchmarks, to profile a single client.
    if let Some(filter) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        ways.retain(|(name, _)| name.contains(&filter));
    }
    let costs = measure(&mut ways, rounds, calls);

    println!("{:<26} {:>12} {:>7} {:>12} {:>7}", "per call", "time", "ratio", "processor", "ratio");
    let [bare, ..] = &*costs else { return };
    for ((name, _), rounds) in ways.iter().zip(&costs) {
        let cost = median_of(rounds);
        let ratio = |part: fn(&Cost) -> f64| {
            median(rounds.iter().zip(bare).map(|(own, bare)| part(own) / part(bare)))
        };
        println!(
            "{name:<26} {:>9.1} µs {:>7.3} {:>9.1} µs {:>7.3}",
            cost.time,
            ratio(|cost| cost.time),
            cost.cpu,
            ratio(|cost| cost.cpu)
        );
    }
    println!("{rounds} rounds of {calls} calls each, in turn; medians");
}

/// The same body, as a user of serde would write it.
fn body() -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Properties<'a> {
        activity_event: &'a str,
        activity_data: &'a str,
        web_page_names: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Header<'a> {
        key: &'a str,
        value: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Create<'a> {
        description: &'a str,
        #[serde(rename = "URL")]
        url: &'a str,
        method: &'a str,
        content_type: &'a str,
        webhook_event: &'a str,
        landing_page_urls: Option<&'a [&'a str]>,
        is_specific_landing_page: bool,
        notify_on_failure: bool,
        webhook_properties: String,
        custom_headers: &'a [Header<'a>],
        activity_event: &'a str,
    }
    let activity_event = "22";
    let properties = Properties { activity_event, activity_data: "[]", web_page_names: "[]" };
    serde_json::to_vec(&Create {
        description: "calls to the warehouse",
        url: "https://example.com/hooks/leadsquared",
        method: "POST",
        content_type: "application/json",
        webhook_event: "2",
        landing_page_urls: None,
        is_specific_landing_page: false,
        notify_on_failure: true,
        webhook_properties: serde_json::to_string(&properties).unwrap(),
        custom_headers: &[Header { key: "x-api-key", value: "replace-this-secret" }],
        activity_event,
    })
    .unwrap()
}

/// Measures all clients in turn, round by round, so that other load on the machine affects all of
/// them.
fn measure(ways: &mut [(&str, Call<'_>)], rounds: usize, calls: u32) -> Vec<Vec<Cost>> {
    let mut costs = vec![Vec::with_capacity(rounds); ways.len()];
    for (_, call) in ways.iter_mut() {
        (0..calls).for_each(|_| call());
    }
    for _ in 0..rounds {
        for ((_, call), costs) in ways.iter_mut().zip(&mut costs) {
            let (time, cpu) = (Instant::now(), ThreadTime::now());
            (0..calls).for_each(|_| call());
            let per_call = |spent: Duration| spent.as_secs_f64() * 1e6 / f64::from(calls);
            costs.push(Cost { time: per_call(time.elapsed()), cpu: per_call(cpu.elapsed()) });
        }
    }
    costs
}

fn median_of(costs: &[Cost]) -> Cost {
    Cost { time: median(costs.iter().map(|cost| cost.time)), cpu: median(costs.iter().map(|cost| cost.cpu)) }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(stream.unwrap()));
        }
    });
    host
}

/// Reads complete requests and answers each.
fn answer(mut stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut received = Vec::new();
    let mut buffer = [0; 16384];
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            return;
        }
        received.extend(buffer.iter().take(read));
        let text = String::from_utf8_lossy(&received).to_lowercase();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            body.len() >= length.unwrap_or(0)
        });
        if whole {
            received.clear();
            stream.write_all(ANSWER.as_bytes()).unwrap();
        }
    }
}
