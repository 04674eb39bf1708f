//! The rules of the small types, as tables of accepted and refused values.

use leadsquared_webhooks_core::{
    ActivityCode, ContentType, CustomHeader, CustomHeaders, CustomHeadersForm, Event, EventCode, EventCodes,
    ExtraMembers, FieldName, LandingPageUrl, LandingPageUrls, LandingPages, NewWebhook, OpportunityType,
    OpportunityTypes, RawJson, RawObject, RawTrigger, StageChange, StageName, Trigger, WarningCode,
    WebhookId,
};
use serde_json::json;

macro_rules! name_rules {
    ($($name:ident)*) => {
        #[test]
        fn a_name_is_any_text_that_is_not_blank_and_is_seen_whole() {
            $(
                for text in ["x", " x ", "é", "12000", "Won \u{2764}\u{fe0f}"] {
                    let name: $name = text.parse().unwrap();
                    assert_eq!((name.as_str(), name.to_string().as_str()), (text, text));
                    assert_eq!($name::try_from(text.to_owned()), Ok(name));
                }
                for blank in ["", " ", "\t\r\n", "\u{a0}\u{2003}"] {
                    assert!(blank.parse::<$name>().is_err(), "{blank:?}");
                    assert!($name::try_from(blank.to_owned()).is_err(), "{blank:?}");
                }
                for unseen in ["22\u{200b}", "\u{feff}22", "2\u{ad}2", "\u{2060}", "22\0", "22\n", "2\u{200d}2"] {
                    assert!(unseen.parse::<$name>().is_err(), "{unseen:?}");
                }
            )*
        }
    };
}

name_rules!(ActivityCode FieldName StageName OpportunityType LandingPageUrl);

#[test]
fn a_system_activity_has_four_digits_and_begins_with_3() {
    for (code, is_system) in [
        ("3000", true),
        ("3999", true),
        ("300", false),
        ("30000", false),
        ("2999", false),
        ("4000", false),
        ("300x", false),
        (" 3000", false),
        ("3", false),
    ] {
        assert_eq!(code.parse::<ActivityCode>().unwrap().is_system(), is_system, "{code}");
    }
}

#[test]
fn a_webhook_id_is_any_text_that_is_not_blank() {
    let id: WebhookId = "b1c4".parse().unwrap();
    assert_eq!((id.as_str(), id.to_string().as_str(), json!(id)), ("b1c4", "b1c4", json!("b1c4")));
    assert!(" \t".parse::<WebhookId>().is_err());
}

#[test]
fn a_name_of_a_closed_set_leads_back_to_its_member() {
    for content_type in ContentType::ALL {
        assert_eq!(content_type.to_string().parse(), Ok(content_type));
    }
    for text in ["", "Application/JSON", "application/json; charset=utf-8", " text/plain"] {
        assert!(text.parse::<ContentType>().is_err(), "{text:?}");
    }
    for event in Event::ALL {
        assert_eq!(event.to_string().parse(), Ok(event));
        assert_eq!(event.name().to_uppercase().parse(), Ok(event));
    }
    for codes in EventCodes::ALL {
        assert_eq!(codes.as_str().parse(), Ok(codes));
    }
    for form in CustomHeadersForm::ALL {
        assert_eq!(form.to_string().parse(), Ok(form));
        assert_eq!(form.to_string().replace('_', "-").parse(), Ok(form));
    }
    assert_eq!((ContentType::default(), EventCodes::default()), (ContentType::Json, EventCodes::Documented));
}

#[test]
fn a_list_has_one_member_or_more() {
    let one: OpportunityType = "12000".parse().unwrap();
    let types = OpportunityTypes::from(one.clone());
    assert_eq!(types.as_slice(), std::slice::from_ref(&one));
    assert_eq!(OpportunityTypes::try_from(vec![one]), Ok(types));
    let page: LandingPageUrl = "signup".parse().unwrap();
    assert_eq!(LandingPageUrls::try_from(vec![page.clone()]).unwrap().as_slice(), [page]);
    assert_eq!(LandingPages::default(), LandingPages::All);
}

#[test]
fn a_stage_change_keeps_what_it_is_given() {
    let stage = |text: &str| -> StageName { text.parse().unwrap() };
    let more: RawObject = r#"{ "x": 1 }"#.parse().unwrap();
    let change = StageChange::new(Some(stage("A")), Some(stage("B")), Some(more.clone())).unwrap();
    assert_eq!(
        (change.from(), change.to(), change.properties()),
        (Some(&stage("A")), Some(&stage("B")), Some(&more))
    );
    assert_eq!(more.as_json().to_string(), r#"{"x":1}"#);
    for (from, to, properties, taken) in [
        (true, false, r#"{"StageTo":"x"}"#, true),
        (false, true, r#"{"StageFrom":"x"}"#, true),
        (false, false, r#"{"StageFrom":"x","StageTo":"y"}"#, true),
        (true, true, r#"{"stagefrom":"x","x":{"StageTo":"y"}}"#, true),
        (true, false, r#"{"x":1,"Stage\u0046rom":null}"#, false),
        (false, true, r#"{"StageTo":"x"}"#, false),
    ] {
        let change = StageChange::new(
            from.then(|| stage("A")),
            to.then(|| stage("A")),
            Some(properties.parse().unwrap()),
        );
        assert_eq!(change.is_ok(), taken, "{from} {to} {properties}");
    }
}

#[test]
fn an_object_knows_its_members() {
    let object: RawObject = r#"{"a": {"b": 1}, "\u0063": 2}"#.parse().unwrap();
    assert!(object.has("a") && object.has("c"));
    assert!(!object.has("b") && !object.has("C"));
    assert_eq!(RawObject::try_from(object.as_json().clone()), Ok(object));
    for text in ["[]", "7", "\"{}\"", "null", "", "{", "{} {}"] {
        assert!(text.parse::<RawObject>().is_err(), "{text}");
    }
}

#[test]
fn extra_members_stand_once_and_beside_the_standard_ones() {
    let member = |name: &str| (name.to_owned(), "1".parse::<RawJson>().unwrap());
    let members = vec![member("b"), member("a"), member("url")];
    assert_eq!(ExtraMembers::try_from(members.clone()).unwrap().as_slice(), members);
    for name in crate::drafts::STANDARD_MEMBERS {
        let error = ExtraMembers::try_from(vec![member("a"), member(name)]).unwrap_err();
        assert_eq!(error.name(), name);
    }
}

#[test]
fn a_webhook_has_the_defaults_of_the_vendors_sample_and_knows_what_was_given() {
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::TaskCreate).build();
    assert_eq!(webhook.url().to_string(), "https://example.com");
    assert_eq!(webhook.trigger(), &Trigger::TaskCreate);
    assert_eq!((webhook.description(), webhook.content_type()), ("", ContentType::Json));
    assert!(webhook.notify_on_failure());
    assert_eq!((webhook.given_description(), webhook.given_content_type()), (None, None));
    assert_eq!(webhook.given_notify_on_failure(), None);
    assert_eq!(webhook.custom_headers(), &CustomHeaders::default());
    let other = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::TaskCreate)
        .description("x")
        .content_type(ContentType::Form)
        .notify_on_failure(false)
        .build();
    assert_eq!((other.description(), other.content_type()), ("x", ContentType::Form));
    assert!(!other.notify_on_failure());
    assert_eq!((other.given_description(), other.given_content_type()), (Some("x"), Some(ContentType::Form)));
    assert_eq!(other.given_notify_on_failure(), Some(false));
}

#[test]
fn a_trigger_knows_its_event_and_its_number() {
    let types = OpportunityTypes::from("12000".parse::<OpportunityType>().unwrap());
    let create = Trigger::OpportunityCreate(types);
    assert_eq!(create.event(), Some(Event::OpportunityCreate));
    assert_eq!(EventCodes::ALL.map(|codes| create.code(codes).get()), [31, 29]);
    let raw = RawTrigger { code: EventCode::new(31), properties: None, extra: ExtraMembers::default() };
    assert_eq!(Trigger::Raw(raw.clone()).event(), None);
    assert_eq!(EventCodes::ALL.map(|codes| Trigger::Raw(raw.clone()).code(codes).get()), [31, 31]);
}

#[test]
fn a_warning_comes_exactly_when_there_is_something_to_warn_of() {
    use WarningCode as W;
    let warnings = |url: &str, trigger: serde_json::Value, names: &[&str]| {
        let headers: Vec<_> = names.iter().map(|name| json!({"name": name, "value": ""})).collect();
        let draft = json!({"url": url, "trigger": trigger, "custom_headers": headers});
        let webhook = NewWebhook::from_json(&draft.to_string()).unwrap();
        webhook.warnings().into_iter().map(|warning| (warning.code, warning.field)).collect::<Vec<_>>()
    };
    let raw = |code: u32| warnings("https://x.example", json!({"event": "raw", "code": code}), &[]);
    assert_eq!(raw(5), [(W::EventNotCreatable, "trigger.code".to_owned())]);
    for code in [29, 30, 31, 32, 33, 34, 35] {
        assert_eq!(raw(code), [(W::OpportunityCodesDisputed, "trigger.code".to_owned())], "{code}");
    }
    for code in [0, 1, 2, 4, 6, 26, 28, 36] {
        assert_eq!(raw(code), [], "{code}");
    }
    for event in Event::ALL {
        let mut trigger = json!({"event": event.name()});
        for key in event.keys().iter().filter(|key| key.required) {
            trigger[key.name] = if key.name == "opportunity_types" { json!(["1"]) } else { json!("1") };
        }
        let expected = match event {
            Event::LandingPageSubmission => vec![(W::LandingPagesMandatory, "trigger.pages".to_owned())],
            Event::LeadStageChange => vec![(W::EventNotCreatable, "trigger.event".to_owned())],
            event if event.is_opportunity() => {
                vec![(W::OpportunityCodesDisputed, "trigger.event".to_owned())]
            }
            _ => vec![],
        };
        assert_eq!(warnings("HTTPS://x.example", trigger, &[]), expected, "{event}");
    }
    let page = json!({"event": "landing_page_submission", "pages": ["signup"]});
    assert_eq!(warnings("https://x.example", page, &[]), []);
    for event in ["lead_activity_create", "lead_activity_update"] {
        let about = |activity: &str| {
            warnings("https://x.example", json!({"event": event, "activity": activity}), &[])
        };
        assert_eq!(about("3001"), [(W::SystemActivity, "trigger.activity".to_owned())]);
        for activity in ["2x", "22 ", "-22", "٢٢", "Call"] {
            assert_eq!(about(activity), [(W::CodeNotNumeric, "trigger.activity".to_owned())], "{activity}");
        }
    }
    let types = json!({"event": "opportunity_delete", "opportunity_types": ["12000", "Deal", "1 2"]});
    let of_types = [
        (W::OpportunityCodesDisputed, "trigger.event".to_owned()),
        (W::CodeNotNumeric, "trigger.opportunity_types[1]".to_owned()),
        (W::CodeNotNumeric, "trigger.opportunity_types[2]".to_owned()),
    ];
    assert_eq!(warnings("https://x.example", types, &[]), of_types);
    for (field, warned) in [("mx_City", false), ("Prospect Stage", true), ("x\u{a0}", true)] {
        let about = warnings("https://x.example", json!({"event": "lead_field_update", "field": field}), &[]);
        assert_eq!(about, vec![(W::FieldNameWithSpace, "trigger.field".to_owned()); usize::from(warned)]);
    }
    let lead = || json!({"event": "lead_create"});
    for (url, codes) in [
        ("Http://x.example", vec![W::InsecureReceiver]),
        ("http://localhost/#x", vec![W::InsecureReceiver, W::PrivateReceiver, W::ReceiverFragment]),
        ("https://192.168.0.1", vec![W::PrivateReceiver]),
        ("https://x.example/a%23b", vec![]),
    ] {
        let expected: Vec<_> = codes.into_iter().map(|code| (code, "url".to_owned())).collect();
        assert_eq!(warnings(url, lead(), &[]), expected, "{url}");
    }
    let names = ["a", "b", "A", "c", "a", "HOST", "content-type", "x_y", "host", "x-host"];
    let about = |code, index| (code, format!("custom_headers[{index}].name"));
    let of_headers = [
        about(W::DuplicateHeader, 2),
        about(W::DuplicateHeader, 4),
        about(W::UndeliverableHeader, 5),
        about(W::UndeliverableHeader, 6),
        about(W::UndeliverableHeader, 7),
        about(W::UndeliverableHeader, 8),
        about(W::DuplicateHeader, 8),
    ];
    assert_eq!(warnings("https://x.example", lead(), &names), of_headers);
    let described = |text: &str| {
        let webhook = NewWebhook::builder("https://x.example".parse().unwrap(), Trigger::LeadCreate);
        webhook.description(text).build().warnings().len()
    };
    assert_eq!(["a\tb\r\nc", "\u{200b}", "a\u{1b}[1m", "\u{85}"].map(described), [0, 0, 1, 1]);
}

#[test]
fn ten_headers_are_taken_and_eleven_are_not() {
    let headers = |count| CustomHeaders::try_from(vec![CustomHeader::parse("x", "y").unwrap(); count]);
    assert_eq!(headers(10).unwrap().as_slice().len(), CustomHeaders::MAX);
    assert_eq!(headers(11).unwrap_err().count, 11);
    assert_eq!(CustomHeaders::MAX, 10);
}
