//! Strategies for arbitrary drafts, good and bad.

use leadsquared_webhooks_core::{CustomHeaderDraft, ExtraMemberDraft, TriggerDraft, WebhookDraft};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

/// The events: name in a draft, documented code and observed code, from the API's page.
pub(crate) const EVENTS: [(&str, u32, u32); 18] = [
    ("landing_page_submission", 1, 1),
    ("lead_activity_create", 2, 2),
    ("lead_create", 3, 3),
    ("lead_owner_change", 4, 4),
    ("lead_stage_change", 5, 5),
    ("lead_update", 6, 6),
    ("task_create", 7, 7),
    ("task_reminder", 8, 8),
    ("lead_score_change", 9, 9),
    ("lead_activity_update", 15, 15),
    ("task_complete", 16, 16),
    ("task_update", 17, 17),
    ("lead_field_update", 26, 26),
    ("opportunity_create", 31, 29),
    ("opportunity_update", 32, 30),
    ("opportunity_field_update", 33, 33),
    ("opportunity_stage_update", 34, 34),
    ("opportunity_delete", 35, 31),
];

/// The members of every create, from the API's page.
pub(crate) const STANDARD_MEMBERS: [&str; 10] = [
    "Description",
    "URL",
    "Method",
    "ContentType",
    "WebhookEvent",
    "LandingPageUrls",
    "IsSpecificLandingPage",
    "NotifyOnFailure",
    "WebhookProperties",
    "CustomHeaders",
];

pub(crate) fn urls() -> impl Strategy<Value = String> {
    (
        select(vec!["https", "http", "HTTPS", "Http"]),
        select(vec![
            "example.com",
            "Sub.Example.com",
            "localhost",
            "192.0.2.10",
            "[2001:db8::1]",
            "bücher.example",
            "xn--bcher-kva.example",
            "a.b-c.example",
            "my_host.example.",
        ]),
        option::of(1..=65535_u16),
        option::of("[/?#]([!#$&-;=?-\\[\\]_a-z~¡-¬®-ÿλ漢🦀]|%[0-9A-Fa-f]{2}){0,12}"),
    )
        .prop_map(|(scheme, host, port, tail)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{scheme}://{host}{port}{}", tail.unwrap_or_default())
        })
}

/// Non-blank text without invisible characters, quotes included.
pub(crate) fn names() -> impl Strategy<Value = String> {
    let seen = "[^\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}]{0,4}";
    prop_oneof![
        3 => "[A-Za-z0-9_]{1,8}",
        1 => (seen, "[!-~λ漢🦀\"\\\\]", seen).prop_map(|(a, b, c)| format!("{a}{b}{c}")),
    ]
}

/// An invisible character that is not just white space.
pub(crate) fn unseen() -> impl Strategy<Value = String> {
    prop_oneof!["[\\p{Cc}]", "[\\p{Cf}\\p{Default_Ignorable_Code_Point}]"]
}

/// JSON strings with escapes of every kind, including lone surrogates.
pub(crate) fn escaped_texts() -> impl Strategy<Value = String> {
    let parts = vec![
        "a", "é", r"\\", r#"\""#, r"\n", r"\u00e9", r"\ud83d", r"\uDE00", r"\ud800", r"\udfff", r"\u0000",
    ];
    vec(select(parts), 0..6).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// White space of every kind, and the empty text.
pub(crate) fn blanks() -> impl Strategy<Value = String> {
    "[ \t\r\n\u{a0}\u{2003}]{0,3}"
}

pub(crate) fn header_names() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}"
}

pub(crate) fn header_values() -> impl Strategy<Value = String> {
    "([!-~¡-¬®-ÿλ🦀]([ -~\t¡-¬®-ÿλ🦀]{0,8}[!-~¡-¬®-ÿλ🦀])?)?"
}

/// A JSON text as written, and without its white space.
#[derive(Clone, Debug)]
pub(crate) struct JsonText {
    pub(crate) written: String,
    pub(crate) compact: String,
}

pub(crate) fn json_texts() -> impl Strategy<Value = JsonText> {
    let spelled = |text: String| JsonText { written: text.clone(), compact: text };
    let leaf = prop_oneof![
        select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0.0",
            "1.50",
            "2E+3",
            "1e300",
            "123456789012345678901234567890"
        ])
        .prop_map(str::to_owned),
        "[^\\x00]{0,8}".prop_map(|text| Value::from(text).to_string()),
        Just(r#""\u00e9 \/ \"""#.to_owned()),
    ]
    .prop_map(spelled);
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            (vec(inner.clone(), 0..4), white_space())
                .prop_map(|(items, space)| join('[', &items, ']', &space)),
            members(vec(("[a-z \"]{0,4}", inner), 0..4)),
        ]
    })
}

/// JSON texts of objects without the members that have keys in a stage update.
pub(crate) fn object_texts() -> impl Strategy<Value = JsonText> {
    members(vec(("[a-z \"]{0,4}", json_texts()), 0..4))
}

fn white_space() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,2}"
}

fn members(members: impl Strategy<Value = Vec<(String, JsonText)>>) -> impl Strategy<Value = JsonText> {
    (members, white_space()).prop_map(|(members, space)| {
        let pairs: Vec<_> = members
            .into_iter()
            .map(|(name, JsonText { written, compact })| {
                let name = Value::from(name);
                JsonText {
                    written: format!("{name}{space}:{space}{written}"),
                    compact: format!("{name}:{compact}"),
                }
            })
            .collect();
        join('{', &pairs, '}', &space)
    })
}

fn join(open: char, parts: &[JsonText], close: char, space: &str) -> JsonText {
    let all =
        |part: fn(&JsonText) -> &str, comma: &str| parts.iter().map(part).collect::<Vec<_>>().join(comma);
    let written = all(|part| &part.written, &format!("{space},{space}"));
    let compact = all(|part| &part.compact, ",");
    JsonText {
        written: format!("{open}{space}{written}{space}{close}"),
        compact: format!("{open}{compact}{close}"),
    }
}

/// Any JSON value; its keys are often those of a draft.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let keys = prop_oneof![
        select(vec![
            "url",
            "trigger",
            "description",
            "content_type",
            "notify_on_failure",
            "custom_headers",
            "event",
            "pages",
            "activity",
            "field",
            "opportunity_types",
            "from",
            "to",
            "code",
            "properties",
            "extra",
            "name",
            "value",
        ])
        .prop_map(str::to_owned),
        "(?s).{0,3}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(?s).{0,6}".prop_map(Value::from),
        select(EVENTS.map(|(name, _, _)| name).to_vec()).prop_map(Value::from),
        Just(json!("raw")),
        Just(json!("https://example.com")),
    ];
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((keys.clone(), inner), 0..7).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Valid drafts.
pub(crate) fn drafts() -> impl Strategy<Value = WebhookDraft> {
    (
        urls(),
        triggers(),
        option::of("[^\\x00]{0,12}"),
        option::of(select(vec!["application/json", "application/x-www-form-urlencoded", "text/plain"])),
        option::of(any::<bool>()),
        vec(headers(), 0..=10),
    )
        .prop_map(|(url, trigger, description, content_type, notify_on_failure, custom_headers)| {
            WebhookDraft {
                url,
                trigger,
                description,
                content_type: content_type.map(str::to_owned),
                notify_on_failure,
                custom_headers,
            }
        })
}

pub(crate) fn headers() -> impl Strategy<Value = CustomHeaderDraft> {
    (header_names(), header_values()).prop_map(|(name, value)| CustomHeaderDraft { name, value })
}

pub(crate) fn triggers() -> impl Strategy<Value = TriggerDraft> {
    use TriggerDraft as T;
    let lists = || vec(names(), 1..4);
    prop_oneof![
        1 => option::of(lists()).prop_map(|pages| T::LandingPageSubmission { pages }),
        1 => names().prop_map(|activity| T::LeadActivityCreate { activity }),
        1 => names().prop_map(|activity| T::LeadActivityUpdate { activity }),
        1 => names().prop_map(|field| T::LeadFieldUpdate { field }),
        1 => lists().prop_map(|opportunity_types| T::OpportunityCreate { opportunity_types }),
        1 => lists().prop_map(|opportunity_types| T::OpportunityUpdate { opportunity_types }),
        1 => lists().prop_map(|opportunity_types| T::OpportunityDelete { opportunity_types }),
        1 => option::of(object_texts())
            .prop_map(|json| T::OpportunityFieldUpdate { properties: json.map(|json| json.written) }),
        1 => (option::of(names()), option::of(names()), option::of(object_texts())).prop_map(|(from, to, json)| {
            T::OpportunityStageUpdate { from, to, properties: json.map(|json| json.written) }
        }),
        3 => bare_triggers(),
        3 => (codes(), option::of(json_texts()), extras()).prop_map(|(code, json, extra)| T::Raw {
            code: code.to_string(),
            properties: json.map(|json| json.written),
            extra,
        }),
    ]
}

fn bare_triggers() -> impl Strategy<Value = TriggerDraft> {
    use TriggerDraft as T;
    select(vec![
        T::LeadCreate,
        T::LeadOwnerChange,
        T::LeadStageChange,
        T::LeadUpdate,
        T::TaskCreate,
        T::TaskReminder,
        T::LeadScoreChange,
        T::TaskComplete,
        T::TaskUpdate,
    ])
}

/// Codes in neither table, so that a decoder can recognize a raw trigger.
fn codes() -> impl Strategy<Value = u32> {
    prop_oneof![select(vec![0, 10, 28, 36, u32::MAX]), any::<u32>()].prop_filter("not in a table", |code| {
        EVENTS.iter().all(|(_, documented, observed)| code != documented && code != observed)
    })
}

fn extras() -> impl Strategy<Value = Vec<ExtraMemberDraft>> {
    let names = prop_oneof![
        select(vec!["ActivityEvent", "ChangedLeadField", "OpportunityEvents"]).prop_map(str::to_owned),
        "(?s).{0,4}",
    ];
    let members = vec((names, values()), 0..3);
    members.prop_map(|mut members| {
        members.retain(|(name, json)| {
            !STANDARD_MEMBERS.contains(&name.as_str())
                && !json!({ name: json }).to_string().contains("\\u0000")
        });
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        members.dedup_by(|(one, _), (other, _)| one == other);
        members
            .into_iter()
            .rev()
            .map(|(name, json)| ExtraMemberDraft { name, json: json.to_string() })
            .collect()
    })
}

/// An invalid part of a draft, and the paths that must be reported, relative to the part.
pub(crate) type Bad<T> = (T, &'static [&'static str]);

pub(crate) fn bad_urls() -> impl Strategy<Value = String> {
    prop_oneof![
        blanks(),
        select(vec![
            "example.com/hooks",
            "/hooks",
            "//example.com",
            "ftp://example.com",
            "mailto:someone@example.com",
            "https:example.com",
            "https:///hooks",
            "https://",
            "https://:8080/",
            "https://?x",
            "https://user@example.com",
            "https://user:secret@example.com/",
            "https://example.com:70000",
            "https://exa mple.com",
            "https://example.com/a\nb",
            " https://example.com",
            "https://[::1",
            "https://example.com/\u{7f}",
            "1https://example.com",
            "https://a..example.com",
            "https://example.com..",
            "https://*.example.com",
            "https://example%2ecom",
            "https://0x7f.1",
            "https://example.com:0",
            "https://example.com/%",
            "https://example.com/%4",
            "https://example.com/?x=%zz",
        ])
        .prop_map(str::to_owned),
        select(vec!['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
            .prop_map(|c| format!("https://example.com/a{c}b")),
        (select(vec!["https://exa", "https://example.com/a", "https://example.com/?a="]), unseen())
            .prop_map(|(before, unseen)| format!("{before}{unseen}b")),
        "[a-z]{64,70}".prop_map(|label| format!("https://{label}.example")),
    ]
}

/// Invalid triggers in plain texts, with the reported paths below `trigger.`.
pub(crate) fn bad_triggers() -> impl Strategy<Value = Bad<TriggerDraft>> {
    use TriggerDraft as T;
    let activities = |activity: String| {
        vec![T::LeadActivityCreate { activity: activity.clone() }, T::LeadActivityUpdate { activity }]
    };
    let opportunities = |types: Vec<String>| {
        vec![
            T::OpportunityCreate { opportunity_types: types.clone() },
            T::OpportunityUpdate { opportunity_types: types.clone() },
            T::OpportunityDelete { opportunity_types: types },
        ]
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let text = |text: &str| Some(text.to_owned());
    let raw = |code: &str, properties: Option<String>, extra: &[(&str, &str)]| T::Raw {
        code: code.to_owned(),
        properties,
        extra: extra
            .iter()
            .map(|(name, json)| ExtraMemberDraft { name: (*name).to_owned(), json: (*json).to_owned() })
            .collect(),
    };
    let mut bad: Vec<Bad<T>> = vec![
        (T::LandingPageSubmission { pages: Some(vec![]) }, &["pages"]),
        (T::LandingPageSubmission { pages: Some(texts(&["a", " ", "b", ""])) }, &["pages[1]", "pages[3]"]),
        (T::LeadFieldUpdate { field: String::new() }, &["field"]),
        (T::LeadFieldUpdate { field: "\t\u{a0}".to_owned() }, &["field"]),
        (T::LeadFieldUpdate { field: "Prospect\u{200b}Stage".to_owned() }, &["field"]),
        (T::LandingPageSubmission { pages: Some(texts(&["a\n", "b\u{ad}"])) }, &["pages[0]", "pages[1]"]),
        (
            T::OpportunityStageUpdate {
                from: text("\u{feff}A"),
                to: text("A\0"),
                properties: text(r#"{"a":"\ud800"}"#),
            },
            &["from", "to", "properties"],
        ),
        (
            raw("7", text(r#"{"\u0000":1}"#), &[("a\0", "1"), ("b", r#"["\udc00"]"#)]),
            &["properties", "extra.a\0", "extra.b"],
        ),
        (T::OpportunityFieldUpdate { properties: text("[]") }, &["properties"]),
        (T::OpportunityFieldUpdate { properties: text("{") }, &["properties"]),
        (
            T::OpportunityStageUpdate { from: text(" "), to: text(""), properties: text("x") },
            &["from", "to", "properties"],
        ),
        (
            T::OpportunityStageUpdate { from: text("A"), to: None, properties: text(r#"{"StageFrom":"B"}"#) },
            &["properties.StageFrom"],
        ),
        (
            T::OpportunityStageUpdate {
                from: None,
                to: text("A"),
                properties: text(r#"{"x":1,"Stage\u0054o":"B"}"#),
            },
            &["properties.StageTo"],
        ),
        (raw("", None, &[]), &["code"]),
        (raw("4294967296", text("{b:1}"), &[]), &["code", "properties"]),
        (raw("07", text(""), &[("a", "1"), ("URL", "2")]), &["code", "properties", "extra.URL"]),
        (raw("7", text("1 2"), &[("a", "1"), ("b", "1"), ("a", "2")]), &["properties", "extra.a"]),
        (raw("7", None, &[("CustomHeaders", "[]")]), &["extra.CustomHeaders"]),
        (
            raw("7", None, &[("Method", "1"), ("a", "{"), ("URL", "2"), ("b", "1"), ("b", "1")]),
            &["extra.Method", "extra.URL", "extra.b", "extra.a"],
        ),
        (
            T::OpportunityStageUpdate {
                from: text("A"),
                to: text(" "),
                properties: text(r#"{"StageFrom":"B","StageTo":"C"}"#),
            },
            &["to", "properties.StageFrom", "properties.StageTo"],
        ),
    ];
    for blank in ["", " \n", "22\u{2060}", "\u{7f}22"] {
        bad.extend(activities(blank.to_owned()).into_iter().map(|trigger| (trigger, &["activity"] as &[_])));
    }
    bad.extend(opportunities(vec![]).into_iter().map(|trigger| (trigger, &["opportunity_types"] as &[_])));
    let second = opportunities(texts(&["12000", ""])).into_iter();
    bad.extend(second.map(|trigger| (trigger, &["opportunity_types[1]"] as &[_])));
    select(bad)
}

/// Invalid triggers as JSON, with the reported paths.
pub(crate) fn bad_json_triggers() -> impl Strategy<Value = Bad<Value>> {
    let bad: Vec<Bad<Value>> = vec![
        (Value::Null, &["trigger"]),
        (json!("lead_create"), &["trigger"]),
        (json!([]), &["trigger"]),
        (json!({}), &["trigger.event"]),
        (json!({"event": null}), &["trigger.event"]),
        (json!({"event": 31}), &["trigger.event"]),
        (json!({"event": true}), &["trigger.event"]),
        (json!({"event": "lead_created"}), &["trigger.event"]),
        (json!({"event": "Lead_Creation", "colour": 1}), &["trigger.event", "trigger.colour"]),
        (json!({"event": "lead_activity_create"}), &["trigger.activity"]),
        (json!({"event": "lead_activity_create", "activity": 22}), &["trigger.activity"]),
        (json!({"event": "lead_activity_update", "activity": null}), &["trigger.activity"]),
        (json!({"event": "lead_field_update"}), &["trigger.field"]),
        (json!({"event": "lead_field_update", "field": ["x"]}), &["trigger.field"]),
        (json!({"event": "opportunity_create"}), &["trigger.opportunity_types"]),
        (
            json!({"event": "opportunity_update", "opportunity_types": "12000"}),
            &["trigger.opportunity_types"],
        ),
        (
            json!({"event": "opportunity_delete", "opportunity_types": [1, "a", null, " "]}),
            &["trigger.opportunity_types[0]", "trigger.opportunity_types[2]", "trigger.opportunity_types[3]"],
        ),
        (json!({"event": "landing_page_submission", "pages": {}}), &["trigger.pages"]),
        (json!({"event": "landing_page_submission", "pages": [true]}), &["trigger.pages[0]"]),
        (json!({"event": "lead_create", "pages": ["x"]}), &["trigger.pages"]),
        (
            json!({"event": "lead_update", "activity": "22", "field": "x"}),
            &["trigger.activity", "trigger.field"],
        ),
        (json!({"event": "task_create", "opportunity_types": ["1"]}), &["trigger.opportunity_types"]),
        (json!({"event": "task_update", "from": "a", "to": "b"}), &["trigger.from", "trigger.to"]),
        (json!({"event": "lead_stage_change", "properties": {}}), &["trigger.properties"]),
        (
            json!({"event": "lead_activity_create", "activity": "1", "properties": {}}),
            &["trigger.properties"],
        ),
        (json!({"event": "task_reminder", "code": 8, "extra": {}}), &["trigger.code", "trigger.extra"]),
        (json!({"event": "opportunity_field_update", "properties": 7}), &["trigger.properties"]),
        (
            json!({"event": "opportunity_field_update", "properties": "[]", "to": "x"}),
            &["trigger.properties", "trigger.to"],
        ),
        (json!({"event": "opportunity_stage_update", "from": 1, "to": ""}), &["trigger.from", "trigger.to"]),
        (
            json!({"event": "opportunity_stage_update", "from": "A", "properties": {"StageFrom": "B"}}),
            &["trigger.properties.StageFrom"],
        ),
        (json!({"event": "raw"}), &["trigger.code"]),
        (json!({"event": "raw", "code": "x"}), &["trigger.code"]),
        (json!({"event": "raw", "code": 1.5}), &["trigger.code"]),
        (json!({"event": "raw", "code": -1}), &["trigger.code"]),
        (json!({"event": "raw", "code": true, "properties": "{"}), &["trigger.code", "trigger.properties"]),
        (json!({"event": "raw", "code": 7, "extra": {"Method": 1}}), &["trigger.extra.Method"]),
        (json!({"event": "raw", "code": 7, "extra": []}), &["trigger.extra"]),
        (json!({"event": "raw", "code": 7, "activity": "22"}), &["trigger.activity"]),
    ];
    select(bad)
}

/// Invalid custom headers in plain texts, with the keys at fault.
pub(crate) fn bad_headers() -> impl Strategy<Value = Bad<CustomHeaderDraft>> {
    let bad_name = select(vec!["", "x y", "x:", "ü", "x\r\ny", "(", "x\u{7f}"]);
    let bad_value = select(vec![
        " a",
        "a ",
        "\ta",
        "a\t",
        "a\r\nx: y",
        "a\nb",
        "\0",
        "a\u{7f}",
        "a\u{85}",
        "a\u{200b}b",
        "\u{feff}",
    ]);
    let header =
        |name: &str, value: &str| CustomHeaderDraft { name: name.to_owned(), value: value.to_owned() };
    prop_oneof![
        (bad_name.clone(), header_values())
            .prop_map(move |(name, value)| -> Bad<_> { (header(name, &value), &["name"]) }),
        (header_names(), bad_value.clone())
            .prop_map(move |(name, value)| -> Bad<_> { (header(&name, value), &["value"]) }),
        (bad_name, bad_value)
            .prop_map(move |(name, value)| -> Bad<_> { (header(name, value), &["name", "value"]) }),
    ]
}

/// Invalid custom headers as JSON, with the reported paths relative to the header; an empty text is
/// the header itself.
pub(crate) fn bad_json_headers() -> impl Strategy<Value = Bad<Value>> {
    let bad: Vec<Bad<Value>> = vec![
        (json!({}), &[".name", ".value"]),
        (json!({"name": "x"}), &[".value"]),
        (json!({"name": "x", "value": null}), &[".value"]),
        (json!({"name": "x", "value": 12345}), &[".value"]),
        (json!({"name": "x", "value": ["a"]}), &[".value"]),
        (json!({"value": "x"}), &[".name"]),
        (json!({"name": true, "value": "x"}), &[".name"]),
        (json!({"name": "x", "value": "x", "Value": "x"}), &[".Value"]),
        (json!({"key": "x", "value": "x"}), &[".key", ".name"]),
        (json!("x: y"), &[""]),
        (json!(["x", "y"]), &[""]),
        (Value::Null, &[""]),
    ];
    select(bad)
}
