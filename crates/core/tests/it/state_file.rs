//! The laws of the state file: what was written is read, and nothing else is.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use leadsquared_webhooks_core::{
    AccessKey, ApiHost, Difference, DifferenceKind, EventCode, EventCodes, Identity, NewWebhook, SecretKey,
    Ticket, Trigger, WebhookId,
    quota::LATE_ARRIVAL,
    reconcile::{
        AccountKey, CodeTable, InvalidState, Memory, MismatchNote, Note, OpenCreate, Seal, StateEntry,
        StateProblem, StoredAccount, StoredState, Written, encode,
    },
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use sha2::{Digest as _, Sha256};

use crate::drafts;

const NOW: Duration = Duration::from_hours(1_000);
const WINDOW: Duration = Duration::from_secs(5);

fn time(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + NOW
}

fn account(number: u8) -> AccountKey {
    let key: AccessKey = format!("key-{number}").parse().unwrap();
    AccountKey::of(&ApiHost::mumbai(), &key)
}

fn seal() -> Seal {
    Seal::new(&"secret".parse::<SecretKey>().unwrap())
}

fn webhooks() -> impl Strategy<Value = NewWebhook> {
    drafts::drafts().prop_filter_map("valid", |draft| draft.parse().ok())
}

fn ids() -> impl Strategy<Value = WebhookId> {
    prop_oneof![4 => "[a-f]", 1 => "(?s).{0,3}[a-z🦀].{0,3}"].prop_map(|id| id.parse().unwrap())
}

/// Times mostly around now, including the future.
fn times() -> impl Strategy<Value = SystemTime> {
    let now = u64::try_from(NOW.as_millis()).unwrap();
    prop_oneof![6 => now - 60_000..now + 60_000, 1 => 0..=253_402_300_800_000_u64].prop_map(time)
}

/// Notes about few webhooks, so that they interact.
fn notes(few: Vec<NewWebhook>) -> impl Strategy<Value = Note> {
    let webhook = move || select(few.clone());
    let identity = || webhook().prop_map(|webhook| Identity::of(&webhook));
    let ticket = || {
        (identity(), times(), vec(ids(), 0..3))
            .prop_map(|(identity, at, known)| Ticket::for_identity(identity, at).knowing(known))
    };
    let codes = select(EventCodes::ALL.to_vec());
    let difference = ("[a-z]{1,5}", option::of("(?s).{0,4}")).prop_map(|(field, found)| Difference {
        field,
        kind: DifferenceKind::Differs,
        desired: None,
        found,
    });
    let mismatch = (identity(), 1..40_u32, vec(difference, 0..2), option::of(ids())).prop_map(
        |(desired, code, differences, id)| MismatchNote {
            desired,
            code: code.to_string().parse::<EventCode>().unwrap(),
            differences,
            id,
        },
    );
    prop_oneof![
        3 => ticket().prop_map(Note::Open),
        2 => ticket().prop_map(Note::Lost),
        1 => identity().prop_map(Note::Closed),
        1 => codes.clone().prop_map(|codes| Note::Codes(CodeTable::Holds(codes))),
        1 => codes.prop_map(|codes| Note::Codes(CodeTable::Fails(codes))),
        2 => mismatch.prop_map(Note::Mismatch),
        1 => identity().prop_map(Note::Matched),
        3 => (ids(), webhook(), any::<bool>()).prop_map(|(id, webhook, is_created)| {
            Note::Wrote(Written { is_created, ..Written::new(id, &webhook, &seal()) })
        }),
        1 => ids().prop_map(Note::Updating),
        1 => ids().prop_map(Note::Forgot),
    ]
}

fn many_notes() -> impl Strategy<Value = Vec<Note>> {
    vec(webhooks(), 1..4).prop_flat_map(|few| vec(notes(few), 0..12))
}

fn entries() -> impl Strategy<Value = Vec<(AccountKey, StateEntry)>> {
    let calls = || vec(times(), 0..3);
    vec(webhooks(), 1..3).prop_flat_map(move |few| {
        let entry = prop_oneof![
            4 => notes(few).prop_map(StateEntry::Note),
            1 => calls().prop_map(StateEntry::Left),
            1 => calls().prop_map(StateEntry::Ended),
        ];
        vec(((0..3_u8).prop_map(account), entry), 0..8)
    })
}

/// Returns a file as it grows, and the state that it holds.
fn written(entries: &[(AccountKey, StateEntry)]) -> (Vec<u8>, StoredState) {
    let mut state = StoredState::default();
    let mut file = state.to_bytes();
    for (account, entry) in entries {
        file.extend(encode(account, [entry.clone()]));
        state.apply(account, entry.clone());
    }
    (file, state)
}

fn memory_of(notes: impl IntoIterator<Item = Note>) -> Memory {
    let mut memory = Memory::default();
    notes.into_iter().for_each(|note| memory.note(note));
    memory
}

/// Returns where the last line begins.
fn last_line(file: &[u8]) -> usize {
    let body = file.strip_suffix(b"\n").unwrap_or(file);
    body.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

proptest! {
    #[test]
    fn what_is_written_is_read(entries in entries()) {
        let (file, state) = written(&entries);
        prop_assert_eq!(StoredState::parse(&file), Ok(state));
    }

    #[test]
    fn compaction_keeps_the_meaning_and_is_stable(entries in entries()) {
        let (_, state) = written(&entries);
        let compact = state.to_bytes();
        let mut read = StoredState::parse(&compact).unwrap();
        prop_assert_eq!(read.to_bytes(), compact);
        for (account, stored) in &state.accounts {
            let kept = read.accounts.remove(account).unwrap_or_default();
            prop_assert_eq!(kept, stored.clone());
        }
        prop_assert!(read.accounts.is_empty());
    }

    #[test]
    fn the_notes_of_a_memory_make_it_again(notes in many_notes()) {
        let memory = memory_of(notes);
        prop_assert_eq!(memory_of(memory.notes()), memory);
    }

    #[test]
    fn one_changed_byte_is_damage_or_lies_in_the_incomplete_line(
        entries in entries(),
        cut in option::of(any::<Index>()),
        place in any::<Index>(),
        mask in 1..=255_u8,
    ) {
        let (mut file, _) = written(&entries);
        // A line without its newline is incomplete, at any length. The first line was always
        // written completely.
        let last = last_line(&file);
        if let Some(cut) = cut.filter(|_| last > 0) {
            file.truncate(last + cut.index(file.len() - last));
        }
        let whole = StoredState::parse(&file).unwrap();
        prop_assert_eq!(whole.torn_from, (!file.ends_with(b"\n")).then_some(last));
        let place = place.index(file.len());
        file[place] ^= mask;
        match StoredState::parse(&file) {
            Err(_) => {}
            Ok(read) => {
                let torn_from = whole.torn_from.unwrap_or(usize::MAX);
                prop_assert!(place >= torn_from, "byte {} of {} passed", place, file.len());
                prop_assert_eq!(read, whole);
            }
        }
    }

    #[test]
    fn an_incomplete_last_line_is_truncated_and_nothing_else(
        entries in entries().prop_filter("any", |entries| !entries.is_empty()),
        cut in any::<Index>(),
    ) {
        let (file, _) = written(&entries);
        let (before, state) = written(&entries[..entries.len() - 1]);
        let torn = &file[..before.len() + cut.index(file.len() - before.len())];
        let read = StoredState::parse(torn).unwrap();
        prop_assert_eq!(read.torn_from, (torn.len() > before.len()).then_some(before.len()));
        prop_assert_eq!(read.accounts, state.accounts);
    }

    #[test]
    fn calls_count_as_long_as_they_may(
        gaps in vec((0..20_000_u64, any::<bool>()), 0..20),
        window in 1..100_000_u64,
    ) {
        let window = Duration::from_millis(window);
        let total = gaps.iter().map(|(gap, _)| gap).sum();
        let mut at = now() - Duration::from_millis(total);
        let (mut open, mut ended) = (VecDeque::new(), Vec::new());
        let mut state = StoredState::default();
        for (gap, ends) in gaps {
            at += Duration::from_millis(gap);
            if ends && open.pop_front().is_some() {
                ended.push(at);
                state.apply(&account(0), StateEntry::Ended(vec![at]));
            } else {
                open.push_back(at);
                state.apply(&account(0), StateEntry::Left(vec![at]));
            }
        }
        let ago = |at: &SystemTime| now().duration_since(*at).unwrap_or_default();
        let open = open.iter().map(|at| ago(at).saturating_sub(LATE_ARRIVAL));
        let expected: Vec<_> = ended.iter().map(ago).chain(open).filter(|ago| *ago < window).collect();
        let counts = |state: &StoredState, at| {
            let account = state.accounts.get(&account(0));
            account.map(|account| account.calls.answered_ago(window, at)).unwrap_or_default()
        };
        prop_assert_eq!(counts(&state, now()), expected.clone());
        // The next run counts the same, and from then on no call counts as of now.
        state.resume(now());
        prop_assert_eq!(counts(&state, now()), expected.clone());
        let (second, later) = (Duration::from_secs(1), now() + Duration::from_secs(1));
        let expected: Vec<_> = expected.into_iter().map(|ago| ago + second).filter(|ago| *ago < window).collect();
        prop_assert_eq!(counts(&state, later), expected);
    }

    #[test]
    fn an_orderly_end_keeps_what_counts_and_leaves_no_create_that_may_still_be_sent(
        entries in entries(),
        later in 0..100_000_u64,
    ) {
        let (_, state) = written(&entries);
        let mut ended = state.clone();
        ended.end(now(), WINDOW);
        let mut again = ended.clone();
        again.end(now(), WINDOW);
        prop_assert_eq!(&again, &ended);
        let later = now() + Duration::from_millis(later);
        for (account, before) in &state.accounts {
            let after = ended.accounts.get(account).cloned().unwrap_or_default();
            // A time in the future counts from the first run that saw it.
            let counts = |stored: &StoredAccount, at| {
                let mut ago = stored.calls.answered_ago(WINDOW, at);
                ago.sort();
                ago
            };
            prop_assert_eq!(counts(before, now()), counts(&after, now()));
            prop_assert!(counts(&after, later).len() <= counts(before, later).len());
            for (open, kept) in before.memory.open.iter().zip(&after.memory.open) {
                let OpenCreate { ticket, is_ended } = kept;
                prop_assert!(is_ended);
                prop_assert_eq!(ticket.identity(), open.ticket.identity());
                prop_assert_eq!(ticket.known(), open.ticket.known());
                let sent_at = if open.is_ended { open.ticket.sent_at().min(now()) } else { now() };
                prop_assert_eq!(ticket.sent_at(), sent_at);
            }
            prop_assert_eq!(before.memory.open.len(), after.memory.open.len());
            let mut memory = after.memory;
            memory.open.clone_from(&before.memory.open);
            prop_assert_eq!(&memory, &before.memory);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_with_their_line(bytes in vec(any::<u8>(), 0..200), begins in any::<bool>()) {
        let mut file = if begins { StoredState::default().to_bytes() } else { Vec::new() };
        file.extend(bytes);
        match StoredState::parse(&file) {
            Ok(state) => prop_assert!(state.accounts.is_empty()),
            Err(InvalidState { line, .. }) => {
                let lines = file.split(|byte| *byte == b'\n').count();
                prop_assert!((1..=lines).contains(&line));
            }
        }
    }
}

fn problem(file: impl AsRef<[u8]>) -> (usize, StateProblem) {
    let InvalidState { line, problem } = StoredState::parse(file.as_ref()).unwrap_err();
    (line, problem)
}

#[test]
fn a_file_of_another_kind_is_refused_by_its_first_line() {
    assert_eq!(problem(""), (1, StateProblem::Empty));
    for foreign in
        ["\n", "accounts = []\n", "leadsquared-webhooks state 1", "\u{feff}leadsquared-webhooks state 1\n"]
    {
        assert_eq!(problem(foreign), (1, StateProblem::Foreign), "{foreign:?}");
    }
    assert_eq!(
        problem("leadsquared-webhooks state 2\nwhatever\n"),
        (1, StateProblem::Version("2".to_owned()))
    );
    for version in ["1\r", "", "x", "1.0", "-1"] {
        let file = format!("leadsquared-webhooks state {version}\n");
        assert_eq!(problem(file), (1, StateProblem::Foreign), "{version:?}");
    }
}

#[test]
fn the_line_that_is_damaged_is_named() {
    let entry = StateEntry::Left(vec![now()]);
    let (file, _) = written(&vec![(account(0), entry.clone()); 3]);
    let lines = || file.split_inclusive(|byte| *byte == b'\n');
    let with = |extra: &[u8]| [lines().take(3).collect::<Vec<_>>().concat(), extra.to_vec()].concat();
    assert_eq!(problem(with(b"\n")), (4, StateProblem::Checksum), "an empty line");
    assert_eq!(problem(with(b"0123456789abcdef {}\n")), (4, StateProblem::Checksum));
    let upper = with(lines().nth(3).unwrap().to_ascii_uppercase().as_slice());
    assert_eq!(problem(upper), (4, StateProblem::Checksum));
    let crlf = file.strip_suffix(b"\n").unwrap().iter().chain(b"\r\n").copied().collect::<Vec<_>>();
    assert_eq!(problem(crlf), (4, StateProblem::Checksum));
    // A corrupted newline joins two lines, of which the second may be incomplete.
    let second = last_line(&file[..last_line(&file)]);
    let mut joined = file.clone();
    joined[last_line(&file) - 1] = b' ';
    assert_eq!(problem(&joined), (3, StateProblem::Checksum));
    joined.truncate(last_line(&file) + 5);
    assert_eq!(problem(&joined), (3, StateProblem::Checksum), "from byte {second} on");
}

#[test]
fn every_byte_of_a_whole_line_counts() {
    let entry = StateEntry::Left(vec![now()]);
    let (whole, _) = written(&vec![(account(0), entry); 3]);
    let second = last_line(&whole[..last_line(&whole)]);
    for length in [whole.len(), last_line(&whole) + 1, whole.len() - 1, second + 20] {
        let file = &whole[..length];
        let torn_from = StoredState::parse(file).unwrap().torn_from.unwrap_or(length);
        for place in 0..torn_from {
            for mask in [1, 2, 4, 8, 16, 32, 64, 128, file[place] ^ b'\n', file[place] ^ b' '] {
                let mut file = file.to_vec();
                file[place] ^= mask;
                assert!(mask == 0 || StoredState::parse(&file).is_err(), "byte {place} of {length}: {mask}");
            }
        }
    }
}

#[test]
fn a_line_that_is_whole_and_no_entry_is_refused() {
    for json in ["{}", r#"{"account":"x","entry":{"left_at_ms":[1]}}"#, "null"] {
        let file = format!("leadsquared-webhooks state 1\n{} {json}\n", checksum(json));
        assert!(matches!(problem(file), (2, StateProblem::Entry(_))), "{json}");
    }
    let whole = format!(r#"{{"account":"{}","entry":{{"left_at_ms":[1]}}}}"#, "0".repeat(64));
    let file = format!("leadsquared-webhooks state 1\n{} {whole}\n", checksum(&whole));
    assert!(StoredState::parse(file.as_bytes()).is_ok(), "the format is what other programs may write");
}

/// Computes the checksum by its definition.
fn checksum(json: &str) -> String {
    let hash = Sha256::digest(json);
    format!("{:016x}", u64::from_be_bytes(hash[..8].try_into().unwrap()))
}

#[test]
fn open_creates_of_other_accounts_are_kept_and_named() {
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate).build();
    let open = |number| (account(number), StateEntry::Note(Note::Open(Ticket::new(&webhook, now()))));
    let (_, mut state) = written(&[open(0), open(1)]);
    state.end(now() + Duration::from_hours(1_000), WINDOW);
    let known = [account(0)];
    let elsewhere: Vec<_> = state.open_elsewhere(&known).map(|(account, _)| account.clone()).collect();
    assert_eq!(elsewhere, [account(1)]);
}

#[test]
fn a_call_of_the_future_counts_from_now() {
    let mut state = StoredState::default();
    let future = now() + Duration::from_hours(24);
    state.apply(&account(0), StateEntry::Left(vec![future]));
    state.apply(&account(0), StateEntry::Ended(vec![future]));
    assert_eq!(state.accounts[&account(0)].calls.answered_ago(WINDOW, now()), [Duration::ZERO]);
    state.end(now(), WINDOW);
    assert_eq!(state.accounts[&account(0)].calls.answered_ago(WINDOW, now()), [Duration::ZERO]);
    let later = now() + WINDOW;
    assert_eq!(state.accounts[&account(0)].calls.answered_ago(WINDOW, later), [] as [Duration; 0]);
}

#[test]
fn a_call_counts_and_is_kept_until_exactly_the_window_has_passed_since_its_end() {
    let moment = Duration::from_millis(1);
    for (what, entry, arrival) in [
        ("its end was seen", StateEntry::Ended as fn(_) -> _, Duration::ZERO),
        (
            "nobody saw its end, which is the bound on its arrival after it left",
            StateEntry::Left,
            LATE_ARRIVAL,
        ),
    ] {
        let call = |ago: Duration| {
            let mut state = StoredState::default();
            state.apply(&account(0), entry(vec![now() - ago - arrival]));
            let counts = state.accounts[&account(0)].calls.answered_ago(WINDOW, now());
            state.end(now(), WINDOW);
            (counts, state.accounts.len())
        };
        let almost = WINDOW.saturating_sub(moment);
        assert_eq!(call(almost), (vec![almost], 1), "{what}");
        assert_eq!(call(WINDOW), (vec![], 0), "{what}");
        assert_eq!(call(WINDOW + moment), (vec![], 0), "{what}");
    }
}

#[test]
fn a_call_whose_end_nobody_saw_has_ended_when_the_next_run_begins() {
    let second = Duration::from_secs(1);
    let mut state = StoredState::default();
    state.apply(&account(0), StateEntry::Left(vec![now() - LATE_ARRIVAL - second, now() - second]));
    state.resume(now());
    let calls = &state.accounts[&account(0)].calls;
    assert_eq!(calls.answered_ago(WINDOW, now() + second), [2 * second, second]);
}

#[test]
fn a_time_is_stored_in_milliseconds_so_that_a_call_is_never_taken_for_older_than_it_is() {
    let nanosecond = Duration::from_nanos(1);
    for (since, stored) in [(2_000_000, 2), (2_000_001, 3), (2_999_999, 3), (3_000_000, 3)] {
        let entry = StateEntry::Ended(vec![SystemTime::UNIX_EPOCH + since * nanosecond]);
        assert_eq!(serde_json::json!(entry), serde_json::json!({"ended_at_ms": [stored]}), "{since}");
    }
}
