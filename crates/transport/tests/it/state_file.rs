//! The state file on real file systems, with processes that are killed and disks that are full.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader, ErrorKind, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use leadsquared_webhooks::{
    NewWebhook, Trigger,
    account::{AccessKey, ApiHost},
    core::reconcile::{Identity, Ticket},
    error::{StateError, StateErrorKind},
    manifest::{Durability, LockWait, StateFile, StateLock, StateSettings},
};
use leadsquared_webhooks_core::reconcile::{AccountKey, Note, StateProblem, StoredState};
use tempfile::TempDir;

const WINDOW: Duration = Duration::from_secs(5);
/// The variable that contains the path of the state file for the child process of a test.
const CHILD: &str = "STATE_FILE_OF_CHILD";

/// A directory with a manifest and its state file.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("webhooks.toml"), "accounts = []\n").unwrap();
        Self { directory }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn path(&self) -> PathBuf {
        self.at("webhooks.toml.state")
    }

    fn settings(&self) -> StateSettings {
        self.settings_of("webhooks.toml.state")
    }

    fn settings_of(&self, name: &str) -> StateSettings {
        StateSettings::builder(self.at(name)).manifest(self.at("webhooks.toml")).build()
    }

    async fn open(&self) -> StateFile {
        open(&self.settings()).await.unwrap()
    }

    fn stored(&self) -> StoredState {
        stored(&self.path())
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

async fn open(settings: &StateSettings) -> Result<StateFile, StateError> {
    StateFile::open(settings, |wait| panic!("waits for {wait:?}")).await
}

fn stored(path: &Path) -> StoredState {
    StoredState::parse(&fs::read(path).unwrap()).unwrap()
}

fn account() -> AccountKey {
    let key: AccessKey = "an access key".parse().unwrap();
    AccountKey::of(&ApiHost::mumbai(), &key)
}

fn webhook(number: usize) -> NewWebhook {
    NewWebhook::builder(format!("https://example.com/{number}").parse().unwrap(), Trigger::LeadCreate).build()
}

fn opened(number: usize) -> Note {
    Note::Open(Ticket::new(&webhook(number), SystemTime::now()))
}

fn closed(number: usize) -> Note {
    Note::Closed(Identity::of(&webhook(number)))
}

/// The numbers of the open creates.
fn open_creates(state: &StoredState) -> Vec<usize> {
    let open = state.accounts.get(&account()).map(|account| account.memory.open.as_slice());
    let urls = open.unwrap_or_default().iter().map(|open| open.ticket.identity().url());
    urls.map(|url| url.rsplit('/').next().unwrap().parse().unwrap()).collect()
}

/// A child process that runs the same test, in the role of the child.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&format!("state_file::{test}"), "--exact", "--nocapture"]);
    command.env(CHILD, path).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// The settings of the child, if this is the child.
fn in_child() -> Option<StateSettings> {
    std::env::var_os(CHILD).map(|path| StateSettings::new(PathBuf::from(path)))
}

/// The lines that the child prints.
fn says(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.filter_map(|line| Some(line.split_once("child: ")?.1.to_owned()))
}

#[tokio::test]
async fn a_new_file_is_private_and_so_is_its_lock() {
    let place = Place::new();
    let file = place.open().await;
    assert_eq!(place.stored(), StoredState::default());
    for name in ["webhooks.toml.state", "webhooks.toml.state.lock"] {
        let metadata = fs::metadata(place.at(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o600, "{name}");
    }
    file.finish(WINDOW, SystemTime::now()).await.unwrap();
    let mode = fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(place.names().len(), 3, "{:?}", place.names());
}

#[tokio::test]
async fn what_a_run_leaves_is_found_by_the_next_one() {
    let place = Place::new();
    let now = SystemTime::now();
    let first = place.open().await;
    first.append(&account(), vec![opened(1), opened(2)], Durability::Synced).await.unwrap();
    first.append(&account(), vec![closed(1)], Durability::Buffered).await.unwrap();
    first.left(&account(), now).unwrap();
    drop(first);

    let second = place.open().await;
    let left = second.account(&account());
    assert_eq!(open_creates(&second.state()), [2]);
    assert!(!left.memory.open[0].is_ended, "nobody saw its sender end");
    assert_eq!(left.calls.answered_ago(WINDOW, now), [Duration::ZERO]);
    assert_eq!(second.open_elsewhere(&[]).len(), 1);
    assert!(second.open_elsewhere(&[account()]).is_empty());
    second.finish(WINDOW, SystemTime::now() + WINDOW).await.unwrap();
    drop(second);

    let third = place.open().await.account(&account());
    assert!(third.memory.open[0].is_ended, "its sender ended in order");
    assert!(third.calls.answered_ago(Duration::from_hours(1), now).is_empty(), "no window holds it");
}

#[tokio::test]
async fn an_orderly_end_leaves_the_fewest_lines_and_goes_on() {
    let place = Place::new();
    let file = place.open().await;
    for number in 0..20 {
        file.append(&account(), vec![opened(number), closed(number)], Durability::Buffered).await.unwrap();
    }
    let long = fs::metadata(place.path()).unwrap().len();
    file.finish(WINDOW, SystemTime::now()).await.unwrap();
    assert!(fs::metadata(place.path()).unwrap().len() < long / 20);
    file.append(&account(), vec![opened(7)], Durability::Synced).await.unwrap();
    assert_eq!(open_creates(&place.stored()), [7]);
}

#[tokio::test]
async fn an_incomplete_last_line_is_gone_before_anything_is_appended() {
    let place = Place::new();
    place.open().await.append(&account(), vec![opened(1), opened(2)], Durability::Buffered).await.unwrap();
    let whole = fs::read(place.path()).unwrap();
    let last = place.stored().accounts.len();
    assert_eq!(last, 1);
    fs::write(place.path(), &whole[..whole.len() - 7]).unwrap();
    assert!(place.stored().torn_from.is_some());
    assert_eq!(open_creates(&StateFile::read(&place.settings()).await.unwrap()), [1]);
    assert!(place.stored().torn_from.is_some(), "reading changes nothing");

    let file = place.open().await;
    file.append(&account(), vec![opened(3)], Durability::Buffered).await.unwrap();
    assert_eq!((place.stored().torn_from, open_creates(&place.stored())), (None, vec![1, 3]));
}

#[test]
fn appends_that_are_to_be_synced_at_the_same_time_share_a_sync() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let place = Place::new();
        let file = place.open().await;
        let account = account();
        // The only thread that syncs is busy until all appends have arrived.
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || wait.recv());
        let appends = (0..100).map(|number| file.append(&account, vec![opened(number)], Durability::Synced));
        let mut appends = std::pin::pin!(join_all(appends));
        assert!(futures_util::poll!(appends.as_mut()).is_pending());
        assert_eq!((open_creates(&place.stored()).len(), file.syncs()), (100, 0));
        go.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert!(appends.await.iter().all(Result::is_ok));
        assert_eq!(file.syncs(), 1);

        for number in 0..3 {
            file.append(&account, vec![closed(number)], Durability::Buffered).await.unwrap();
        }
        assert_eq!(file.syncs(), 1);
        for number in 3..6 {
            file.append(&account, vec![closed(number)], Durability::Synced).await.unwrap();
        }
        assert_eq!(file.syncs(), 1 + 3);
    });
}

#[tokio::test]
async fn a_wait_for_a_sync_that_is_dropped_holds_up_no_other() {
    let place = Place::new();
    let file = place.open().await;
    let account = account();
    {
        let append = file.append(&account, vec![opened(1)], Durability::Synced);
        assert!(futures_util::poll!(std::pin::pin!(append)).is_pending());
    }
    file.append(&account, vec![opened(2)], Durability::Synced).await.unwrap();
    let append = file.append(&account, vec![opened(3)], Durability::Synced);
    let (appended, finished) = tokio::join!(append, file.finish(WINDOW, SystemTime::now()));
    appended.unwrap();
    finished.unwrap();
    assert_eq!(open_creates(&place.stored()), [1, 2, 3]);
}

/// The child prints "open" after a create is synced, and "close" before it is closed.
#[tokio::test]
async fn whenever_a_run_is_killed_the_file_holds_every_create_that_may_have_left() {
    const ROUNDS: usize = 15;
    if let Some(settings) = in_child() {
        let file = open(&settings).await.unwrap();
        let mut last = open_creates(&file.state()).into_iter().max().unwrap_or_default();
        loop {
            let account = account();
            let numbers = last + 1..last + 1 + fastrand::usize(1..5);
            last = numbers.end;
            let open = numbers.clone().map(|number| {
                let (file, account) = (&file, &account);
                async move {
                    file.append(account, vec![opened(number)], Durability::Synced).await.unwrap();
                    println!("child: open {number}");
                }
            });
            join_all(open).await;
            file.left(&account, SystemTime::now()).unwrap();
            for number in numbers.filter(|number| number % 3 != 0) {
                println!("child: close {number}");
                file.append(&account, vec![closed(number)], Durability::Buffered).await.unwrap();
            }
            file.ended(&account, SystemTime::now()).unwrap();
            if fastrand::u8(..) < 32 {
                file.finish(WINDOW, SystemTime::now()).await.unwrap();
            }
        }
    }
    let place = Place::new();
    let mut open = BTreeSet::new();
    let mut may_be_closed = BTreeSet::new();
    for _ in 0..ROUNDS {
        let test = "whenever_a_run_is_killed_the_file_holds_every_create_that_may_have_left";
        let mut child = child(test, &place.path()).spawn().unwrap();
        let mut lines = says(&mut child);
        let heard: Vec<_> = lines.by_ref().take(fastrand::usize(1..100)).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        for line in heard.into_iter().chain(lines) {
            let (what, number) = line.split_once(' ').unwrap();
            let number: usize = number.parse().unwrap();
            if what == "open" {
                open.insert(number)
            } else {
                may_be_closed.insert(number)
            };
        }
        let found: BTreeSet<_> = open_creates(&place.stored()).into_iter().collect();
        let lost: Vec<_> = open.difference(&may_be_closed).filter(|number| !found.contains(number)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
    assert!(open.len() > ROUNDS, "{}", open.len());
}

/// The child runs on a full file system, or with a limit on the size of its files.
#[tokio::test]
async fn a_full_disk_leaves_whole_lines_and_nothing_that_was_noted_is_forgotten() {
    if let Some(settings) = in_child() {
        return on_a_small_disk(&settings).await;
    }
    let test = "a_full_disk_leaves_whole_lines_and_nothing_that_was_noted_is_forgotten";
    let place = Place::new();
    let mut said = on_a_file_system_of_its_own(test, &place, "size=64k");
    if !said.starts_with("mounted") {
        let limited = r#"trap '' XFSZ; ulimit -f 16; exec "$@""#;
        said = run(Command::new("sh").args(["-c", limited, "sh"]), test, &place);
    }
    assert!(said.contains("child: done"), "{said}");
}

/// The output of a test that runs in a separate process, started by this command.
fn run(command: &mut Command, test: &str, place: &Place) -> String {
    let child = child(test, &place.path());
    command.arg(child.get_program()).args(child.get_args());
    let ended = command.env(CHILD, place.path()).output();
    ended.map(|ended| String::from_utf8_lossy(&ended.stdout).into_owned()).unwrap_or_default()
}

/// The output of a child process that has a new file system mounted on the directory. Empty where
/// mounting is not permitted.
fn on_a_file_system_of_its_own(test: &str, place: &Place, options: &str) -> String {
    let mount = r#"mount -t tmpfs -o "$1" tmpfs "$2" || exit; shift 2; echo mounted; exec "$@""#;
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", mount, "sh", options]).arg(place.directory.path());
    run(&mut command, test, place)
}

fn is_root() -> bool {
    // The creator of a file owns it.
    fs::metadata(tempfile::tempdir().unwrap().path()).unwrap().uid() == 0
}

async fn on_a_small_disk(settings: &StateSettings) {
    let filler = settings.path.with_file_name("filler");
    let use_up = || {
        let mut file = File::create(&filler).unwrap();
        loop {
            if let Err(problem) = file.write_all(&[0; 1024]) {
                return problem.kind();
            }
        }
    };
    let file = open(settings).await.unwrap();
    let is_full = use_up() == ErrorKind::StorageFull;
    let mut written = 0;
    let error = loop {
        match file.append(&account(), vec![opened(written)], Durability::Synced).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 10_000);
    };
    let on_disk = || {
        let state = stored(&settings.path);
        assert_eq!(state.torn_from, None, "the rest of a line is truncated");
        open_creates(&state).len()
    };
    assert!(matches!(error.kind, StateErrorKind::Write(_)), "{error}");
    assert_eq!(on_disk(), written);
    assert!(written > 0);
    file.append(&account(), vec![opened(written + 1)], Durability::Synced).await.unwrap_err();
    let error = file.finish(WINDOW, SystemTime::now()).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Write(_)), "{error}");
    assert_eq!((on_disk(), open_creates(&file.state()).len()), (written, written + 2));
    if is_full {
        // With space again, everything is written, in order.
        fs::remove_file(&filler).unwrap();
        file.append(&account(), vec![opened(written + 2)], Durability::Synced).await.unwrap();
        assert_eq!(on_disk(), written + 3);
        // Now only the temporary file has no space.
        use_up();
        let error = file.finish(WINDOW, SystemTime::now()).await.unwrap_err();
        assert!(matches!(error.kind, StateErrorKind::NotCompacted(_)), "{error}");
        assert_eq!(on_disk(), written + 3);
        fs::remove_file(&filler).unwrap();
        file.finish(WINDOW, SystemTime::now()).await.unwrap();
    }
    println!("child: done, {}", if is_full { "on a full disk" } else { "at the limit of a file's size" });
}

#[tokio::test]
async fn a_directory_that_may_not_be_written_to_stops_a_run_before_it_begins() {
    if let Some(settings) = in_child() {
        let error = open(&settings).await.unwrap_err();
        assert!(matches!(error.kind, StateErrorKind::LockFile { .. }), "{error}");
        let unlocked = StateSettings { lock: StateLock::Off, ..settings };
        let error = open(&unlocked).await.unwrap_err();
        assert!(matches!(error.kind, StateErrorKind::Write(_)), "{error}");
        assert_eq!(StateFile::read(&unlocked).await.unwrap(), StoredState::default());
        println!("child: done");
        return;
    }
    let place = Place::new();
    let test = "a_directory_that_may_not_be_written_to_stops_a_run_before_it_begins";
    let said = if is_root() {
        on_a_file_system_of_its_own(test, &place, "ro")
    } else {
        fs::set_permissions(place.directory.path(), fs::Permissions::from_mode(0o500)).unwrap();
        run(&mut Command::new("env"), test, &place)
    };
    assert!(said.contains("child: done"), "{said}");
}

#[tokio::test]
async fn a_file_that_vanishes_is_noticed_before_a_create_leaves_and_not_made_anew() {
    let place = Place::new();
    let file = place.open().await;
    file.append(&account(), vec![opened(1)], Durability::Synced).await.unwrap();
    fs::remove_file(place.path()).unwrap();
    let error = file.append(&account(), vec![opened(2)], Durability::Synced).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Gone), "{error}");
    let error = file.append(&account(), vec![opened(3)], Durability::Synced).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Gone), "{error}");
    let error = file.finish(WINDOW, SystemTime::now()).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Gone), "{error}");
    assert!(!place.path().exists());
    assert_eq!(open_creates(&file.state()), [1, 2, 3], "what was to be stored can be reported");
}

#[tokio::test]
async fn a_directory_that_vanishes_is_noticed() {
    let place = Place::new();
    fs::create_dir(place.at("directory")).unwrap();
    let file = open(&place.settings_of("directory/state")).await.unwrap();
    fs::remove_dir_all(place.at("directory")).unwrap();
    let error = file.append(&account(), vec![opened(2)], Durability::Synced).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Gone), "{error}");
    file.finish(WINDOW, SystemTime::now()).await.unwrap_err();
    assert!(!place.at("directory").exists());
    let error = open(&place.settings_of("directory/state")).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Read(_)), "{error}");
    assert!(!place.at("directory").exists());
}

#[tokio::test]
async fn a_file_that_took_its_place_is_left_untouched() {
    let place = Place::new();
    let file = place.open().await;
    fs::write(place.at("other"), "a letter").unwrap();
    fs::rename(place.at("other"), place.path()).unwrap();
    let error = file.append(&account(), vec![opened(1)], Durability::Synced).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Replaced), "{error}");
    let error = file.finish(WINDOW, SystemTime::now()).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Replaced), "{error}");
    assert_eq!(fs::read(place.path()).unwrap(), b"a letter");
}

#[tokio::test]
async fn what_something_else_appends_is_neither_truncated_nor_built_upon() {
    let place = Place::new();
    let file = place.open().await;
    let settings = StateSettings { lock: StateLock::Off, ..place.settings() };
    let mut other = fs::OpenOptions::new().append(true).open(place.path()).unwrap();
    other.write_all(b"a letter").unwrap();
    let before = fs::read(place.path()).unwrap();
    for error in [
        file.append(&account(), vec![opened(1)], Durability::Buffered).await.unwrap_err(),
        file.finish(WINDOW, SystemTime::now()).await.unwrap_err(),
    ] {
        assert!(matches!(error.kind, StateErrorKind::Replaced), "{error}");
    }
    assert_eq!(fs::read(place.path()).unwrap(), before);
    assert_eq!(StateFile::read(&settings).await.unwrap().torn_from, Some(before.len() - 8));
}

#[tokio::test]
async fn one_changed_byte_anywhere_stops_a_run_before_it_begins() {
    let place = Place::new();
    place.open().await.append(&account(), vec![opened(1), closed(1)], Durability::Buffered).await.unwrap();
    let whole = fs::read(place.path()).unwrap();
    let line_of = |byte: usize| whole[..byte].split(|byte| *byte == b'\n').count();
    for byte in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[byte] ^= 1 << fastrand::u32(..8);
        fs::write(place.path(), &damaged).unwrap();
        let error = open(&place.settings()).await.unwrap_err();
        let StateErrorKind::Invalid(problem) = &error.kind else { panic!("{error}") };
        assert_eq!(problem.line, line_of(byte), "{error}");
        assert_eq!(fs::read(place.path()).unwrap(), damaged);
        StateFile::read(&place.settings()).await.unwrap_err();
    }
    fs::write(place.path(), &whole).unwrap();
    place.open().await;
}

#[tokio::test]
async fn a_file_that_is_empty_or_another_kind_is_an_error_and_stays() {
    let place = Place::new();
    for text in ["", "\n", "[[accounts]]\n", "leadsquared-webhooks state 2\n"] {
        fs::write(place.path(), text).unwrap();
        let error = open(&place.settings()).await.unwrap_err();
        let StateErrorKind::Invalid(problem) = &error.kind else { panic!("{error}") };
        assert_eq!((problem.line, problem.problem == StateProblem::Empty), (1, text.is_empty()));
        let text_of_error = error.to_string();
        assert!(text_of_error.contains("line 1: ") && text_of_error.contains("without making a duplicate"));
        assert_eq!(fs::read_to_string(place.path()).unwrap(), text);
    }
}

#[tokio::test]
async fn what_is_no_regular_file_is_refused_and_left_alone() {
    let place = Place::new();
    fs::create_dir(place.at("directory")).unwrap();
    assert!(Command::new("mkfifo").arg(place.at("fifo")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(place.at("socket")).unwrap();
    symlink("/dev/null", place.at("device")).unwrap();
    for (name, found) in [
        ("directory", "a directory"),
        ("fifo", "a named pipe"),
        ("socket", "a socket"),
        ("device", "a device"),
    ] {
        let link = format!("link to {name}");
        symlink(place.at(name), place.at(&link)).unwrap();
        for name in [name, &link] {
            let settings = place.settings_of(name);
            for error in [open(&settings).await.unwrap_err(), StateFile::read(&settings).await.unwrap_err()] {
                assert!(
                    matches!(&error.kind, StateErrorKind::NotRegular { found: it, .. } if *it == found),
                    "{error}"
                );
            }
        }
        // It is also refused at the path of the lock.
        symlink(place.at(name), place.at("free.lock")).unwrap();
        let error = open(&place.settings_of("free")).await.unwrap_err();
        assert!(matches!(error.kind, StateErrorKind::NotRegular { .. }), "{error}");
        fs::remove_file(place.at("free.lock")).unwrap();
    }
    assert!(fs::metadata(place.at("fifo")).unwrap().file_type().is_fifo());
    let locks = place.names().into_iter().filter(|name| name.contains("lock")).count();
    assert_eq!(locks, 0, "{:?}", place.names());
}

#[tokio::test]
async fn the_manifest_is_never_taken_for_the_state_file_or_its_lock() {
    let place = Place::new();
    symlink(place.at("webhooks.toml"), place.at("link")).unwrap();
    fs::hard_link(place.at("webhooks.toml"), place.at("hard link")).unwrap();
    for name in ["webhooks.toml", "./webhooks.toml", "link", "hard link"] {
        let error = open(&place.settings_of(name)).await.unwrap_err();
        assert!(matches!(error.kind, StateErrorKind::Manifest), "{name}: {error}");
    }
    fs::hard_link(place.at("webhooks.toml"), place.at("state.lock")).unwrap();
    let error = open(&place.settings_of("state")).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Manifest), "{error}");
    assert_eq!(fs::read_to_string(place.at("webhooks.toml")).unwrap(), "accounts = []\n");
    // A file that does not exist yet is recognized by its path.
    let settings = StateSettings::builder(place.at("new")).manifest(place.at("./new")).build();
    assert!(matches!(open(&settings).await.unwrap_err().kind, StateErrorKind::Manifest));
}

#[tokio::test]
async fn a_link_stays_a_link_and_its_target_is_locked() {
    let place = Place::new();
    fs::create_dir(place.at("elsewhere")).unwrap();
    symlink("elsewhere/state", place.path()).unwrap();
    let file = place.open().await;
    file.append(&account(), vec![opened(1)], Durability::Synced).await.unwrap();
    file.finish(WINDOW, SystemTime::now()).await.unwrap();
    assert!(fs::symlink_metadata(place.path()).unwrap().is_symlink());
    assert_eq!(open_creates(&stored(&place.at("elsewhere/state"))), [1]);
    let error = open(&place.settings_of("elsewhere/state")).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Locked { .. }), "{error}");
}

#[tokio::test]
async fn what_stands_in_the_place_of_the_lock_is_not_overwritten() {
    let place = Place::new();
    fs::write(place.at("webhooks.toml.state.lock"), "version = 4\n").unwrap();
    let error = open(&place.settings()).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::ForeignLock(_)), "{error}");
    assert_eq!(fs::read_to_string(place.at("webhooks.toml.state.lock")).unwrap(), "version = 4\n");
    assert!(!place.path().exists());
    // A lock file whose text was truncated by a full disk is still a lock.
    fs::write(place.at("webhooks.toml.state.lock"), "leadsquared-webhooks lo").unwrap();
    place.open().await;
}

/// A child process that holds the lock until it is killed.
fn holder(test: &str, place: &Place) -> Child {
    let mut child = child(test, &place.path()).spawn().unwrap();
    assert_eq!(says(&mut child).next().as_deref(), Some("locked"));
    child
}

/// The child's part of the tests that need a lock holder.
async fn hold(settings: &StateSettings) {
    let _file = open(settings).await.unwrap();
    println!("child: locked");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

#[tokio::test]
async fn a_second_run_ends_at_once_and_names_the_first() {
    if let Some(settings) = in_child() {
        return hold(&settings).await;
    }
    let place = Place::new();
    let mut first = holder("a_second_run_ends_at_once_and_names_the_first", &place);
    let before = place.stored();
    let error = open(&place.settings()).await.unwrap_err();
    let StateErrorKind::Locked { holder: Some(holder), waited: Duration::ZERO } = &error.kind else {
        panic!("{error}")
    };
    assert_eq!(holder.pid, first.id());
    assert!(error.to_string().contains(&format!("in use by pid {} on host ", first.id())), "{error}");
    assert!(SystemTime::now().duration_since(holder.since).unwrap() < Duration::from_mins(10));
    assert_eq!(StateFile::read(&place.settings()).await.unwrap(), before, "a plan takes no lock");
    first.kill().unwrap();
    first.wait().unwrap();
    let text = fs::read_to_string(place.at("webhooks.toml.state.lock")).unwrap();
    assert!(text.contains(&format!("pid {}", first.id())), "it names who was killed, and holds no more");
    let inode = |path: PathBuf| fs::metadata(path).unwrap().ino();
    let lock = inode(place.at("webhooks.toml.state.lock"));
    let file = place.open().await;
    let text = fs::read_to_string(place.at("webhooks.toml.state.lock")).unwrap();
    assert!(text.contains(&format!("pid {}", std::process::id())), "{text}");
    drop(file);
    assert_eq!(inode(place.at("webhooks.toml.state.lock")), lock, "it is never removed");
    assert_eq!(fs::read(place.at("webhooks.toml.state.lock")).unwrap(), b"");
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_for_another_as_long_as_it_may_and_says_so_once() {
    if let Some(settings) = in_child() {
        return hold(&settings).await;
    }
    let place = Place::new();
    let test = "a_run_waits_for_another_as_long_as_it_may_and_says_so_once";
    let mut first = holder(test, &place);
    let timeout = Duration::from_secs(10);
    let settings = StateSettings { lock: StateLock::Exclusive { timeout }, ..place.settings() };
    let (started, mut waits) = (tokio::time::Instant::now(), Vec::new());
    let error = StateFile::open(&settings, |wait| waits.push(wait.clone())).await.unwrap_err();
    assert!(matches!(error.kind, StateErrorKind::Locked { waited, .. } if waited == timeout), "{error}");
    assert_eq!(started.elapsed(), timeout);
    let [LockWait { holder: Some(holder), timeout: longest, .. }] = waits.as_slice() else {
        panic!("{waits:?}")
    };
    assert_eq!((holder.pid, *longest), (first.id(), timeout));

    let end = |_: &LockWait| {
        first.kill().unwrap();
        first.wait().unwrap();
    };
    let started = tokio::time::Instant::now();
    StateFile::open(&settings, end).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "it was tried soon again");
}

#[tokio::test]
async fn two_in_one_process_are_kept_apart_too_unless_no_lock_is_asked_for() {
    let place = Place::new();
    let first = place.open().await;
    let second = first.clone();
    let error = open(&place.settings()).await.unwrap_err();
    assert!(
        matches!(&error.kind, StateErrorKind::Locked { holder: Some(holder), .. } if holder.pid == std::process::id()),
        "{error}"
    );
    drop(first);
    open(&place.settings()).await.unwrap_err();
    drop(second);
    place.open().await;

    let unlocked = StateSettings { lock: StateLock::Off, ..place.settings_of("unlocked") };
    let _first = open(&unlocked).await.unwrap();
    open(&unlocked).await.unwrap();
    assert!(!place.at("unlocked.lock").exists());
}

#[tokio::test]
async fn what_a_killed_run_left_beside_the_file_is_removed_by_the_next() {
    let place = Place::new();
    fs::write(place.at(".webhooks.toml.state.leadsquared-webhooks-tmp"), "half").unwrap();
    place.open().await;
    let names: Vec<_> = place.names().into_iter().collect();
    assert_eq!(names, ["webhooks.toml", "webhooks.toml.state", "webhooks.toml.state.lock"]);
}

#[tokio::test]
async fn reading_a_file_that_is_not_there_creates_none() {
    let place = Place::new();
    assert_eq!(StateFile::read(&place.settings()).await.unwrap(), StoredState::default());
    assert_eq!(place.names().len(), 1);
}
