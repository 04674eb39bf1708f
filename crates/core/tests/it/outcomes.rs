//! The outcome of a webhook: whether it is as desired, whether anything changed, and the names of
//! both.

use std::time::{Duration, SystemTime};

use leadsquared_webhooks_core::{
    Action, Difference, DifferenceKind, NewWebhook, Reconciled, State, Ticket, Trigger, Unverified,
    WebhookStatus, quota::LATE_ARRIVAL, reconcile::DEFAULT_CONSISTENCY_WINDOW,
};
use serde_json::{Value, json};

const ACTIONS: [(Action, &str); 6] = [
    (Action::Existed, "existed"),
    (Action::Created, "created"),
    (Action::Updated, "updated"),
    (Action::Pruned, "pruned"),
    (Action::RolledBack, "rolled_back"),
    (Action::Withheld, "withheld"),
];

const UNVERIFIED: [(Unverified, &str); 5] = [
    (Unverified::NotSeen, "not_seen"),
    (Unverified::NotReported, "not_reported"),
    (Unverified::NotRead, "not_read"),
    (Unverified::Properties, "properties"),
    (Unverified::Candidate, "candidate"),
];

fn reconciled(action: Action, state: State) -> Reconciled {
    Reconciled {
        id: None,
        action,
        state,
        differences: Vec::new(),
        duplicates: Vec::new(),
        removed: Vec::new(),
        attempts: Vec::new(),
    }
}

#[test]
fn a_webhook_is_as_desired_when_it_delivers_and_a_pruned_one_when_it_is_absent() {
    let states = [
        State::Delivering,
        State::Disabled(WebhookStatus::Disabled),
        State::Mismatch,
        State::Unverified(Unverified::NotSeen),
        State::Absent,
    ];
    for (action, _) in ACTIONS {
        let desired = if action == Action::Pruned { State::Absent } else { State::Delivering };
        for state in states {
            assert_eq!(reconciled(action, state).is_ok(), state == desired, "{action:?} {state:?}");
        }
    }
}

#[test]
fn a_run_changes_something_when_it_writes_or_removes() {
    for (action, name) in ACTIONS {
        let mut result = reconciled(action, State::Delivering);
        assert_eq!(result.changes(), !matches!(action, Action::Existed | Action::Withheld), "{name}");
        result.removed.push("b1c4".parse().unwrap());
        assert!(result.changes(), "{name}, and something was removed");
    }
}

#[test]
fn only_what_cannot_be_read_and_is_not_remembered_is_unobservable() {
    for (kind, name) in [
        (DifferenceKind::Differs, "differs"),
        (DifferenceKind::NotObservable, "not_observable"),
        (DifferenceKind::ReplacedUnseen, "replaced_unseen"),
        (DifferenceKind::Ignored, "ignored"),
    ] {
        assert_eq!((kind.as_str(), json!(kind)), (name, json!(name)));
        let mut result = reconciled(Action::Existed, State::Delivering);
        assert!(!result.has_unobservable());
        let difference = Difference { field: "custom_headers".to_owned(), kind, desired: None, found: None };
        result.differences.push(difference);
        assert_eq!(result.has_unobservable(), kind == DifferenceKind::NotObservable, "{name}");
    }
}

#[test]
fn a_name_is_the_same_in_code_and_in_json() {
    for (action, name) in ACTIONS {
        assert_eq!((action.as_str(), json!(action)), (name, json!(name)));
    }
    for (state, name) in
        [(State::Delivering, "delivering"), (State::Mismatch, "mismatch"), (State::Absent, "absent")]
    {
        assert_eq!((state.as_str(), json!(state), state.why()), (name, json!({"kind": name}), None));
    }
    for (status, why) in [
        (WebhookStatus::Disabled, "disabled"),
        (WebhookStatus::DisabledByFailures, "disabled_by_failures"),
        (WebhookStatus::Other(7), "status_7"),
    ] {
        let state = State::Disabled(status);
        assert_eq!((state.as_str(), state.why().as_deref()), ("disabled", Some(why)));
        assert_eq!(json!(state), json!({"kind": "disabled", "why": why}));
    }
    for (unverified, why) in UNVERIFIED {
        let state = State::Unverified(unverified);
        assert_eq!(
            (unverified.as_str(), state.as_str(), state.why().as_deref()),
            (why, "unverified", Some(why))
        );
        assert_eq!(json!(state), json!({"kind": "unverified", "why": why}));
    }
}

#[test]
fn a_ticket_keeps_what_it_is_given_and_is_shown_as_it_is_stored() {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate).build();
    let ticket = Ticket::new(&webhook, at(10));
    let sent_at = |ticket: Ticket| ticket.sent_at();
    assert_eq!([9, 11].map(|time| sent_at(ticket.clone().sent_until(at(time)))), [at(10), at(11)]);
    assert_eq!([9, 11].map(|time| sent_at(ticket.clone().as_of(at(time)))), [at(9), at(10)]);
    assert_eq!(ticket.known(), None);
    assert_eq!(ticket.clone().knowing([]).known(), Some(&[][..]));
    let [one, other] = ["b1c4", "b1c5"].map(|id| id.parse().unwrap());
    let knowing = ticket.knowing([one]).knowing([other]);
    let stored = json!({
        "desired": {"event": "Lead_Post_Create", "url": "https://example.com", "properties": null},
        "sent_at_ms": 10_000, "known": ["b1c4", "b1c5"],
    });
    assert_eq!(knowing.to_string(), knowing.to_json());
    assert_eq!(knowing.to_json().parse::<Value>().ok(), Some(stored));
    assert_eq!(knowing.to_json().parse(), Ok(knowing));
}

#[test]
fn a_ticket_is_of_no_year_beyond_9999() {
    let ticket = |sent_at_ms: u64| {
        let json = json!({
            "desired": {"event": "Lead_Post_Create", "url": "https://example.com", "properties": null},
            "sent_at_ms": sent_at_ms,
        });
        json.to_string().parse::<Ticket>()
    };
    let last = 253_402_300_800_000;
    let sent_at = ticket(last).unwrap().sent_at();
    assert_eq!(sent_at, SystemTime::UNIX_EPOCH + Duration::from_millis(last));
    assert!(ticket(last + 1).is_err() && ticket(u64::MAX).is_err());
}

#[test]
fn a_create_may_take_its_whole_way_and_as_long_again_to_be_seen() {
    assert_eq!(DEFAULT_CONSISTENCY_WINDOW, LATE_ARRIVAL + LATE_ARRIVAL);
}
