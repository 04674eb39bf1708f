//! The state file as bytes: what a run stores for the next one. No file is opened here.
//!
//! The first line names the format and its version. Each further line is one entry: a checksum (the
//! first 8 bytes of the SHA-256 of the JSON, in lower-case hexadecimal), a space, and the entry as
//! JSON. One changed byte anywhere is therefore detected as damage. Only a last line without its
//! newline may be incomplete: an append that was interrupted.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize, de::IgnoredAny};
use sha2::{Digest as _, Sha256};

use super::{
    memory::{AccountKey, Memory, Note, OpenCreate, hexadecimal},
    ticket::milliseconds,
};
use crate::call::quota::LATE_ARRIVAL;

/// The first line of every state file, up to the version.
const FORMAT: &str = "leadsquared-webhooks state ";
/// The version that is read and written.
const VERSION: &str = "1";
/// The number of bytes of an entry's SHA-256 that form its checksum.
const CHECKSUM: usize = 8;

/// The content of a state file: what earlier runs stored for each account.
///
/// # Errors
///
/// [`InvalidState`] from [`parse`](Self::parse), with the line number.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::reconcile::StoredState;
///
/// let state = StoredState::default();
/// assert_eq!(StoredState::parse(&state.to_bytes())?, state);
///
/// let error = StoredState::parse(b"[package]\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1: not a state file, which begins with \"leadsquared-webhooks state 1\""
/// );
/// # Ok::<(), leadsquared_webhooks_core::reconcile::InvalidState>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredState {
    /// The accounts with stored data.
    pub accounts: BTreeMap<AccountKey, StoredAccount>,
    /// Where an incomplete last line begins, in bytes. It records nothing that has happened, and is
    /// removed before anything is appended.
    pub torn_from: Option<usize>,
}

/// What earlier runs stored for one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredAccount {
    /// The memory for the next run.
    pub memory: Memory,
    /// The calls that may count against the account's quota.
    pub calls: StoredCalls,
}

/// The calls of earlier runs, as far as they matter to a quota.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredCalls {
    /// When calls were sent whose end was not recorded, in the order of the entries.
    open: VecDeque<SystemTime>,
    /// When calls ended.
    ended: Vec<SystemTime>,
}

/// One entry of a state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateEntry {
    /// The memory of the account changed.
    Note(Note),
    /// Calls were sent at these times, in whole milliseconds.
    #[serde(rename = "left_at_ms", with = "times")]
    Left(Vec<SystemTime>),
    /// Calls that were sent ended at these times, in whole milliseconds: they can no longer arrive
    /// at the server.
    #[serde(rename = "ended_at_ms", with = "times")]
    Ended(Vec<SystemTime>),
}

/// A line of a state file after its checksum.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<A, E> {
    account: A,
    entry: E,
}

/// The error for bytes that are not a state file, or for a damaged one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct InvalidState {
    /// The line number, counted from 1.
    pub line: usize,
    /// What is wrong with the line.
    pub problem: StateProblem,
}

/// What is wrong with a line of a state file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateProblem {
    /// The file does not contain a line.
    #[error("the file is empty")]
    Empty,
    /// The first line is not that of a state file.
    #[error("not a state file, which begins with \"{FORMAT}{VERSION}\"")]
    Foreign,
    /// The first line names another version.
    #[error("version {0:?} of the format is unknown; {VERSION} is read")]
    Version(String),
    /// The checksum does not match: at least one byte was changed.
    #[error("damaged: the checksum does not match")]
    Checksum,
    /// The checksum matches, but the JSON is not an entry.
    #[error("not an entry: {0}")]
    Entry(String),
}

impl StoredState {
    /// Parses a state file.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] for the first line that is not as it was written.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidState> {
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1..);
        let mut offset = match lines.next() {
            None => return Err(InvalidState { line: 1, problem: StateProblem::Empty }),
            Some((first, line)) => {
                check_header(first).map_err(|problem| InvalidState { line, problem })?;
                first.len()
            }
        };
        let mut state = Self::default();
        for (bytes, line) in lines {
            let invalid = |problem| InvalidState { line, problem };
            match bytes.strip_suffix(b"\n") {
                Some(bytes) => {
                    let (account, entry) = read(bytes).map_err(invalid)?;
                    state.apply(&account, entry);
                }
                // More bytes follow a complete entry: its newline was changed.
                None if has_more_than_an_entry(bytes) => return Err(invalid(StateProblem::Checksum)),
                None => state.torn_from = Some(offset),
            }
            offset += bytes.len();
        }
        Ok(state)
    }

    /// The whole file, in the fewest lines.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = header().into_bytes();
        for (account, StoredAccount { memory, calls }) in &self.accounts {
            bytes.extend(encode(account, memory.notes().map(StateEntry::Note).chain(calls.entries())));
        }
        bytes
    }

    /// Applies an entry.
    pub fn apply(&mut self, account: &AccountKey, entry: StateEntry) {
        let StoredAccount { memory, calls } = self.accounts.entry(account.clone()).or_default();
        match entry {
            StateEntry::Note(note) => memory.note(note),
            StateEntry::Left(times) => calls.open.extend(times),
            StateEntry::Ended(times) => {
                calls.open.drain(..times.len().min(calls.open.len()));
                calls.ended.extend(times);
            }
        }
    }

    /// Prepares the state for the next run, when the process that used the file no longer runs.
    /// Open creates stay open: the run searches for their webhooks.
    pub fn resume(&mut self, now: SystemTime) {
        self.accounts.values_mut().for_each(|account| account.calls.resume(now));
    }

    /// Prepares the state for an orderly end, when no run uses the file any more: creates that are
    /// still open have ended by now, and calls that no longer count in a window of this length are
    /// dropped.
    pub fn end(&mut self, now: SystemTime, longest_window: Duration) {
        for StoredAccount { memory, calls } in self.accounts.values_mut() {
            for OpenCreate { ticket, is_ended } in &mut memory.open {
                let seen = ticket.clone().as_of(now);
                *ticket = if *is_ended { seen } else { seen.sent_until(now) };
                *is_ended = true;
            }
            calls.retain(longest_window, now);
        }
        self.accounts.retain(|_, account| *account != StoredAccount::default());
    }

    /// The open creates of all other accounts: no run searches for their webhooks.
    pub fn open_elsewhere<'a>(
        &'a self,
        accounts: &'a [AccountKey],
    ) -> impl Iterator<Item = (&'a AccountKey, &'a OpenCreate)> {
        let others = self.accounts.iter().filter(|(account, _)| !accounts.contains(account));
        others.flat_map(|(account, stored)| stored.memory.open.iter().map(move |open| (account, open)))
    }
}

impl StoredCalls {
    /// How long ago the calls ended that may still count in a window of this length. A call whose
    /// end was not recorded ended [`LATE_ARRIVAL`] after it was sent at the latest, but no later
    /// than now. A time in the future counts as now.
    #[must_use]
    pub fn answered_ago(&self, window: Duration, now: SystemTime) -> Vec<Duration> {
        let mut answered: Vec<_> =
            self.ended.iter().map(|at| ago(*at, now)).filter(|ago| *ago < window).collect();
        let open = self.open.iter().map(|at| ago(*at, now).saturating_sub(LATE_ARRIVAL));
        answered.extend(open.filter(|ago| *ago < window));
        answered
    }

    /// The process that made the calls no longer runs: calls whose end was not recorded have ended
    /// by now.
    fn resume(&mut self, now: SystemTime) {
        self.ended.extend(self.open.drain(..).map(|at| now.min(at + LATE_ARRIVAL)));
    }

    fn retain(&mut self, window: Duration, now: SystemTime) {
        self.ended.retain(|at| ago(*at, now) < window);
        self.open.retain(|at| ago(*at, now) < window + LATE_ARRIVAL);
        for at in self.ended.iter_mut().chain(&mut self.open) {
            *at = (*at).min(now);
        }
    }

    /// Ends come first, because each end removes the oldest open call before it.
    fn entries(&self) -> impl Iterator<Item = StateEntry> {
        let ended = (!self.ended.is_empty()).then(|| StateEntry::Ended(self.ended.clone()));
        let open = (!self.open.is_empty()).then(|| StateEntry::Left(self.open.iter().copied().collect()));
        ended.into_iter().chain(open)
    }
}

/// Encodes entries as lines, each with its newline, to be appended to a state file.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
/// use leadsquared_webhooks_core::{
///     AccessKey, ApiHost,
///     reconcile::{AccountKey, StateEntry, StoredState, encode},
/// };
///
/// let account = AccountKey::of(&ApiHost::mumbai(), &"an access key".parse::<AccessKey>()?);
/// let mut file = StoredState::default().to_bytes();
/// file.extend(encode(&account, [StateEntry::Left(vec![SystemTime::UNIX_EPOCH])]));
/// assert!(StoredState::parse(&file)?.accounts.contains_key(&account));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn encode(account: &AccountKey, entries: impl IntoIterator<Item = StateEntry>) -> Vec<u8> {
    let mut lines = Vec::new();
    for entry in entries {
        // Cannot fail: the keys of all maps in it are strings.
        let json = serde_json::to_vec(&Line { account, entry }).unwrap_or_default();
        lines.extend(checksum(&json).into_bytes());
        lines.push(b' ');
        lines.extend(json);
        lines.push(b'\n');
    }
    lines
}

fn header() -> String {
    format!("{FORMAT}{VERSION}\n")
}

fn check_header(line: &[u8]) -> Result<(), StateProblem> {
    if line == header().as_bytes() {
        return Ok(());
    }
    let version = line.strip_prefix(FORMAT.as_bytes()).and_then(|version| version.strip_suffix(b"\n"));
    Err(match version {
        Some(version) if !version.is_empty() && version.iter().all(u8::is_ascii_digit) => {
            StateProblem::Version(String::from_utf8_lossy(version).into_owned())
        }
        _ => StateProblem::Foreign,
    })
}

fn checksum(json: &[u8]) -> String {
    let hash = Sha256::digest(json);
    hexadecimal(hash.get(..CHECKSUM).unwrap_or_default())
}

/// Splits a line without its newline into its checksum and its JSON.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (checksum, json) = line.split_at_checked(2 * CHECKSUM)?;
    Some((checksum, json.strip_prefix(b" ")?))
}

fn read(line: &[u8]) -> Result<(AccountKey, StateEntry), StateProblem> {
    let json = split(line).filter(|(sum, json)| *sum == checksum(json).as_bytes());
    let (_, json) = json.ok_or(StateProblem::Checksum)?;
    let Line { account, entry } = serde_json::from_slice(json).map_err(|problem| {
        // The parser's line, always 1, is not the line of the file.
        let place = format!(" at line {} column {}", problem.line(), problem.column());
        StateProblem::Entry(problem.to_string().replace(&place, ""))
    })?;
    Ok((account, entry))
}

/// Whether a line without a newline begins with a complete entry and continues. An interrupted
/// append does not leave that; a changed newline does.
fn has_more_than_an_entry(line: &[u8]) -> bool {
    let Some((sum, json)) = split(line) else { return false };
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<IgnoredAny>();
    let whole = values.next().and_then(Result::ok).and_then(|_| json.get(..values.byte_offset()));
    whole.is_some_and(|whole| whole.len() < json.len() && checksum(whole).as_bytes() == sum)
}

fn ago(at: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(at).unwrap_or_default()
}

/// Times as whole milliseconds since 1970, rounded up: a call never counts as older than it is.
mod times {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::milliseconds;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Time(#[serde(with = "milliseconds")] SystemTime);

    pub(super) fn serialize<S: Serializer>(times: &[SystemTime], serializer: S) -> Result<S::Ok, S::Error> {
        const LESS_THAN_ONE: Duration = Duration::from_nanos(999_999);
        serializer.collect_seq(times.iter().map(|time| Time(*time + LESS_THAN_ONE)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<SystemTime>, D::Error> {
        let times = Vec::<Time>::deserialize(deserializer)?;
        Ok(times.into_iter().map(|Time(time)| time).collect())
    }
}
