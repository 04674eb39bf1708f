//! What an apply has begun, on disk: a run that is started again goes on where the last one was cut off.
//!
//! One line of JSON an entry, written at once, so that the end of the process loses none (that of the machine may). Entries: a
//! call was let out, or is over; a create is about to be sent, with its ticket; a webhook was seen to exist. When all is done the file goes.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use leadsquared_webhooks_core::{Identity, Ticket, quota::LATE_ARRIVAL};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Moment;

/// A journal that is being written.
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// What the last run left of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Left {
    /// Creates that may have been applied and were not seen.
    pub(crate) tickets: Vec<Ticket>,
    /// When calls were let out, and when they were over.
    let_out: Vec<SystemTime>,
    over: Vec<SystemTime>,
}

impl Left {
    /// How long ago the calls were over that may still count in a window of this length. Those that nobody saw end were
    /// sent at the latest when the last run ended, and count as over now.
    pub(crate) fn answered_ago(&self, window: Duration, now: SystemTime) -> Vec<Duration> {
        let ago = |at: &SystemTime| now.duration_since(*at).unwrap_or_default();
        let mut answered: Vec<_> = self.over.iter().map(ago).filter(|ago| *ago < window).collect();
        let open = self.let_out.len().saturating_sub(self.over.len());
        let lately = self.let_out.iter().map(ago).filter(|ago| *ago < window + LATE_ARRIVAL).count();
        answered.extend(std::iter::repeat_n(Duration::ZERO, open.min(lately)));
        answered
    }
}

fn time(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}

#[derive(Serialize, Deserialize)]
struct Entry {
    account: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    LetOutMs(u64),
    OverMs(u64),
    Begun(Value),
    Seen(Value),
}

impl Journal {
    /// Opens the journal of a manifest, and reads what the last run left.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, HashMap<String, Left>)> {
        let mut left: HashMap<String, Left> = HashMap::new();
        match fs::read_to_string(path) {
            Ok(text) => {
                // The last line may be cut off: what it would have said had not begun.
                for entry in text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok()) {
                    let account = left.entry(entry.account).or_default();
                    match entry.what {
                        What::LetOutMs(at) => account.let_out.push(time(at)),
                        What::OverMs(at) => account.over.push(time(at)),
                        What::Begun(ticket) => account.tickets.extend(ticket.to_string().parse::<Ticket>()),
                        What::Seen(ticket) => {
                            if let Ok(seen) = ticket.to_string().parse::<Ticket>() {
                                account.tickets.retain(|ticket| ticket.identity() != seen.identity());
                            }
                        }
                    }
                }
            }
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
            Err(problem) => return Err(problem),
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok((Self { path: path.to_owned(), file: Mutex::new(file) }, left))
    }

    /// A call is let out now, or is over.
    pub(crate) fn call(&self, account: &str, moment: Moment) -> io::Result<()> {
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        self.write(
            account,
            match moment {
                Moment::LetOut => What::LetOutMs(at),
                Moment::Over => What::OverMs(at),
            },
        )
    }

    /// A create is about to be sent.
    pub(crate) fn begun(&self, account: &str, ticket: &Ticket) -> io::Result<()> {
        self.write(account, What::Begun(serde_json::to_value(ticket)?))
    }

    /// A webhook of this identity was seen to exist.
    pub(crate) fn seen(&self, account: &str, identity: &Identity) -> io::Result<()> {
        let ticket = Ticket::for_identity(identity.clone(), SystemTime::UNIX_EPOCH);
        self.write(account, What::Seen(serde_json::to_value(ticket)?))
    }

    /// All is done.
    pub(crate) fn finish(self) -> io::Result<()> {
        drop(self.file);
        fs::remove_file(&self.path)
    }

    fn write(&self, account: &str, what: What) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Entry { account: account.to_owned(), what })?;
        line.push(b'\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}
