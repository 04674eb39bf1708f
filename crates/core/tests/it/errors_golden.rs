//! A golden file of every text that users read. `BLESS=1` rewrites it.

use std::{
    fmt::{Display, Write},
    time::UNIX_EPOCH,
};

use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    AccessKey, ActivityCode, ApiErrorKind, ApiHost, ConnectCause, ContentType, CustomHeader,
    CustomHeaderName, CustomHeaderValue, CustomHeaders, CustomHeadersForm, Event, EventCode, EventCodes,
    Evidence, ExtraMembers, FieldName, InvalidLandingPages, InvalidOpportunityTypes, InvalidWebhookId,
    LandingPageUrl, LandingPageUrls, NewWebhook, OpportunityType, OpportunityTypes, Outcome, RateLimit,
    RawJson, RawObject, ReceiverUrl, Secrets, StageChange, StageName, Trigger, UnexpectedReason,
    UnexpectedResponse, WarningCode, WebhookId, quota::QuotaLimit, reconcile::StoredState, response,
    retry::Stop,
};
use serde_json::json;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/errors_golden.txt");

#[derive(Default)]
struct Golden(String);

impl Golden {
    fn section(&mut self, name: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        writeln!(self.0, "{gap}# {name}").unwrap();
    }

    fn line(&mut self, text: impl Display) {
        writeln!(self.0, "{text}").unwrap();
    }

    fn refused<T, E: Display>(&mut self, result: Result<T, E>) {
        match result {
            Ok(_) => panic!("taken, after {:?}", self.0.lines().next_back()),
            Err(error) => self.line(error),
        }
    }
}

fn written() -> String {
    let mut golden = Golden::default();
    types(&mut golden);
    state_files(&mut golden);
    lists(&mut golden);
    drafts(&mut golden);
    answers(&mut golden);
    names(&mut golden);
    golden.0
}

fn types(golden: &mut Golden) {
    golden.section("InvalidReceiverUrl");
    for url in [
        "",
        "https://exa mple.com",
        "https://example.com/\n",
        "/hooks",
        "u:secret@example.com/hooks",
        "ftp://example.com",
        "https:///hooks",
        "https://user:secret@example.com",
        "https://example.com:70000",
        r"https://example.com/\hooks",
        "https://example.com/100%",
        "https://a..example.com",
        "https://127.1",
        "https://example.com:0",
    ] {
        golden.refused(url.parse::<ReceiverUrl>());
    }
    golden.section("InvalidApiHost");
    for host in ["", "api.example/v2", "https://", "http://api.example", "https://user:secret@api.example"] {
        golden.refused(host.parse::<ApiHost>());
    }
    golden.section("InvalidKey");
    for key in [" ", " key", "k\0ey"] {
        golden.refused(key.parse::<AccessKey>());
    }
    golden.section("InvalidCustomHeader, of a name and of a value");
    golden.refused("x y".parse::<CustomHeaderName>());
    golden.refused("a\nb".parse::<CustomHeaderValue>());
    golden.refused(" a".parse::<CustomHeaderValue>());
    golden.refused("a\u{200b}".parse::<CustomHeaderValue>());
    golden.refused(CustomHeader::parse("x y", "a"));
    golden.refused(CustomHeader::parse("x", "a\n"));
    golden.section("InvalidContentType");
    golden.refused("text/html".parse::<ContentType>());
    golden.section("InvalidEvent");
    golden.refused("lead_created".parse::<Event>());
    golden.section("InvalidEventCode");
    golden.refused("x".parse::<EventCode>());
    golden.section("InvalidEventCodes");
    golden.refused("guessed".parse::<EventCodes>());
    golden.section("InvalidCustomHeadersForm");
    golden.refused("text".parse::<CustomHeadersForm>());
    golden.section("InvalidName");
    golden.refused("".parse::<ActivityCode>());
    golden.refused(" ".parse::<FieldName>());
    golden.refused("\t".parse::<StageName>());
    golden.refused("".parse::<OpportunityType>());
    golden.refused("".parse::<LandingPageUrl>());
    golden.refused("22\u{200b}".parse::<ActivityCode>());
    golden.refused("A\n".parse::<StageName>());
    golden.section("InvalidWebhookId");
    golden.refused(" ".parse::<WebhookId>());
    golden.line(InvalidWebhookId);
    golden.section("InvalidQuotaLimit");
    golden.refused("0/5".parse::<QuotaLimit>());
    golden.refused(QuotaLimit::new(5, std::time::Duration::ZERO));
}

fn state_files(golden: &mut Golden) {
    golden.section("InvalidState");
    let header = "leadsquared-webhooks state 1\n";
    let entry = format!("{header}3e2eed67343e28b1 {{\"account\":1}}\n");
    for file in ["", "[[accounts]]\n", "leadsquared-webhooks state 2\n", &format!("{header}\n"), &entry] {
        golden.refused(StoredState::parse(file.as_bytes()));
    }
}

fn lists(golden: &mut Golden) {
    golden.section("TooManyCustomHeaders");
    golden.refused(CustomHeaders::try_from(vec![CustomHeader::parse("x", "y").unwrap(); 11]));
    golden.section("InvalidLandingPages");
    golden.refused(LandingPageUrls::try_from(vec![]));
    golden.line(InvalidLandingPages);
    golden.section("InvalidOpportunityTypes");
    golden.refused(OpportunityTypes::try_from(vec![]));
    golden.line(InvalidOpportunityTypes);
    golden.section("InvalidRawJson");
    golden.refused("{b: 1}".parse::<RawJson>());
    golden.refused("[1e309]".parse::<RawJson>());
    golden.refused("[]".parse::<RawObject>());
    golden.refused(r#"{"\ud800": 1}"#.parse::<RawObject>());
    golden.refused(r#"["\u0000"]"#.parse::<RawJson>());
    golden.section("InvalidExtraMembers");
    let member = |name: &str| (name.to_owned(), "1".parse::<RawJson>().unwrap());
    golden.refused(ExtraMembers::try_from(vec![member("URL")]));
    golden.refused(ExtraMembers::try_from(vec![member("a"), member("a")]));
    golden.refused(ExtraMembers::try_from(vec![member("a\0")]));
    golden.section("InvalidStageChange");
    let stage = || Some("A".parse().unwrap());
    golden.refused(StageChange::new(stage(), None, Some(r#"{"StageFrom":"B"}"#.parse().unwrap())));
    golden.refused(StageChange::new(None, stage(), Some(r#"{"StageTo":"B"}"#.parse().unwrap())));
}

fn drafts(golden: &mut Golden) {
    golden.section("ValidationError");
    for draft in [
        "",
        "[]",
        "{}",
        r#"{"url": 7, "trigger": "lead_create", "description": [], "content_type": null, "notify_on_failure": "yes"}"#,
        r#"{"url": "/hooks", "url": "/hooks", "trigger": {"event": "task_create", "field": "x", "colour": 1}, "color": 1}"#,
        r#"{"url": "\ud800", "trigger": {}, "custom_headers": {}}"#,
        r#"{"url": "https://example.com", "trigger": {"event": "raw", "code": true, "activity": "22"},
            "description": "a\u0000", "custom_headers": [7, {"name": 7, "value": 7}, {"name": "x"}, {"name": "x y", "value": " x", "x": 1}]}"#,
        r#"{"url": "https://example.com", "trigger": {"event": "opportunity_create", "opportunity_types": [false, null, ""]}}"#,
    ] {
        golden.refused(NewWebhook::from_json(draft));
    }
    golden.section("Warning");
    let warned = |url: &str, trigger: serde_json::Value, headers: serde_json::Value| {
        let draft = json!({"url": url, "trigger": trigger, "custom_headers": headers});
        NewWebhook::from_json(&draft.to_string()).unwrap().warnings()
    };
    let lists = [
        warned("http://example.com", json!({"event": "lead_stage_change"}), json!([])),
        warned(
            "https://example.com",
            json!({"event": "lead_activity_create", "activity": "3001"}),
            json!([]),
        ),
        warned("https://example.com", json!({"event": "opportunity_field_update"}), json!([])),
        warned("https://example.com", json!({"event": "raw", "code": 5}), json!([])),
        warned("https://example.com", json!({"event": "raw", "code": 30}), json!([])),
        warned("https://127.0.0.1/#x", json!({"event": "landing_page_submission"}), json!([])),
        warned(
            "https://example.com",
            json!({"event": "lead_activity_update", "activity": "call"}),
            json!([]),
        ),
        warned(
            "https://example.com",
            json!({"event": "lead_field_update", "field": "Lead Stage"}),
            json!([]),
        ),
        warned(
            "https://example.com",
            json!({"event": "lead_create"}),
            json!([{"name": "Host", "value": "1"}, {"name": "x_a", "value": "2"}]),
        ),
        NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate)
            .description("a\u{1b}b")
            .build()
            .warnings(),
        warned(
            "https://example.com",
            json!({"event": "lead_create"}),
            json!([{"name": "x-a", "value": "1"}, {"name": "X-A", "value": "2"}]),
        ),
    ];
    for warning in lists.into_iter().flatten() {
        golden.line(&warning);
        golden.line(json!(warning));
    }
}

fn answers(golden: &mut Golden) {
    golden.section("ApiError");
    let answer = |status: u16, exception: &str, message: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        let body = match (exception, message) {
            ("", "") => "<html>".to_owned(),
            ("", message) => json!({"Status": "Error", "ExceptionMessage": message}).to_string(),
            _ => json!({"Status": "Error", "ExceptionType": exception, "ExceptionMessage": message})
                .to_string(),
        };
        response::created(status, &HeaderMap::new(), body.as_bytes(), &Secrets::default(), UNIX_EPOCH)
    };
    for (status, exception, message) in [
        (401, "", ""),
        (401, "MXUnAuthorizedAccessException", "Use api-in21.leadsquared.com"),
        (429, "", ""),
        (200, "MXAPIRateLimitExceededException", "API calls exceeded the limit of 25 in 5 second(s)"),
        (500, "MXDuplicateEntryException", "already exists"),
        (500, "MXInvalidDataTypeException", "You have not passed ActivityEvent."),
        (400, "", "bad"),
        (404, "", ""),
        (503, "", ""),
        (500, "MXNeverSeenException", "?"),
        (405, "", ""),
    ] {
        golden.refused(answer(status, exception, message));
    }
    golden.section("UnexpectedResponse");
    for reason in REASONS {
        golden.line(UnexpectedResponse::new(StatusCode::OK, reason, b"", &Secrets::default()));
    }
}

const REASONS: [UnexpectedReason; 7] = [
    UnexpectedReason::Empty,
    UnexpectedReason::Truncated,
    UnexpectedReason::NotJson,
    UnexpectedReason::NotAnAnswer,
    UnexpectedReason::MissingId,
    UnexpectedReason::Redirect,
    UnexpectedReason::TooLarge,
];

fn names(golden: &mut Golden) {
    golden.section("UnexpectedReason");
    for reason in REASONS {
        golden.line(reason.as_str());
    }
    golden.section("ApiErrorKind");
    for kind in [
        ApiErrorKind::Unauthorized,
        ApiErrorKind::RateLimited(RateLimit::default()),
        ApiErrorKind::Duplicate,
        ApiErrorKind::InvalidInput,
        ApiErrorKind::NotFound,
        ApiErrorKind::Server,
        ApiErrorKind::Unrecognized,
    ] {
        golden.line(kind.as_str());
    }
    golden.section("ConnectCause");
    for cause in ConnectCause::ALL {
        golden.line(format_args!("{} {} {cause}", cause.as_str(), json!(cause)));
    }
    golden.section("Outcome");
    for outcome in [Outcome::NotSent, Outcome::Refused, Outcome::Unknown] {
        golden.line(format_args!("{} {} {outcome}", outcome.as_str(), json!(outcome)));
    }
    golden.section("Stop");
    for stop in [Stop::Final, Stop::Unsafe, Stop::Attempts, Stop::Deadline] {
        golden.line(stop.as_str());
    }
    golden.section("WarningCode");
    for code in [
        WarningCode::InsecureReceiver,
        WarningCode::PrivateReceiver,
        WarningCode::ReceiverFragment,
        WarningCode::EventNotCreatable,
        WarningCode::OpportunityCodesDisputed,
        WarningCode::LandingPagesMandatory,
        WarningCode::SystemActivity,
        WarningCode::CodeNotNumeric,
        WarningCode::FieldNameWithSpace,
        WarningCode::ControlInDescription,
        WarningCode::UndeliverableHeader,
        WarningCode::DuplicateHeader,
    ] {
        golden.line(format_args!("{code} {}", json!(code)));
    }
    golden.section("ContentType, EventCodes, Evidence");
    for one in ContentType::ALL {
        golden.line(one);
    }
    for one in EventCodes::ALL {
        golden.line(one);
    }
    for one in [Evidence::Documented, Evidence::Observed, Evidence::Inferred, Evidence::Unknown] {
        golden.line(one);
    }
    golden.section("ApiHost");
    for one in ApiHost::documented() {
        golden.line(one);
    }
    golden.section("Event");
    for event in Event::ALL {
        let keys: Vec<_> = event
            .keys()
            .iter()
            .map(|key| format!("{}{}", key.name, if key.required { "!" } else { "" }))
            .collect();
        let [documented, observed] = EventCodes::ALL.map(|codes| codes.code(event));
        golden.line(format_args!(
            "{event} {documented} {observed} {} [{}] {} {} {:?}",
            event.retrieve_name(),
            keys.join(" "),
            event.evidence(),
            if event.is_opportunity() { "opportunity" } else { "-" },
            event.note(),
        ));
    }
}

/// Returns the removed and the added lines, each with its number.
fn difference(golden: &str, now: &str) -> String {
    let (golden, now): (Vec<_>, Vec<_>) = (golden.lines().collect(), now.lines().collect());
    // The length of the longest common subsequence of the lines from each pair on.
    let mut common = vec![vec![0; now.len() + 1]; golden.len() + 1];
    for i in (0..golden.len()).rev() {
        for j in (0..now.len()).rev() {
            common[i][j] = if golden[i] == now[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, String::new());
    while i < golden.len() || j < now.len() {
        if i < golden.len() && j < now.len() && golden[i] == now[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == now.len() || (i < golden.len() && common[i + 1][j] >= common[i][j + 1]) {
            writeln!(lines, "{:4} - {}", i + 1, golden[i]).unwrap();
            i += 1;
        } else {
            writeln!(lines, "{:4} + {}", j + 1, now[j]).unwrap();
            j += 1;
        }
    }
    lines
}

#[test]
fn every_text_reads_as_in_the_golden_file() {
    let now = written();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(FILE, &now).unwrap();
    }
    let golden = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(golden == now, "BLESS=1 writes the file anew\n{}", difference(&golden, &now));
}

#[test]
fn a_difference_names_the_lines_that_changed_alone() {
    assert_eq!(difference("a\nb\nc\n", "a\nx\nc\nd\n"), "   2 - b\n   2 + x\n   4 + d\n");
    assert_eq!(difference("a\n", "a\n"), "");
}

/// Texts fit on one line, without a full stop or trailing blank.
#[test]
fn no_text_ends_in_a_full_stop_or_a_blank() {
    for line in written()
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# ") && !line.contains("_Post_"))
    {
        assert!(!line.ends_with(['.', ' ']), "{line}");
    }
}
