//! The state file on disk. The notes of core's reconciler are stored before a create is sent, and
//! the next run reads them.
//!
//! The file is replaced as a whole when it is opened and when a run ends normally (a temporary
//! file, synced and renamed), and appended to in between. An append survives the end of the process
//! immediately, and a crash of the machine once it was synced. Creates wait for the sync, and those
//! that wait at the same time share one sync.

mod error;
mod holder;
mod lock;
mod place;
mod settings;

use std::{
    fmt,
    fs::File,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use leadsquared_webhooks_core::{
    Ticket,
    reconcile::{AccountKey, Note, StateEntry, StoredAccount, StoredState, encode},
};
use tokio::sync::Notify;

pub use self::{
    error::{StateError, StateErrorKind},
    holder::LockHolder,
    lock::LockWait,
    settings::{StateLock, StateSettings},
};
use self::{lock::Lock, place::Place};
use crate::engine::CallEvent;

/// When an append to a state file is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Once it is synced to the disk and the file is verified to be in its place: required before a
    /// create is sent.
    Synced,
    /// Once the operating system has it, which survives the end of the process.
    Buffered,
}

/// An open state file. Clones share it; the lock is released when the last one is dropped.
#[derive(Clone)]
pub struct StateFile(Arc<Shared>);

struct Shared {
    place: Place,
    log: Mutex<Log>,
    /// Notified when a sync has ended.
    synced: Arc<Notify>,
    _lock: Option<Lock>,
}

struct Log {
    file: Arc<File>,
    /// What the file holds, or should hold after a failed write.
    state: StoredState,
    /// The length of the file's complete lines, in bytes.
    length: u64,
    /// Whether an incomplete line may follow them.
    is_torn: bool,
    /// Lines that could not be written. They are written before any other.
    unwritten: Vec<u8>,
    /// The number of appends.
    appends: u64,
    /// The number of appends that are synced.
    synced: u64,
    is_syncing: bool,
    /// The error after which nothing counts as synced. After a failed sync, a later one proves
    /// nothing.
    failed: Option<StateError>,
    syncs: u64,
}

impl StateFile {
    /// Reads a state file without changing or locking it. A file that does not exist counts as
    /// empty.
    ///
    /// # Errors
    ///
    /// [`StateError`] when it is damaged or cannot be read.
    pub async fn read(settings: &StateSettings) -> Result<StoredState, StateError> {
        let settings = settings.clone();
        blocking(move || Place::find(&settings)?.read()).await
    }

    /// Opens a state file, and creates it if it does not exist. `on_wait` is called when another
    /// run holds the lock, and again whenever the holder changes.
    ///
    /// # Errors
    ///
    /// [`StateError`] when the file is damaged, in use, or cannot be read, written or locked.
    /// Nothing is changed then.
    pub async fn open(settings: &StateSettings, on_wait: impl FnMut(&LockWait)) -> Result<Self, StateError> {
        let place = {
            let settings = settings.clone();
            blocking(move || Place::find(&settings)).await?
        };
        let lock = match settings.lock {
            StateLock::Off => None,
            StateLock::Exclusive { timeout } => Some(lock::acquire(&place, timeout, on_wait).await?),
        };
        blocking(move || {
            let mut state = place.read()?;
            state.torn_from = None;
            state.resume(SystemTime::now());
            let bytes = state.to_bytes();
            // Rewritten at once, which removes an incomplete line and shows that the directory is
            // writable.
            let file =
                place.replace(&bytes).map_err(|problem| place.error(StateErrorKind::write(problem)))?;
            let log = Mutex::new(Log::new(file, state, bytes.len() as u64));
            Ok(Self(Arc::new(Shared { place, log, synced: Arc::default(), _lock: lock })))
        })
        .await
    }

    /// What the file holds for an account.
    #[must_use]
    pub fn account(&self, account: &AccountKey) -> StoredAccount {
        self.0.log().state.accounts.get(account).cloned().unwrap_or_default()
    }

    /// Everything that the file holds, or should hold after a failed write.
    #[must_use]
    pub fn state(&self) -> StoredState {
        self.0.log().state.clone()
    }

    /// The open creates of all accounts except these.
    #[must_use]
    pub fn open_elsewhere(&self, accounts: &[AccountKey]) -> Vec<Ticket> {
        let log = self.0.log();
        log.state.open_elsewhere(accounts).map(|(_, open)| open.ticket.clone()).collect()
    }

    /// Appends notes. Concurrent appends that require a sync share one.
    ///
    /// # Errors
    ///
    /// [`StateError`] when the notes could not be written or synced, or the file is no longer in
    /// its place. The notes are kept, and written before the next ones or by
    /// [`finish`](Self::finish).
    pub async fn append(
        &self,
        account: &AccountKey,
        notes: Vec<Note>,
        durability: Durability,
    ) -> Result<(), StateError> {
        let append = self.0.append(account, notes.into_iter().map(StateEntry::Note))?;
        match durability {
            Durability::Buffered => Ok(()),
            Durability::Synced => self.synced(append).await,
        }
    }

    /// Records that a call was sent at this time.
    ///
    /// # Errors
    ///
    /// As for a buffered [`append`](Self::append).
    pub fn left(&self, account: &AccountKey, at: SystemTime) -> Result<(), StateError> {
        self.0.append(account, [StateEntry::Left(vec![at])]).map(drop)
    }

    /// Records that a sent call ended at this time: nothing of it arrives afterwards.
    ///
    /// # Errors
    ///
    /// As for a buffered [`append`](Self::append).
    pub fn ended(&self, account: &AccountKey, at: SystemTime) -> Result<(), StateError> {
        self.0.append(account, [StateEntry::Ended(vec![at])]).map(drop)
    }

    /// Compacts the file to the fewest lines, once no call of this run is in flight: creates that
    /// are still open count as sent by now at the latest, and calls that count in no window of this
    /// length are dropped.
    ///
    /// # Errors
    ///
    /// [`StateError`] when the file does not hold everything. Another file that has taken its place
    /// is left untouched. [`StateErrorKind::NotCompacted`] when the file holds everything, in more
    /// lines.
    pub async fn finish(&self, longest_window: Duration, now: SystemTime) -> Result<(), StateError> {
        let shared = Arc::clone(&self.0);
        blocking(move || shared.finish(longest_window, now)).await
    }

    /// Waits until this append is synced. Dropping the future does not stop the sync.
    async fn synced(&self, append: u64) -> Result<(), StateError> {
        loop {
            let ended = self.0.synced.notified();
            {
                let mut log = self.0.log();
                if let Some(failed) = &log.failed {
                    return Err(failed.clone());
                }
                if log.synced >= append {
                    return Ok(());
                }
                if !std::mem::replace(&mut log.is_syncing, true) {
                    let shared = Arc::clone(&self.0);
                    tokio::task::spawn_blocking(move || {
                        let ended = Arc::clone(&shared.synced);
                        shared.sync();
                        // A waiting caller may drop the last clone, and expects the lock to be
                        // released.
                        drop(shared);
                        ended.notify_waiters();
                    });
                }
            }
            ended.await;
        }
    }

    /// The number of syncs since the file was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.0.log().syncs
    }
}

impl fmt::Debug for StateFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StateFile").field(&self.0.place.path).finish()
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(
        &self,
        account: &AccountKey,
        entries: impl IntoIterator<Item = StateEntry>,
    ) -> Result<u64, StateError> {
        let mut log = self.log();
        for entry in entries {
            log.unwritten.extend(encode(account, [entry.clone()]));
            log.state.apply(account, entry);
        }
        log.appends += 1;
        log.write(&self.place)?;
        Ok(log.appends)
    }

    /// Syncs everything appended so far. The mutex is not held while waiting for the disk.
    fn sync(&self) {
        let (file, appends) = {
            let log = self.log();
            (Arc::clone(&log.file), log.appends)
        };
        let synced = file
            .sync_data()
            .map_err(|problem| self.place.error(StateErrorKind::write(problem)))
            .and_then(|()| self.place.check(&file));
        let mut log = self.log();
        log.is_syncing = false;
        log.syncs += 1;
        match synced {
            Ok(()) => log.synced = log.synced.max(appends),
            // A file that `finish` replaced meanwhile is not in its place, and no longer needed.
            Err(failed) if Arc::ptr_eq(&file, &log.file) => log.failed = Some(failed),
            Err(_) => {}
        }
    }

    fn finish(&self, longest_window: Duration, now: SystemTime) -> Result<(), StateError> {
        let mut log = self.log();
        let log = &mut *log;
        self.place.check(&log.file)?;
        log.check_length(&self.place)?;
        let mut state = log.state.clone();
        state.end(now, longest_window);
        let bytes = state.to_bytes();
        match self.place.replace(&bytes) {
            Ok(file) => {
                let (appends, syncs) = (log.appends, log.syncs);
                let synced =
                    Log { appends, synced: appends, syncs, ..Log::new(file, state, bytes.len() as u64) };
                *log = Log { is_syncing: log.is_syncing, ..synced };
                Ok(())
            }
            Err(problem) => {
                let holds_all = log.write(&self.place).is_ok() && log.failed.is_none();
                let is_synced = holds_all && log.file.sync_data().is_ok();
                let kind = if is_synced { StateErrorKind::not_compacted } else { StateErrorKind::write };
                Err(self.place.error(kind(problem)))
            }
        }
    }
}

impl Log {
    fn new(file: File, state: StoredState, length: u64) -> Self {
        Self {
            file: Arc::new(file),
            state,
            length,
            is_torn: false,
            unwritten: Vec::new(),
            appends: 0,
            synced: 0,
            is_syncing: false,
            failed: None,
            syncs: 0,
        }
    }

    /// Writes the unwritten lines, all or none.
    fn write(&mut self, place: &Place) -> Result<(), StateError> {
        self.check_length(place)?;
        let written = self.cut().and_then(|()| (&*self.file).write_all(&self.unwritten));
        if let Err(problem) = written {
            self.is_torn = true;
            // If this fails, it is done before the next write.
            let _ = self.cut();
            return Err(place.error(StateErrorKind::write(problem)));
        }
        self.length += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
    }

    /// Truncates an incomplete line.
    fn cut(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Checks that nothing else has written to the file.
    fn check_length(&self, place: &Place) -> Result<(), StateError> {
        let length =
            self.file.metadata().map_err(|problem| place.error(StateErrorKind::read(problem)))?.len();
        if length == self.length || self.is_torn && length > self.length {
            return Ok(());
        }
        Err(place.error(StateErrorKind::Replaced))
    }
}

/// The state of one account.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    file: StateFile,
    account: AccountKey,
}

impl Store {
    pub(crate) const fn new(file: StateFile, account: AccountKey) -> Self {
        Self { file, account }
    }

    pub(crate) async fn append(&self, notes: Vec<Note>, durability: Durability) -> Result<(), StateError> {
        self.file.append(&self.account, notes, durability).await
    }

    /// A weak handle, for what may outlive the run. It does not hold the lock.
    pub(crate) fn downgrade(&self) -> WeakStore {
        WeakStore { file: Arc::downgrade(&self.file.0), account: self.account.clone() }
    }

    /// Records a call. A failure stops nothing: creates check before they are sent, and the end of
    /// the run reports it.
    pub(crate) fn call(&self, event: CallEvent) {
        let now = SystemTime::now();
        let stored = match event {
            CallEvent::Sent => self.file.left(&self.account, now),
            CallEvent::Ended => self.file.ended(&self.account, now),
        };
        if let Err(problem) = stored {
            tracing::debug!(%problem, "a call is missing in the state file");
        }
    }
}

/// The state of one account, for as long as its run lasts.
#[derive(Clone)]
pub(crate) struct WeakStore {
    file: Weak<Shared>,
    account: AccountKey,
}

impl WeakStore {
    /// `None` when the run is over.
    pub(crate) fn upgrade(&self) -> Option<Store> {
        Some(Store::new(StateFile(self.file.upgrade()?), self.account.clone()))
    }
}

/// Runs work that waits for the disk on a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(problem) => match problem.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
