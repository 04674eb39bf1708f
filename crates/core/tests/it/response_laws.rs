//! The laws of an answer: parsing never panics, nothing that may have been applied is sent again,
//! and no secret is shown.

use std::time::{Duration, SystemTime};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{DATE, RETRY_AFTER},
};
use leadsquared_webhooks_core::{
    ApiError, ApiErrorKind, Credentials, CustomHeader, CustomHeaders, NewWebhook, Outcome, RateLimit,
    Secrets, Trigger, UnexpectedReason, UnexpectedResponse, WaitedFor,
    response::{self, DETAIL_BYTES, EXCERPT_BYTES, ResponseError},
    retry::{Decision, Failure, Idempotency, RetryAdvice, RetryPolicy, Stop},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use crate::drafts;

const SENTENCE: &str = "API calls exceeded the limit of 10 in 3 second(s)";
const RATE_LIMIT: &str = "MXAPIRateLimitExceededException";

/// The time of every answer in these tests: Wed, 21 Oct 2026 07:28:00 GMT.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_mins(29_876_128)
}

fn read(status: u16, headers: &HeaderMap, body: &[u8], secrets: &Secrets) -> Result<String, ResponseError> {
    response::created(StatusCode::from_u16(status).unwrap(), headers, body, secrets, now())
        .map(|created| created.id.as_str().to_owned())
}

/// Statuses of every class; those with a special meaning are more frequent.
fn statuses() -> impl Strategy<Value = u16> {
    prop_oneof![
        3 => Just(200_u16),
        3 => select(vec![201, 204, 302, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503]),
        1 => 100..=999_u16,
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let retry_after = prop_oneof![
        (0..1000_u32).prop_map(|seconds| seconds.to_string()),
        select(vec!["", "-1", "1.5", "99999999999", "Wed, 21 Oct 2026 07:28:30 GMT", " 7 "])
            .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ];
    option::of(retry_after).prop_map(|text| {
        let value = text.map(|text| HeaderValue::from_str(&text).unwrap());
        value.into_iter().map(|value| (RETRY_AFTER, value)).collect()
    })
}

/// Envelopes as the API writes them, with deviations.
fn envelopes() -> impl Strategy<Value = Value> {
    let text = |texts: &[&'static str]| select(texts.to_vec()).prop_map(Value::from);
    let or_odd =
        |usual: BoxedStrategy<Value>| option::weighted(0.9, prop_oneof![6 => usual, 1 => drafts::values()]);
    let message = prop_oneof![
        2 => json_id().prop_map(|id| json!({ "Id": id })),
        1 => select(vec![json!({}), json!([]), json!("x"), json!({"Id": null}), json!({"Id": " "}), json!({"Id": {}})]),
    ];
    (
        or_odd(text(&["Success", "Error", "success", "Pending", ""]).boxed()),
        or_odd(message.boxed()),
        or_odd(
            text(&[
                RATE_LIMIT,
                "MXDuplicateEntryException",
                "MXUnAuthorizedAccessException",
                "MXInvalidInputException",
                "MXNobodyKnowsException",
                "System.NullReferenceException",
                "",
            ])
            .boxed(),
        ),
        or_odd(
            text(&[SENTENCE, "You have not passed ActivityEvent.", "API calls exceeded the limit", ""])
                .boxed(),
        ),
        option::weighted(0.2, drafts::values()),
    )
        .prop_map(|(status, message, exception_type, exception_message, other)| {
            let members = [
                ("Status", status),
                ("Message", message),
                ("ExceptionType", exception_type),
                ("ExceptionMessage", exception_message),
                ("Data", other),
            ];
            let members: Map<_, _> =
                members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            members.into()
        })
}

fn json_id() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")), any::<u32>().prop_map(Value::from)]
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => envelopes().prop_map(|envelope| envelope.to_string().into_bytes()),
        1 => (envelopes(), any::<prop::sample::Index>()).prop_map(|(envelope, end)| {
            let mut bytes = envelope.to_string().into_bytes();
            bytes.truncate(end.index(bytes.len()));
            bytes
        }),
        1 => drafts::values().prop_map(|value| value.to_string().into_bytes()),
        1 => Just(format!("<html>{SENTENCE}</html>").into_bytes()),
        2 => vec(any::<u8>(), 0..80),
    ]
}

/// Classifies an answer by the vectors' README, in its order: an ID, a kind of error, or a reason.
fn by_the_rules(status: u16, body: &[u8]) -> Result<String, String> {
    let envelope: Option<Map<String, Value>> = serde_json::from_slice(body).ok();
    let known = envelope.clone().unwrap_or_default();
    let text = |name: &str| match known.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let says = text("Status").unwrap_or_default();
    let (exception, message) = (text("ExceptionType"), text("ExceptionMessage"));
    let success = (200..300).contains(&status);
    let reported = match &message {
        Some(message) => message.contains(SENTENCE),
        None => String::from_utf8_lossy(body).contains(SENTENCE),
    };
    if exception.as_deref() == Some(RATE_LIMIT)
        || status == 429
        || reported && (status == 403 || success && says == "Error")
    {
        return Err("rate_limited".to_owned());
    }
    let by_type = match exception.as_deref() {
        Some("MXDuplicateEntryException") => Some("duplicate"),
        Some("MXUnAuthorizedAccessException") => Some("unauthorized"),
        Some("MXInvalidInputException") => Some("invalid_input"),
        Some(other) if other.starts_with("MX") => Some("unrecognized"),
        _ => None,
    };
    let by_status = match status {
        401 | 403 => "unauthorized",
        404 => "not_found",
        400 | 413 | 415 | 422 => "invalid_input",
        ..400 | 500.. => "server",
        _ => "unrecognized",
    };
    let refusal = || Err(by_type.unwrap_or(by_status).to_owned());
    let whole = serde_json::from_slice::<Value>(body);
    match status {
        300..400 => Err("redirect".to_owned()),
        400.. => refusal(),
        _ if says == "Success" => {
            let id = match known.get("Message").and_then(|message| message.get("Id")) {
                Some(Value::String(id)) if !id.trim().is_empty() => id.clone(),
                Some(Value::Number(id)) => id.to_string(),
                _ => return Err("missing_id".to_owned()),
            };
            Ok(id)
        }
        _ if says == "Error" => refusal(),
        _ if body.trim_ascii().is_empty() => Err("empty".to_owned()),
        _ => Err(match whole {
            Ok(_) => "not_an_answer",
            Err(problem) if problem.is_eof() => "truncated",
            Err(_) => "not_json",
        }
        .to_owned()),
    }
}

fn check(status: u16, headers: &HeaderMap, body: &[u8]) -> Result<(), TestCaseError> {
    let answer = read(status, headers, body, &Secrets::default());
    let named = match &answer {
        Ok(id) => Ok(id.clone()),
        Err(ResponseError::Api(error)) => Err(error.kind().as_str().to_owned()),
        Err(ResponseError::Unexpected(answer)) => Err(answer.reason().as_str().to_owned()),
    };
    prop_assert_eq!(named, by_the_rules(status, body));
    let (failure, excerpt) = match &answer {
        Ok(_) => return Ok(()),
        Err(ResponseError::Api(error)) => {
            prop_assert_eq!(error.status().as_u16(), status);
            (Failure::Api(error), error.excerpt())
        }
        Err(ResponseError::Unexpected(answer)) => {
            prop_assert_eq!((answer.status().as_u16(), answer.outcome()), (status, Outcome::Unknown));
            (Failure::Unknown, answer.excerpt())
        }
    };
    check_excerpt(excerpt)?;
    if failure.outcome() == Outcome::Unknown {
        prop_assert_eq!(failure.advice(Idempotency::NonIdempotent), RetryAdvice::Never);
    }
    let at_once = RetryAdvice::After(Duration::ZERO);
    prop_assert!(failure.advice(Idempotency::NonIdempotent) != at_once || headers.contains_key(RETRY_AFTER));
    Ok(())
}

fn check_excerpt(excerpt: &str) -> Result<(), TestCaseError> {
    prop_assert!(excerpt.len() <= EXCERPT_BYTES);
    prop_assert!(
        !excerpt.contains(|c: char| c.is_control() || "\u{2028}\u{2029}".contains(c)),
        "{excerpt:?}"
    );
    Ok(())
}

proptest! {
    #[test]
    fn an_answer_is_read_by_the_rules(status in statuses(), headers in headers(), body in bodies()) {
        check(status, &headers, &body)?;
    }

    #[test]
    fn an_excerpt_is_the_beginning_of_the_body_on_one_line(body in "(?s).{0,600}", letters in 0..600_usize) {
        // ASCII letters fill the excerpt up to its limit; multi-byte characters are not split.
        let body = format!("{}{body}", "x".repeat(letters));
        let Err(ResponseError::Unexpected(answer)) = read(302, &HeaderMap::new(), body.as_bytes(), &Secrets::default())
        else { panic!("a redirect") };
        check_excerpt(answer.excerpt())?;
        let beginning: String = body.chars().take(answer.excerpt().chars().count()).collect();
        let line = |text: &str| -> String {
            text.chars().map(|c| if c.is_control() || "\u{2028}\u{2029}".contains(c) { ' ' } else { c }).collect()
        };
        prop_assert_eq!(answer.excerpt(), line(&beginning));
        let next = body.chars().nth(answer.excerpt().chars().count());
        prop_assert!(next.is_none_or(|next| beginning.len() + next.len_utf8() > EXCERPT_BYTES));
    }

    #[test]
    fn a_secret_never_comes_back(
        secret in "[ -~éßİς漢🦀]{12,24}".prop_filter("a key", |key| key.trim() == key),
        spelling in any::<prop::sample::Index>(),
        before in "[ -~\r\n]{0,40}",
        cut in option::of(3..12_usize),
        status in select(vec![200_u16, 302, 401, 403, 429, 500]),
        fill in option::of(480..520_usize),
    ) {
        let secrets = Secrets::of_credentials(&Credentials::parse("another", &secret).unwrap());
        let spellings = spellings(&secret);
        let (_, spelled) = &spellings[spelling.index(spellings.len())];
        let before = fill.map_or(before, |fill| "x".repeat(fill));
        // The answer ends within the secret, or continues after it.
        let (echo, bodies) = if let Some(cut) = cut {
            let end = spelled.floor_char_boundary(spelled.len() - spelled.len() / cut);
            let echo = spelled[..end].to_owned();
            let bodies = [format!("{before}{echo}"), format!(r#"{{"Status":"Error","ExceptionMessage":"{echo}"#)];
            (echo, bodies)
        } else {
            let echo = format!("{spelled} and more");
            let message = format!("{before}{echo}");
            let envelope = json!({"Status": "Error", "ExceptionType": echo, "ExceptionMessage": message});
            (echo, [message, envelope.to_string()])
        };
        for body in bodies {
            let error = read(status, &HeaderMap::new(), body.as_bytes(), &secrets).unwrap_err();
            for text in texts(&error) {
                prop_assert!(!text.contains(spelled.as_str()) && !text.contains(&secret), "{text}");
                if let Some(start) = echo.get(..echo.floor_char_boundary(9)) {
                    prop_assert!(before.contains(start) || !text.contains(start), "{text} holds {start}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_secret_stays_as_it_is(text in "[^%&\\\\]{0,60}", secret in "[a-z]{3,9}") {
        let secrets = Secrets::of_credentials(&Credentials::parse(&secret, &secret).unwrap());
        let folded = text.to_lowercase().to_uppercase().to_lowercase();
        let begins = (3..secret.len()).any(|end| folded.ends_with(&secret[..end]));
        prop_assume!(!folded.contains(&secret) && !begins);
        prop_assert_eq!(secrets.scrub(&text), text);
    }
}

/// Returns everything that an error shows.
fn texts(error: &ResponseError) -> Vec<String> {
    let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
    match error {
        ResponseError::Api(error) => {
            texts.extend([error.to_string(), format!("{error:?}"), error.excerpt().to_owned()]);
            texts.extend(error.detail().map(str::to_owned));
            texts.extend(error.exception_type().map(str::to_owned));
        }
        ResponseError::Unexpected(answer) => {
            texts.extend([answer.to_string(), format!("{answer:?}"), answer.excerpt().to_owned()]);
        }
    }
    texts
}

/// The ways in which a server may echo a secret: each encoding as it is, in lower case and in upper
/// case, and the encodings of the secret in lower and in upper case.
fn spellings(secret: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, spelled) in spellings_of(secret) {
        all.extend([
            (format!("{name}, lower case"), spelled.to_lowercase()),
            (format!("{name}, upper case"), spelled.to_uppercase()),
            (name.to_owned(), spelled),
        ]);
    }
    let of = |case: &str, secret: &str| {
        spellings_of(secret)
            .into_iter()
            .map(|(name, spelled)| (format!("{case}, {name}"), spelled))
            .collect::<Vec<_>>()
    };
    all.extend(of("lower case", &secret.to_lowercase()));
    all.extend(of("upper case", &secret.to_uppercase()));
    all
}

fn spellings_of(secret: &str) -> Vec<(&'static str, String)> {
    let each = |spell: &dyn Fn(char) -> String| secret.chars().map(spell).collect::<String>();
    let percent = |kept: &'static str, lower: bool, plus: bool| {
        each(&|c| {
            if c == ' ' && plus {
                return "+".to_owned();
            }
            if c.is_ascii_alphanumeric() || kept.contains(c) {
                return c.to_string();
            }
            let hex = |byte| if lower { format!("%{byte:02x}") } else { format!("%{byte:02X}") };
            c.encode_utf8(&mut [0; 4]).bytes().map(hex).collect()
        })
    };
    let unicode = |c: char, lower: bool| {
        let unit = |unit: &mut u16| if lower { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
        c.encode_utf16(&mut [0; 2]).iter_mut().map(unit).collect::<String>()
    };
    let json = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let json_text = json(secret);
    let uri_component = percent("-_.!~*'()", false, false);
    let escaped =
        |c: char, entity: String| if c.is_ascii_alphanumeric() || c == ' ' { c.to_string() } else { entity };
    vec![
        ("as it is", secret.to_owned()),
        ("RFC 3986", percent("-._~", false, false)),
        ("encodeURIComponent", uri_component.clone()),
        ("encodeURI", percent("-_.!~*'();/?:@&=+$,#", false, false)),
        (".NET's UrlEncode", percent("-_.!*()", true, true)),
        ("a form", percent("*-._", false, true)),
        ("lower-case hex", percent("-._~", true, false)),
        ("encoded twice", uri_component.replace('%', "%25")),
        ("encoded three times", uri_component.replace('%', "%2525")),
        ("a query in HTML", percent("-._~$&+/'", false, false).replace('&', "&amp;")),
        ("JSON", json_text.clone()),
        ("JSON with slashes escaped", json_text.replace('/', "\\/")),
        (
            "JSON in ASCII",
            each(&|c| if c.is_ascii_alphanumeric() { c.to_string() } else { unicode(c, true) }),
        ),
        (
            "JSON in ASCII, upper case",
            each(&|c| if c.is_ascii_alphanumeric() { c.to_string() } else { unicode(c, false) }),
        ),
        ("JSON within JSON", json(&json_text)),
        (
            "HTML",
            each(&|c| match c {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '"' => "&quot;".to_owned(),
                '\'' => "&apos;".to_owned(),
                c => c.to_string(),
            }),
        ),
        ("HTML by decimal numbers", each(&|c| escaped(c, format!("&#{};", u32::from(c))))),
        ("HTML by padded numbers", each(&|c| escaped(c, format!("&#{:03};", u32::from(c))))),
        ("HTML by hexadecimal numbers", each(&|c| escaped(c, format!("&#x{:X};", u32::from(c))))),
    ]
}

#[test]
fn every_spelling_of_a_key_is_masked() {
    let key = "u$r/a+b\"c'd&e<f>g%25h\\i(j)*k!~l éßẞİıςſK漢🦀=m";
    let secrets = Secrets::of_credentials(&Credentials::parse("another", key).unwrap());
    for (name, spelled) in spellings(key) {
        assert_eq!(secrets.scrub(&format!("<{spelled}>")), "<[REDACTED]>", "{name}: {spelled}");
        assert_eq!(secrets.scrub(&format!("{spelled}{spelled}")), "[REDACTED][REDACTED]", "{name}");
    }
}

#[test]
fn a_key_that_is_truncated_is_masked_as_far_as_it_goes() {
    let secrets = Secrets::of_credentials(&Credentials::parse("another", "abc$d🦀efg").unwrap());
    for (text, scrubbed) in [
        ("GET abc", "GET [REDACTED]"),
        ("GET abc$d", "GET [REDACTED]"),
        ("GET abc%", "GET [REDACTED]"),
        ("GET abc%2", "GET [REDACTED]"),
        ("GET abc%24d%F0%9F", "GET [REDACTED]"),
        ("GET abc\\u00", "GET [REDACTED]"),
        ("GET abc&#3", "GET [REDACTED]"),
        ("GET abc$d\u{fffd}", "GET [REDACTED]"),
        ("GET ab", "GET ab"),
        ("GET abc d", "GET abc d"),
        ("GET abc%2525F0%25259F", "GET [REDACTED]"),
        ("GET ABC$D", "GET [REDACTED]"),
        ("GET abc\\U00", "GET [REDACTED]"),
        ("GET abc%25 and more", "GET abc%25 and more"),
        ("GET abc%25252525252525252525252525252525", "GET abc%25252525252525252525252525252525"),
        ("GET abc, and more", "GET abc, and more"),
    ] {
        assert_eq!(secrets.scrub(text), scrubbed);
    }
}

#[test]
fn what_is_as_long_as_the_longest_escape_is_not_cut_within_one() {
    let secrets = Secrets::of_credentials(&Credentials::parse("abcdef", "another").unwrap());
    let longest = "%2525F0%25259F%2525A6%252580".len();
    let text = |length: usize| format!("abc%{}", "x".repeat(length - 1));
    assert_eq!(secrets.scrub(&text(longest - 1)), "[REDACTED]");
    assert_eq!(secrets.scrub(&text(longest)), text(longest));
}

#[test]
fn secrets_that_overlap_go_whole_and_short_ones_stay() {
    let scrub = |one: &str, other: &str, text: &str| {
        Secrets::of_credentials(&Credentials::parse(one, other).unwrap()).scrub(text)
    };
    assert_eq!(scrub("abcde", "defgh", "<abcdefgh>"), "<[REDACTED]>");
    assert_eq!(scrub("abcdefgh", "def", "<abcdefgh>"), "<[REDACTED]>");
    assert_eq!(scrub("abc", "abcdef", "<abcdef>"), "<[REDACTED]>");
    assert_eq!(scrub("abc", "xyz", "<abcxyz>"), "<[REDACTED][REDACTED]>");
    assert_eq!(scrub("RED", "ACT", "REDACTED"), "[REDACTED][REDACTED]ED");
    assert_eq!(scrub("ab", "cd", "abcd"), "abcd");
    assert_eq!(scrub("é€x", "cd", "é€xy"), "[REDACTED]y");
    assert_eq!(scrub("a\\\\b", "cd", "a\\\\\\\\b"), "[REDACTED]");
    assert_eq!(scrub("aba", "cd", "<ababa>"), "<[REDACTED]>");
    assert_eq!(scrub("aaa", "cd", "<aaaaaaaaa>"), "<[REDACTED]>");
    assert_eq!(scrub("ßx!", "cd", "<SSX!>"), "<[REDACTED]>");
    assert_eq!(scrub("ssx!", "cd", "<ßx!>"), "<[REDACTED]>");
    assert_eq!(scrub("sxy", "cd", "<ßxy>"), "<ßxy>");
    assert_eq!(scrub("a+4", "cd", "<a%+4>"), "<a%+4>");
}

#[test]
fn the_values_of_custom_headers_are_secrets_too() {
    let header = |value| CustomHeader::parse("x-api-key", value).unwrap();
    let headers =
        CustomHeaders::try_from(vec![header("canary 1"), header("x"), header("tab\tcanary")]).unwrap();
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate)
        .custom_headers(headers)
        .build();
    let credentials = Credentials::parse("access-key", "secret-key").unwrap();
    let secrets = Secrets::of_credentials(&credentials).and_headers_of(&webhook);
    assert_eq!(
        secrets.scrub(r#"canary 1, canary+1, x, "tab\tcanary", access-key, secret-key"#),
        r#"[REDACTED], [REDACTED], x, "[REDACTED]", [REDACTED], [REDACTED]"#
    );
    assert_eq!(format!("{secrets:?}"), "Secrets(4)");
}

#[test]
fn a_secret_across_the_end_of_the_excerpt_leaves_no_part_behind() {
    let secrets = Secrets::of_credentials(&Credentials::parse("another", "u$r-canary").unwrap());
    for before in EXCERPT_BYTES - 40..EXCERPT_BYTES + 5 {
        let body = format!("{}u%24r-canary, and more", "x".repeat(before));
        let Err(ResponseError::Api(error)) = read(401, &HeaderMap::new(), body.as_bytes(), &secrets) else {
            panic!("a refusal")
        };
        assert!(!error.excerpt().contains(['u', '%']), "{}", error.excerpt());
        assert_eq!(error.excerpt().matches('x').count(), before.min(EXCERPT_BYTES));
    }
}

/// An excerpt is made from the beginning only, however short the masks make it.
#[test]
fn what_stands_behind_the_beginning_is_no_part_of_an_excerpt() {
    let key = "u$r-canary".repeat(10);
    let secrets = Secrets::of_credentials(&Credentials::parse("another", &key).unwrap());
    let between = "-".repeat(EXCERPT_BYTES - key.len());
    let body = format!("{key}{between}{key} and more");
    let answer =
        UnexpectedResponse::new(StatusCode::OK, UnexpectedReason::NotJson, body.as_bytes(), &secrets);
    assert_eq!(answer.excerpt(), format!("[REDACTED]{between}"));
}

/// Only part of a text is scanned, and a secret that continues beyond it leaves no prefix.
#[test]
fn a_secret_that_goes_on_beyond_what_is_looked_at_leaves_no_part_behind() {
    let emoji = |count| "🦀".repeat(count);
    let thrice = |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}%2525{byte:02X}"));
    for (key, spelled) in [
        (emoji(40), thrice(&emoji(40))),
        (emoji(200), thrice(&emoji(200))),
        ("\\".repeat(400), "\\".repeat(3200)),
        ("&canary".repeat(70), "&#0000000000000000000000038;canary".repeat(70)),
        ("x".repeat(1500), "x".repeat(1500)),
    ] {
        let secrets = Secrets::of_credentials(&Credentials::parse("another", &key).unwrap());
        for limit in [EXCERPT_BYTES, DETAIL_BYTES] {
            for before in [limit - 60, limit - 28, limit - 3, limit - 2, limit - 1, limit, limit + 1] {
                let text = format!("{}{spelled}", "-".repeat(before));
                let body = match limit {
                    EXCERPT_BYTES => text,
                    _ => json!({"Status": "Error", "ExceptionType": text, "ExceptionMessage": text})
                        .to_string(),
                };
                let Err(ResponseError::Api(error)) = read(401, &HeaderMap::new(), body.as_bytes(), &secrets)
                else {
                    panic!("a refusal")
                };
                let texts = match limit {
                    EXCERPT_BYTES => vec![error.excerpt()],
                    _ => vec![error.detail().unwrap(), error.exception_type().unwrap()],
                };
                for text in texts {
                    assert!(text.len() <= limit);
                    assert_eq!(text.matches('-').count(), before.min(limit));
                    assert!("[REDACTED]".starts_with(text.trim_start_matches('-')), "{text}");
                }
            }
        }
    }
}

/// A naive scan from every position would take hours on these bodies.
#[test]
fn a_body_that_is_made_to_be_slow_is_read_like_any_other() {
    for (key, part) in [
        ("a".repeat(200), "a"),
        (format!("{}b", "a".repeat(200)), "a"),
        (format!("{}b", "%25".repeat(60)), "%252525"),
        (format!("{}b", "\\".repeat(200)), "\\"),
        (format!("{}b", "&".repeat(200)), "&amp;&#038;&#000000000000000000"),
    ] {
        let secrets = Secrets::of_credentials(&Credentials::parse("another", &key).unwrap());
        let body = part.repeat((1 << 20) / part.len());
        let error = read(200, &HeaderMap::new(), body.as_bytes(), &secrets).unwrap_err();
        assert!(matches!(error, ResponseError::Unexpected(_)));
        let message = json!({"Status": "Error", "ExceptionType": body, "ExceptionMessage": body}).to_string();
        let Err(ResponseError::Api(error)) = read(400, &HeaderMap::new(), message.as_bytes(), &secrets)
        else {
            panic!("a refusal")
        };
        assert!(error.excerpt().len() <= EXCERPT_BYTES);
        assert!(error.detail().unwrap().len() <= DETAIL_BYTES);
        assert!(error.exception_type().unwrap().len() <= DETAIL_BYTES);
        let whole = part.repeat((1 << 13) / part.len());
        // The end may be the beginning of the secret, or all of it is redacted as the secret.
        let scrubbed = secrets.scrub(&whole);
        assert!(scrubbed == "[REDACTED]" || scrubbed.starts_with(&whole[..whole.len() / 4]), "{part}");
    }
}

/// Classifies one answer.
fn line(status: u16, retry_after: Option<&str>, body: &str) -> (&'static str, Outcome, RetryAdvice) {
    let headers: HeaderMap =
        retry_after.into_iter().map(|text| (RETRY_AFTER, HeaderValue::from_str(text).unwrap())).collect();
    match read(status, &headers, body.as_bytes(), &Secrets::default()).unwrap_err() {
        ResponseError::Api(error) => {
            let failure = Failure::Api(&error);
            (error.kind().as_str(), failure.outcome(), failure.advice(Idempotency::NonIdempotent))
        }
        ResponseError::Unexpected(answer) => {
            (answer.reason().as_str(), answer.outcome(), Failure::Unknown.advice(Idempotency::NonIdempotent))
        }
    }
}

fn envelope(exception_type: &str, message: &str) -> String {
    json!({"Status": "Error", "ExceptionType": exception_type, "ExceptionMessage": message}).to_string()
}

#[test]
#[rustfmt::skip]
fn each_answer_has_its_kind_its_outcome_and_its_advice() {
    use Outcome::{Refused, Unknown};
    use RetryAdvice::Never;
    let after = |seconds| RetryAdvice::After(Duration::from_secs(seconds));
    for (status, retry_after, body, kind, outcome, advice) in [
        (400, None, "Bad Request".to_owned(), "invalid_input", Refused, Never),
        (401, None, String::new(), "unauthorized", Refused, Never),
        (403, None, "Forbidden".to_owned(), "unauthorized", Refused, Never),
        (404, None, "<html>".to_owned(), "not_found", Refused, Never),
        (405, None, String::new(), "unrecognized", Refused, Never),
        (409, None, String::new(), "unrecognized", Refused, Never),
        (413, None, String::new(), "invalid_input", Refused, Never),
        (415, None, String::new(), "invalid_input", Refused, Never),
        (422, None, String::new(), "invalid_input", Refused, Never),
        (404, None, envelope("MXDuplicateEntryException", ""), "duplicate", Refused, Never),
        (200, None, envelope("MXDuplicateEntryException", ""), "duplicate", Refused, Never),
        (500, None, envelope("MXDuplicateEntryException", ""), "duplicate", Refused, Never),
        (500, None, envelope("MXUnAuthorizedAccessException", ""), "unauthorized", Refused, Never),
        (500, None, envelope("MXInvalidDataTypeException", ""), "invalid_input", Refused, Never),
        (500, None, envelope("MXInvalidInputException", ""), "invalid_input", Refused, Never),
        (500, None, envelope("MXMandatoryAttributeMissingException", ""), "invalid_input", Refused, Never),
        (500, None, envelope("MXUnknownAttributeException", ""), "invalid_input", Refused, Never),
        (500, None, envelope("MXInvalidEntityReferenceException", ""), "invalid_input", Refused, Never),
        (500, None, envelope("MXInvalidActivityException", ""), "invalid_input", Refused, Never),
        (500, None, envelope("MXSomethingElse", ""), "unrecognized", Refused, Never),
        (200, None, envelope("MXSomethingElse", ""), "unrecognized", Refused, Never),
        (200, None, envelope("SomethingElse", ""), "server", Unknown, Never),
        (200, None, envelope("mxLowerCase", ""), "server", Unknown, Never),
        (200, None, envelope("", ""), "server", Unknown, Never),
        (200, None, r#"{"Status":"Error"}"#.to_owned(), "server", Unknown, Never),
        (201, None, envelope("SomethingElse", ""), "server", Unknown, Never),
        (404, None, r#"{"Status":"Error"}"#.to_owned(), "not_found", Refused, Never),
        (500, None, envelope("SomethingElse", ""), "server", Unknown, Never),
        (500, None, envelope("mxLowerCase", ""), "server", Unknown, Never),
        (500, None, envelope("SomethingElse", SENTENCE), "server", Unknown, Never),
        (500, None, String::new(), "server", Unknown, Never),
        (503, Some("7"), "Service Unavailable".to_owned(), "server", Unknown, Never),
        (599, None, String::new(), "server", Unknown, Never),
        (500, None, r#"{"Status":"Success","Message":{"Id":"b1c4"}}"#.to_owned(), "server", Unknown, Never),
        (400, None, r#"{"Status":"Success","Message":{"Id":"b1c4"}}"#.to_owned(), "invalid_input", Refused, Never),
        (429, None, String::new(), "rate_limited", Refused, after(5)),
        (429, None, SENTENCE.to_owned(), "rate_limited", Refused, after(3)),
        (429, Some("7"), SENTENCE.to_owned(), "rate_limited", Refused, after(7)),
        (429, Some(" 7 "), String::new(), "rate_limited", Refused, after(7)),
        (429, Some("soon"), String::new(), "rate_limited", Refused, after(5)),
        (429, Some("4294967296"), String::new(), "rate_limited", Refused, after(4_294_967_296)),
        (429, Some("Wed, 21 Oct 2026 07:28:09 GMT"), String::new(), "rate_limited", Refused, after(9)),
        (403, None, format!("<p>{SENTENCE}</p>"), "rate_limited", Refused, after(3)),
        (403, None, envelope("Other", SENTENCE), "rate_limited", Refused, after(3)),
        (200, None, envelope("Other", SENTENCE), "rate_limited", Refused, after(3)),
        (200, None, envelope(RATE_LIMIT, "slow down"), "rate_limited", Refused, after(5)),
        (302, None, envelope(RATE_LIMIT, SENTENCE), "rate_limited", Refused, after(3)),
        (500, None, envelope(RATE_LIMIT, SENTENCE), "rate_limited", Refused, after(3)),
        (400, None, envelope("MXInvalidInputException", SENTENCE), "invalid_input", Refused, Never),
        (200, None, SENTENCE.to_owned(), "not_json", Unknown, Never),
        (200, None, String::new(), "empty", Unknown, Never),
        (204, None, " \r\n".to_owned(), "empty", Unknown, Never),
        (200, None, "\u{feff}".to_owned(), "empty", Unknown, Never),
        (200, None, r#"{"Status":"Success","Message":{"Id":"b1"#.to_owned(), "truncated", Unknown, Never),
        (200, None, r#"{"Status":1.5e"#.to_owned(), "truncated", Unknown, Never),
        (200, None, r#"{"Status":1.5e}"#.to_owned(), "not_json", Unknown, Never),
        (200, None, "[".repeat(200), "truncated", Unknown, Never),
        (200, None, "<html>".to_owned(), "not_json", Unknown, Never),
        (200, None, "{} {}".to_owned(), "not_json", Unknown, Never),
        (200, None, "[]".to_owned(), "not_an_answer", Unknown, Never),
        (200, None, r#"["Success",{"Id":"b1c4"}]"#.to_owned(), "not_an_answer", Unknown, Never),
        (200, None, r#"{"Status":"OK"}"#.to_owned(), "not_an_answer", Unknown, Never),
        (200, None, r#"{"Status":"Success","Status":"Error"}"#.to_owned(), "not_an_answer", Unknown, Never),
        (200, None, r#"{"Status":"Success"}"#.to_owned(), "missing_id", Unknown, Never),
        (200, None, r#"{"Status":"Success","Message":["b1c4"]}"#.to_owned(), "missing_id", Unknown, Never),
        (200, None, r#"{"Status":"Success","Message":{"Id":" "}}"#.to_owned(), "missing_id", Unknown, Never),
        (200, None, r#"{"Status":"Success","Message":{"Id":true}}"#.to_owned(), "missing_id", Unknown, Never),
        (302, None, String::new(), "redirect", Unknown, Never),
        (307, None, r#"{"Status":"Success","Message":{"Id":"b1c4"}}"#.to_owned(), "redirect", Unknown, Never),
        (302, None, envelope("MXDuplicateEntryException", "x"), "redirect", Unknown, Never),
    ] {
        assert_eq!(line(status, retry_after, &body), (kind, outcome, advice), "{status} {body}");
    }
}

#[test]
fn a_retry_after_is_seconds_or_a_date() {
    let largest = i64::MAX.unsigned_abs();
    for (text, date, seconds) in [
        ("0", None, Some(0)),
        ("007", None, Some(7)),
        ("4294967295", None, Some(4_294_967_295)),
        ("4294967296", None, Some(4_294_967_296)),
        ("18446744073709551615", None, Some(largest)),
        (&"9".repeat(100), None, Some(largest)),
        ("+7", None, None),
        ("7s", None, None),
        ("0x7", None, None),
        ("١", None, None),
        // A date is relative to the local clock,
        ("Wed, 21 Oct 2026 07:28:01 GMT", None, Some(1)),
        (" Wed, 21 Oct 2026 07:29:00 GMT ", None, Some(60)),
        ("Wednesday, 21-Oct-26 07:29:00 GMT", None, Some(60)),
        ("Wed Oct 21 07:29:00 2026", None, Some(60)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None, None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", None, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, Some(251_609_733_119)),
        ("Wed, 32 Oct 2026 07:28:00 GMT", None, None),
        ("Wed, 21 Oct 2026", None, None),
        // but to the server's clock if `Date` is present.
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some("Sun, 06 Nov 1994 08:49:30 GMT"), Some(7)),
        ("Fri, 31 Dec 2027 23:59:59 GMT", Some("Fri, 31 Dec 2027 23:59:59 GMT"), None),
        ("Wed, 21 Oct 2026 07:29:00 GMT", Some("yesterday"), Some(60)),
        ("7", Some("Sun, 06 Nov 1994 08:49:30 GMT"), Some(7)),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        headers.extend(date.map(|date| (DATE, HeaderValue::from_static(date))));
        let Err(ResponseError::Api(error)) = read(429, &headers, b"", &Secrets::default()) else {
            panic!("a rate limit")
        };
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{text:?} at {date:?}");
    }
}

#[test]
fn a_wait_that_the_server_asks_for_is_kept_up_to_the_deadline() {
    let failed = |status: u16, wait: &'static str| {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(wait))]);
        match read(status, &headers, b"", &Secrets::default()) {
            Err(ResponseError::Api(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let decide = |error: &ApiError, idempotency| {
        let left = Duration::from_secs(30);
        RetryPolicy::default().decide(idempotency, &Failure::Api(error), 1, left, 0.5)
    };
    let retry = |wait, waited_for| Decision::Retry { after: Duration::from_secs(wait), waited_for };
    let stop = Decision::Stop;
    for idempotency in [Idempotency::NonIdempotent, Idempotency::Idempotent] {
        assert_eq!(decide(&failed(429, "29"), idempotency), retry(29, WaitedFor::RateLimit));
        assert_eq!(decide(&failed(429, "30"), idempotency), stop(Stop::Deadline));
        assert_eq!(decide(&failed(429, "4294967296"), idempotency), stop(Stop::Deadline));
        assert_eq!(decide(&failed(429, "Fri, 31 Dec 9999 23:59:59 GMT"), idempotency), stop(Stop::Deadline));
    }
    // `Retry-After` of a server fault is respected if the call is idempotent.
    assert_eq!(decide(&failed(503, "7"), Idempotency::Idempotent), retry(7, WaitedFor::RetryAfter));
    assert_eq!(decide(&failed(503, "31"), Idempotency::Idempotent), stop(Stop::Deadline));
    assert_eq!(decide(&failed(503, "7"), Idempotency::NonIdempotent), stop(Stop::Unsafe));
}

#[test]
fn an_id_is_taken_as_it_is_spelled() {
    for (id, read_as) in [
        (r#""b1c4""#, "b1c4"),
        (r#""\u0062 1""#, "b 1"),
        ("12345", "12345"),
        ("-1", "-1"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.50", "1.50"),
    ] {
        let body =
            format!("\u{feff} {{\"Other\":[1e999],\"Status\":\"Success\",\"Message\":{{\"Id\":{id}}}}}\r\n");
        assert_eq!(read(200, &HeaderMap::new(), body.as_bytes(), &Secrets::default()).unwrap(), read_as);
    }
}

#[test]
fn a_status_is_the_same_with_an_escape_in_it() {
    let read = |body: &str| read(200, &HeaderMap::new(), body.as_bytes(), &Secrets::default());
    assert_eq!(read(r#"{"Status":"\u0053uccess","Message":{"Id":"b1c4"}}"#), Ok("b1c4".to_owned()));
    assert!(matches!(read(r#"{"Status":"Err\u006fr"}"#), Err(ResponseError::Api(_))));
    for other in [r#""Suc\\u0063ess""#, r#""success""#, r#"["Success"]"#, "1", "null"] {
        let body = format!(r#"{{"Status":{other},"Message":{{"Id":"b1c4"}}}}"#);
        assert!(matches!(read(&body), Err(ResponseError::Unexpected(_))), "{other}");
    }
}

#[test]
fn an_error_keeps_what_the_server_said() {
    let body = r#"{"Status":"Error","ExceptionType":"MXOther","ExceptionMessage":"a\nb","Data":1e999}"#;
    let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("9"))]);
    let Err(ResponseError::Api(error)) = read(500, &headers, body.as_bytes(), &Secrets::default()) else {
        panic!("a refusal")
    };
    let ApiError { .. } = &error;
    assert_eq!((error.exception_type(), error.detail()), (Some("MXOther"), Some("a\nb")));
    assert_eq!((error.excerpt(), error.retry_after()), (body, Some(Duration::from_secs(9))));
    assert_eq!(error.kind(), ApiErrorKind::Unrecognized);
}

#[test]
fn what_the_server_said_is_shown_and_not_obeyed() {
    let text = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\nerror: \u{202e}x\u{200b}";
    let body = json!({"Status": "Error", "ExceptionType": format!("MX{text}"), "ExceptionMessage": text});
    let Err(ResponseError::Api(error)) =
        read(500, &HeaderMap::new(), body.to_string().as_bytes(), &Secrets::default())
    else {
        panic!("a refusal")
    };
    let shown = r"\u{1b}]0;owned\u{7}\u{1b}[2J\r\nerror: \u{202e}x\u{200b}";
    assert_eq!(error.to_string(), format!("the API refused: {shown} (status 500, MX{shown})"));
    assert_eq!(error.detail(), Some(text), "for programs it is as it came");
}

#[test]
fn what_is_idempotent_is_repeated_when_nobody_knows() {
    let server = |body: &str| match read(503, &HeaderMap::new(), body.as_bytes(), &Secrets::default()) {
        Err(ResponseError::Api(error)) => error,
        other => panic!("{other:?}"),
    };
    let (broken, refused) = (server(""), server(&envelope("MXOther", "")));
    let answer = read(200, &HeaderMap::new(), envelope("Other", "").as_bytes(), &Secrets::default());
    let Err(ResponseError::Api(broken_in_200)) = answer else { panic!("{answer:?}") };
    for (failure, outcome, duplicate, idempotent) in [
        (Failure::NotSent, Outcome::NotSent, RetryAdvice::Backoff, RetryAdvice::Backoff),
        (Failure::Unknown, Outcome::Unknown, RetryAdvice::Never, RetryAdvice::Backoff),
        (Failure::Api(&broken), Outcome::Unknown, RetryAdvice::Never, RetryAdvice::Backoff),
        (Failure::Api(&broken_in_200), Outcome::Unknown, RetryAdvice::Never, RetryAdvice::Backoff),
        (Failure::Api(&refused), Outcome::Refused, RetryAdvice::Never, RetryAdvice::Never),
    ] {
        assert_eq!(failure.outcome(), outcome);
        assert_eq!(failure.outcome().may_have_been_applied(), outcome == Outcome::Unknown);
        assert_eq!(failure.advice(Idempotency::NonIdempotent), duplicate, "{failure:?}");
        assert_eq!(failure.advice(Idempotency::Idempotent), idempotent, "{failure:?}");
    }
}

#[test]
fn an_answer_that_the_transport_abandoned_is_unexpected_too() {
    let secrets = Secrets::of_credentials(&Credentials::parse("another", "canary-key").unwrap());
    let answer =
        UnexpectedResponse::new(StatusCode::OK, UnexpectedReason::TooLarge, b"<p>\r\ncanary-k", &secrets);
    assert_eq!(answer.excerpt(), "<p>  [REDACTED]");
    assert_eq!((answer.status(), answer.reason()), (StatusCode::OK, UnexpectedReason::TooLarge));
    assert_eq!(answer.outcome(), Outcome::Unknown);
}

#[test]
fn the_vendors_sentence_reports_calls_and_seconds() {
    let reported =
        |calls, seconds: Option<u64>| Some(RateLimit { calls, window: seconds.map(Duration::from_secs) });
    for (text, limit) in [
        ("API calls exceeded the limit of 25 in 5 second(s)", reported(Some(25), Some(5))),
        ("x API calls exceeded the limit of 1 in 86400 seconds y", reported(Some(1), Some(86400))),
        ("API calls exceeded the limit of 0 in 5 second(s)", reported(None, Some(5))),
        ("API calls exceeded the limit of 25 in 0 second(s)", reported(Some(25), None)),
        ("API calls exceeded the limit of 4294967296 in 4294967296 second(s)", reported(None, None)),
        (
            "API calls exceeded the limit of 4294967295 in 4294967295 second(s)",
            reported(Some(u32::MAX), Some(u32::MAX.into())),
        ),
        ("API calls exceeded the limit of  in 5 second(s)", None),
        ("API calls exceeded the limit of -1 in 5 second(s)", None),
        ("API calls exceeded the limit of 25 in second(s)", None),
        ("API calls exceeded the limit of 25 per 5 second(s)", None),
        ("API calls exceeded the limit of 25 in 5", None),
        ("API calls exceeded the limit of 25 in 5 minutes", None),
        ("api calls exceeded the limit of 25 in 5 second(s)", None),
        ("", None),
    ] {
        assert_eq!(RateLimit::in_message(text), limit, "{text}");
    }
}
