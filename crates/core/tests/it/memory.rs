//! The memory of an account: notes, their effects, and the stored texts that later versions must
//! read.

use std::time::{Duration, SystemTime};

use leadsquared_webhooks_core::{
    AccessKey, ApiHost, ContentType, CustomHeader, CustomHeaders, EventCode, EventCodes, Identity,
    NewWebhook, SecretKey, Ticket, Trigger, WebhookId,
    reconcile::{AccountKey, CodeTable, Memory, MismatchNote, Note, OpenCreate, Seal, Written},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

fn webhook(path: &str) -> NewWebhook {
    let url = format!("https://example.com/{path}");
    NewWebhook::builder(url.parse().unwrap(), Trigger::LeadCreate).build()
}

fn identity(path: &str) -> Identity {
    Identity::of(&webhook(path))
}

fn ticket(path: &str, seconds: u64) -> Ticket {
    Ticket::new(&webhook(path), SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn id(text: &str) -> WebhookId {
    text.parse().unwrap()
}

fn mismatch(path: &str, code: u32, webhook: Option<&str>) -> MismatchNote {
    MismatchNote {
        desired: identity(path),
        code: EventCode::new(code),
        differences: Vec::new(),
        id: webhook.map(id),
    }
}

fn seal() -> Seal {
    Seal::new(&"secret".parse::<SecretKey>().unwrap())
}

fn written(text: &str) -> Written {
    Written::new(id(text), &webhook("a"), &seal())
}

fn memory(notes: impl IntoIterator<Item = Note>) -> Memory {
    let mut memory = Memory::default();
    notes.into_iter().for_each(|note| memory.note(note));
    memory
}

#[test]
fn a_create_that_ended_takes_the_place_of_the_open_one_of_its_identity_and_of_no_other() {
    let open = |path, seconds| OpenCreate { ticket: ticket(path, seconds), is_ended: false };
    let ended = |path, seconds| OpenCreate { ticket: ticket(path, seconds), is_ended: true };
    let begin = || vec![Note::Open(ticket("a", 1)), Note::Open(ticket("b", 1))];
    for (what, more, expected) in [
        ("two are open", vec![], vec![open("a", 1), open("b", 1)]),
        ("one ends", vec![Note::Lost(ticket("a", 2))], vec![open("b", 1), ended("a", 2)]),
        (
            "one ends, is sent once more and ends again",
            vec![Note::Lost(ticket("a", 2)), Note::Open(ticket("a", 3)), Note::Lost(ticket("a", 4))],
            vec![open("b", 1), ended("a", 2), ended("a", 4)],
        ),
        (
            "one is seen, however often it was sent",
            vec![Note::Lost(ticket("a", 2)), Note::Open(ticket("a", 3)), Note::Closed(identity("a"))],
            vec![open("b", 1)],
        ),
    ] {
        assert_eq!(memory(begin().into_iter().chain(more)).open, expected, "{what}");
    }
}

#[test]
fn a_mismatch_is_remembered_once_for_its_identity_until_a_create_of_it_matches() {
    let notes =
        [mismatch("a", 29, None), mismatch("b", 29, None), mismatch("a", 31, None)].map(Note::Mismatch);
    let kept = memory(notes.clone()).mismatches;
    assert_eq!(kept, [mismatch("b", 29, None), mismatch("a", 31, None)]);
    let matched = memory(notes.into_iter().chain([Note::Matched(identity("a"))]));
    assert_eq!(matched.mismatches, [mismatch("b", 29, None)]);
}

#[test]
fn a_webhook_that_is_gone_is_forgotten_and_what_an_account_makes_of_a_create_is_not() {
    let mismatches = [mismatch("a", 29, Some("x")), mismatch("b", 29, Some("y"))].map(Note::Mismatch);
    let notes = mismatches.into_iter().chain(["x", "y"].map(|text| Note::Wrote(written(text))));
    let memory = memory(notes.chain([Note::Forgot(id("x"))]));
    assert_eq!(memory.mismatches, [mismatch("a", 29, None), mismatch("b", 29, Some("y"))]);
    assert_eq!(memory.written.into_values().collect::<Vec<_>>(), [written("y")]);
}

#[test]
fn an_update_that_is_sent_makes_only_its_webhook_uncertain_until_it_was_written() {
    let updating = |notes: Vec<Note>| {
        let written =
            memory(["x", "y"].map(|text| Note::Wrote(written(text))).into_iter().chain(notes)).written;
        written.into_values().map(|written| written.is_updating).collect::<Vec<_>>()
    };
    assert_eq!(updating(vec![]), [false, false]);
    assert_eq!(updating(vec![Note::Updating(id("x")), Note::Updating(id("z"))]), [true, false]);
    assert_eq!(updating(vec![Note::Updating(id("x")), Note::Wrote(written("x"))]), [false, false]);
}

#[test]
fn a_memory_is_empty_until_anything_is_noted() {
    assert!(Memory::default().is_empty());
    for note in [
        Note::Open(ticket("a", 1)),
        Note::Lost(ticket("a", 1)),
        Note::Codes(CodeTable::Holds(EventCodes::Observed)),
        Note::Mismatch(mismatch("a", 29, None)),
        Note::Wrote(written("x")),
    ] {
        let memory = memory([note.clone()]);
        assert!(!memory.is_empty(), "{note:?}");
        assert_eq!(memory.notes().collect::<Vec<_>>(), [note]);
    }
}

#[test]
fn what_is_stored_of_a_written_webhook_is_what_every_version_stores() {
    let header = CustomHeader::parse("Authorization", "Bearer x").unwrap();
    let headers = CustomHeaders::try_from(vec![header]).unwrap();
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate)
        .content_type(ContentType::Form)
        .custom_headers(headers)
        .build();
    // HMAC-SHA256 with the key `secret`, of `value`, a zero byte and the value, and of `key check`.
    let sealed = "d774b0d9fbe4680d58e24249d7fd2e2b9662fccd449b3bb3a4452cde3c519f90";
    let check = "e88df733320682d862f6e0f39e86e89cce68cc19e2bb105929c5848b5f860a6a";
    let written = Written::new(id("x"), &webhook, &seal());
    let created = json!({
        "id": "x", "content_type": ContentType::Form.as_str(), "notify_on_failure": true, "key_check": check,
        "custom_headers": [{"name": "Authorization", "seal": sealed}], "is_created": true,
    });
    assert_eq!(json!(written), created);
    assert_eq!(seal().of("Bearer x"), sealed);
    let bare = Written { is_created: false, is_updating: true, custom_headers: Vec::new(), ..written };
    let updating = json!({
        "id": "x", "content_type": ContentType::Form.as_str(), "notify_on_failure": true, "key_check": check,
        "is_updating": true,
    });
    assert_eq!(json!(bare), updating);
}

#[test]
fn a_seal_does_not_show_its_key() {
    assert_eq!(format!("{:?}", seal()), "Seal([REDACTED])");
}

#[test]
fn an_account_is_known_by_the_hash_of_its_host_and_access_key() {
    let account = AccountKey::of(&ApiHost::mumbai(), &"key".parse::<AccessKey>().unwrap());
    let hash = Sha256::digest("https://api-in21.leadsquared.com\0key");
    let text = hash.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(account.as_str(), text);
    assert_eq!(AccountKey::try_from(text), Ok(account));
    for other in ["0".repeat(63), "0".repeat(65), "g".repeat(64), "A".repeat(64), String::new()] {
        assert!(AccountKey::try_from(other.clone()).is_err(), "{other}");
    }
}
