//! The location of a state file, and how the file is replaced as a whole.

use std::{
    ffi::OsString,
    fs::{self, File, FileType, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use leadsquared_webhooks_core::reconcile::StoredState;
use same_file::Handle;

use super::{
    error::{StateError, StateErrorKind},
    settings::{StateLock, StateSettings},
};

/// The location of a state file.
pub(super) struct Place {
    /// The path, as given.
    pub(super) path: PathBuf,
    /// The path without symbolic links, so that the file is replaced and not a link to it.
    real: PathBuf,
}

impl Place {
    /// Locates the file, which need not exist, and refuses paths that cannot be a state file.
    pub(super) fn find(settings: &StateSettings) -> Result<Self, StateError> {
        let path = settings.path.clone();
        let real = match resolved(&path) {
            Ok(real) => real,
            Err(problem) => return Err(StateError { path, kind: StateErrorKind::read(problem) }),
        };
        let this = Self { path, real };
        this.check_regular(&this.real)?;
        let lock = (settings.lock != StateLock::Off).then(|| this.lock());
        if let Some(lock) = &lock {
            this.check_regular(lock)?;
        }
        if let Some(manifest) = &settings.manifest {
            let is_manifest = |path: &Path| {
                resolved(manifest).is_ok_and(|manifest| manifest == path)
                    || same_file::is_same_file(manifest, path).unwrap_or_default()
            };
            if is_manifest(&this.real) || lock.as_deref().is_some_and(is_manifest) {
                return Err(this.error(StateErrorKind::Manifest));
            }
        }
        Ok(this)
    }

    pub(super) fn error(&self, kind: StateErrorKind) -> StateError {
        StateError { path: self.path.clone(), kind }
    }

    /// The path of the lock file.
    pub(super) fn lock(&self) -> PathBuf {
        self.beside("", ".lock")
    }

    /// What the file holds; empty when it does not exist.
    pub(super) fn read(&self) -> Result<StoredState, StateError> {
        match fs::read(&self.real) {
            Ok(bytes) => {
                StoredState::parse(&bytes).map_err(|problem| self.error(StateErrorKind::Invalid(problem)))
            }
            Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(StoredState::default()),
            Err(problem) => Err(self.error(StateErrorKind::read(problem))),
        }
    }

    /// Replaces or creates the file: afterwards it holds either these bytes or what it held before.
    /// Returns the file, open for appending.
    pub(super) fn replace(&self, bytes: &[u8]) -> io::Result<File> {
        let temporary = self.beside(".", ".leadsquared-webhooks-tmp");
        // Left behind by a run that was killed.
        match fs::remove_file(&temporary) {
            Err(problem) if problem.kind() != ErrorKind::NotFound => return Err(problem),
            _ => {}
        }
        let mut file = private().create_new(true).open(&temporary)?;
        let replaced = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&temporary, &self.real))
            .and_then(|()| self.sync_directory());
        if let Err(problem) = replaced {
            // It may have been renamed already.
            let _ = fs::remove_file(&temporary);
            return Err(problem);
        }
        Ok(file)
    }

    /// Checks that the path still leads to this file.
    pub(super) fn check(&self, file: &File) -> Result<(), StateError> {
        match is_at(file, &self.real) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.error(StateErrorKind::Replaced)),
            Err(problem) if problem.kind() == ErrorKind::NotFound => Err(self.error(StateErrorKind::Gone)),
            Err(problem) => Err(self.error(StateErrorKind::read(problem))),
        }
    }

    fn check_regular(&self, path: &Path) -> Result<(), StateError> {
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => return Ok(()),
            Ok(metadata) => {
                StateErrorKind::NotRegular { path: path.to_owned(), found: name_of(metadata.file_type()) }
            }
            Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(()),
            Err(problem) => StateErrorKind::read(problem),
        };
        Err(self.error(kind))
    }

    /// The path of a file in the same directory.
    fn beside(&self, before: &str, after: &str) -> PathBuf {
        let mut name = OsString::from(before);
        name.push(self.real.file_name().unwrap_or_default());
        name.push(after);
        self.real.with_file_name(name)
    }

    /// Makes the new name durable.
    #[cfg(unix)]
    fn sync_directory(&self) -> io::Result<()> {
        let Some(directory) = self.real.parent() else { return Ok(()) };
        match File::open(directory)?.sync_all() {
            // A file system that does not support this does not need it, or has nothing better.
            Err(problem) if matches!(problem.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
                Ok(())
            }
            synced => synced,
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "there is no such operation")]
    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The options for opening private files, which on Unix only their owner can access.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether a path leads to this file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    // Anything but a regular file, such as a named pipe, must not be opened.
    Ok(fs::metadata(path)?.is_file() && Handle::from_path(path)? == Handle::from_file(file.try_clone()?)?)
}

/// Resolves all symbolic links of a path, even if its last component does not exist.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let problem = match path.canonicalize() {
        Err(problem) if problem.kind() == ErrorKind::NotFound => problem,
        done => return done,
    };
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    if let Ok(target) = fs::read_link(path) {
        return resolved(&directory.join(target));
    }
    let name = path.file_name().ok_or(problem)?;
    Ok(directory.canonicalize()?.join(name))
}

fn name_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a directory" } else { "a symbolic link" }
}
