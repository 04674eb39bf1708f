//! `/_sandbox/`: what the library tells, over HTTP.

use http::Method;
use serde_json::{Value, json};

use crate::{envelope::Answer, fault::Fault, state::State};

/// One fault, or a list of them.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Faults {
    One(Fault),
    Many(Vec<Fault>),
}

pub(crate) fn answer(state: &mut State, method: &Method, name: &str, body: &[u8]) -> Answer {
    match (method, name) {
        (&Method::GET, "health") => ok(&json!({"ok": true})),
        (&Method::GET, "webhooks") => ok(&json!({"webhooks": state.webhooks()})),
        (&Method::GET, "requests") => ok(&json!({"requests": state.requests()})),
        (&Method::GET, "manners") => {
            let manners = state.manners();
            ok(&json!({"clean": manners.is_clean(), "findings": manners.findings}))
        }
        (&Method::POST, "faults") => match serde_json::from_slice(body) {
            Ok(faults) => {
                let faults = match faults {
                    Faults::One(fault) => vec![fault],
                    Faults::Many(faults) => faults,
                };
                let queued = faults.len();
                state.queue(faults);
                ok(&json!({"queued": queued}))
            }
            Err(_) => Answer {
                status: 400,
                body: json!({"error": "a fault, or a list of faults, is needed, such as {\"fault\": \"stall\"}"}).to_string(),
            },
        },
        (&Method::POST, "reset") => {
            state.reset();
            ok(&json!({"ok": true}))
        }
        _ => Answer {
            status: 404,
            body: json!({"error": "GET health, webhooks, requests, manners; POST faults, reset"}).to_string(),
        },
    }
}

fn ok(body: &Value) -> Answer {
    Answer { status: 200, body: body.to_string() }
}
