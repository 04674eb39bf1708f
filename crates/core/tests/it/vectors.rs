//! The contract: every case of `tests/vectors`, whose README defines its keys.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Debug,
    io::Write,
    path::PathBuf,
    time::SystemTime,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use leadsquared_webhooks_core::{
    ApiErrorKind, CustomHeadersForm, Encoding, EventCodes, NewWebhook, Secrets, request,
    response::{self, ResponseError},
    retry::{Failure, Idempotency, RetryAdvice},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

const GRADES: [&str; 5] = ["documented", "observed", "inferred", "unknown", "ours"];

trait Case: DeserializeOwned {
    const KIND: &str;

    /// Returns the `id`, the `why` and the `evidence`.
    fn head(&self) -> [&str; 3];

    /// Runs the case; the error describes the difference.
    fn run(&self) -> Result<(), String>;
}

macro_rules! head {
    () => {
        fn head(&self) -> [&str; 3] {
            [&self.id, &self.why, &self.evidence]
        }
    };
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    id: String,
    why: String,
    evidence: String,
    draft: Box<RawValue>,
    codes: Option<String>,
    custom_headers_form: Option<String>,
    request: BuiltRequest,
    warnings: Vec<ExpectedWarning>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltRequest {
    method: String,
    path: String,
    body: Value,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedWarning {
    code: String,
    field: String,
}

impl Case for Build {
    const KIND: &str = "build";
    head!();

    fn run(&self) -> Result<(), String> {
        let codes = match self.codes.as_deref() {
            None | Some("documented") => EventCodes::Documented,
            Some("observed") => EventCodes::Observed,
            Some(other) => return Err(format!("{other:?} is no table of codes")),
        };
        let custom_headers_form = match self.custom_headers_form.as_deref() {
            None | Some("array") => CustomHeadersForm::Array,
            Some("json_string") => CustomHeadersForm::JsonString,
            Some(other) => return Err(format!("{other:?} is no form of custom headers")),
        };
        let webhook = NewWebhook::from_json(self.draft.get()).map_err(|error| format!("refused: {error}"))?;
        let request = request::create(&webhook, Encoding { codes, custom_headers_form });
        same("method", &request.method().as_str(), &self.request.method.as_str())?;
        same("path", &request.uri().to_string(), &self.request.path)?;
        let body: Value = serde_json::from_slice(request.body()).map_err(|error| error.to_string())?;
        same("body", &body, &self.request.body)?;
        let warnings: Vec<_> = webhook
            .warnings()
            .into_iter()
            .map(|warning| ExpectedWarning { code: warning.code.to_string(), field: warning.field })
            .collect();
        same("warnings", &warnings, &self.warnings)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reject {
    id: String,
    why: String,
    evidence: String,
    /// Null is also a draft.
    #[serde(default, deserialize_with = "present")]
    draft: Option<Box<RawValue>>,
    draft_text: Option<String>,
    violations: Vec<ExpectedViolation>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedViolation {
    field: String,
    problem: String,
}

impl Case for Reject {
    const KIND: &str = "reject";
    head!();

    fn run(&self) -> Result<(), String> {
        let text = match (&self.draft, &self.draft_text) {
            (Some(draft), None) => draft.get(),
            (None, Some(text)) => text,
            _ => return Err("one of draft and draft_text is needed".to_owned()),
        };
        let Err(error) = NewWebhook::from_json(text) else { return Err("taken".to_owned()) };
        let mut violations: Vec<_> = error
            .violations()
            .iter()
            .map(|violation| (violation.field.as_str(), violation.problem.as_str()))
            .collect();
        violations.sort_unstable();
        let mut expected: Vec<_> = self
            .violations
            .iter()
            .map(|expected| (expected.field.as_str(), expected.problem.as_str()))
            .collect();
        expected.sort_unstable();
        same("violations", &violations, &expected)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    id: String,
    why: String,
    evidence: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_base64: Option<String>,
    expect: Expect,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Expect {
    Created { id: String },
    ApiError(Box<ExpectedApiError>),
    Unexpected { reason: String, may_have_been_applied: bool, retry: Retry },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedApiError {
    kind: String,
    #[serde(deserialize_with = "nullable")]
    exception_type: Option<String>,
    /// A text or null; absent if it is not compared.
    #[serde(default, deserialize_with = "present")]
    detail: Option<Value>,
    /// A number or null; present only for a rate limit.
    #[serde(default, deserialize_with = "present")]
    limit: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    window_s: Option<Value>,
    may_have_been_applied: bool,
    retry: Retry,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Retry {
    Never,
    Backoff,
    AfterS(u64),
}

impl From<RetryAdvice> for Retry {
    fn from(advice: RetryAdvice) -> Self {
        match advice {
            RetryAdvice::Never => Self::Never,
            RetryAdvice::Backoff => Self::Backoff,
            RetryAdvice::After(wait) => Self::AfterS(wait.as_secs()),
        }
    }
}

impl Case for Response {
    const KIND: &str = "response";
    head!();

    fn run(&self) -> Result<(), String> {
        let body = match (&self.body, &self.body_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(text)) => BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?,
            _ => return Err("one of body and body_base64 is needed".to_owned()),
        };
        let status = StatusCode::from_u16(self.status).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no header"))?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|error| error.to_string())?);
        }
        let answer = match response::created(status, &headers, &body, &Secrets::default(), SystemTime::now())
        {
            Ok(created) => Expect::Created { id: created.id.as_str().to_owned() },
            Err(ResponseError::Api(error)) => {
                let limit = match error.kind() {
                    ApiErrorKind::RateLimited(limit) => Some(limit),
                    _ => None,
                };
                let compares_detail =
                    !matches!(&self.expect, Expect::ApiError(expected) if expected.detail.is_none());
                Expect::ApiError(Box::new(ExpectedApiError {
                    kind: error.kind().as_str().to_owned(),
                    exception_type: error.exception_type().map(str::to_owned),
                    detail: compares_detail.then(|| json!(error.detail())),
                    limit: limit.map(|limit| json!(limit.calls)),
                    window_s: limit.map(|limit| json!(limit.window.map(|window| window.as_secs()))),
                    may_have_been_applied: error.outcome().may_have_been_applied(),
                    retry: Failure::Api(&error).advice(Idempotency::NonIdempotent).into(),
                }))
            }
            Err(ResponseError::Unexpected(answer)) => Expect::Unexpected {
                reason: answer.reason().as_str().to_owned(),
                may_have_been_applied: answer.outcome().may_have_been_applied(),
                retry: Failure::Unknown.advice(Idempotency::NonIdempotent).into(),
            },
        };
        same("answer", &answer, &self.expect)
    }
}

/// Deserializes a key that is present, even if it is null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Deserializes a key that must be present, but may be null.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

fn same<T: PartialEq + Debug>(what: &str, is: &T, should_be: &T) -> Result<(), String> {
    if is == should_be {
        return Ok(());
    }
    Err(format!("{what}\n      is        {is:?}\n      should be {should_be:?}"))
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "vectors"].iter().collect()
}

/// Returns the cases of a kind, from every file in its folder.
fn cases<C: Case>() -> Vec<C> {
    let folder = folder().join(C::KIND);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| -> Vec<C> {
        let text = std::fs::read_to_string(path).unwrap();
        let cases: Vec<C> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines = text.lines().filter(|line| line.starts_with('{')).count();
        assert_eq!(lines, cases.len(), "{}: not one case a line", path.display());
        cases
    };
    files.iter().flat_map(read).collect()
}

fn floor(kind: &str) -> usize {
    let text = std::fs::read_to_string(folder().join("floor.json")).unwrap();
    let floors: BTreeMap<String, usize> = serde_json::from_str(&text).unwrap();
    floors[kind]
}

/// Runs all cases before it fails, and prints their number to the uncaptured output.
fn run<C: Case>() {
    let cases: Vec<C> = cases();
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let [id, why, _] = case.head();
            case.run().err().map(|difference| format!("  {id} ({why}): {difference}"))
        })
        .collect();
    let _ = writeln!(std::io::stdout(), "vectors: {} {} cases ran", cases.len(), C::KIND);
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), cases.len(), failures.join("\n"));
    assert!(cases.len() >= floor(C::KIND), "{} cases are fewer than the floor", cases.len());
}

#[test]
fn a_draft_becomes_the_request_that_its_vector_says() {
    run::<Build>();
}

#[test]
fn a_bad_draft_is_refused_where_and_for_what_its_vector_says() {
    run::<Reject>();
}

#[test]
fn an_answer_means_what_its_vector_says() {
    run::<Response>();
}

#[test]
fn a_vector_has_a_name_of_its_own_a_reason_and_a_grade() {
    fn check<C: Case>(ids: &mut HashSet<String>, faults: &mut Vec<String>) {
        for case in cases::<C>() {
            let [id, why, evidence] = case.head();
            let grade = evidence.split(": ").next().unwrap_or_default();
            if why.trim().is_empty() || !GRADES.contains(&grade) {
                faults.push(format!("{id}: no reason, or no grade in {evidence:?}"));
            }
            if !ids.insert(id.to_owned()) {
                faults.push(format!("{id} is a duplicate"));
            }
        }
    }
    let (mut ids, mut faults) = (HashSet::new(), Vec::new());
    check::<Build>(&mut ids, &mut faults);
    check::<Reject>(&mut ids, &mut faults);
    check::<Response>(&mut ids, &mut faults);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
