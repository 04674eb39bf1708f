//! Log lines, delivered to one listener in batches.

use std::{
    fmt,
    sync::{
        Arc, LazyLock, PoisonError, RwLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::SystemTime,
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::Interest,
};

use crate::config_error::ConfigError;

/// The maximum number of lines queued for the listener. Further lines are dropped and counted; the
/// count is reported with the next line.
const MOST_WAITING: usize = 4096;
/// The maximum number of lines per batch.
const LARGEST_BATCH: usize = 256;
/// The prefix of the log targets of this project's crates.
const OURS: &str = "leadsquared_webhooks";

/// The log level. Each level includes those above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// Failures that are reported nowhere else.
    Error,
    /// What may need attention.
    Warn,
    /// What users of the library usually want.
    Info,
    /// Each attempt, its result and the waits.
    Debug,
    /// Everything.
    Trace,
}

/// One line of the log. It contains no key, no header, no query and no body.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LogLine {
    /// When it happened. Delivery is later.
    pub at: SystemTime,
    /// The level.
    pub level: LogLevel,
    /// The message, with its fields.
    pub text: String,
}

/// Receives the log.
#[uniffi::export(with_foreign)]
pub trait LogListener: Send + Sync {
    /// Receives some lines, oldest first. It runs on a dedicated thread of the library and does not
    /// block calls. Exceptions that it throws are ignored.
    fn lines(&self, lines: Vec<LogLine>) -> Result<(), ListenerFailed>;
}

/// The listener threw an exception. Its lines are lost; later lines are still delivered.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum ListenerFailed {
    /// The exception.
    #[error("{detail}")]
    Thrown {
        /// The text of the exception.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ListenerFailed {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Thrown { detail: error.reason }
    }
}

/// Sets or removes the listener, which receives lines of this level and above. There is one
/// listener per process; a new one replaces it. Fails when the operating system refuses to start
/// the log thread.
#[uniffi::export]
pub fn set_log_listener(listener: Option<Arc<dyn LogListener>>, level: LogLevel) -> Result<(), ConfigError> {
    let log = LOG.as_ref().map_err(Clone::clone)?;
    log.tell(listener, level);
    Ok(())
}

static LOG: LazyLock<Result<Arc<Log>, ConfigError>> = LazyLock::new(Log::start);

/// The queue from log events to the listener.
struct Log {
    listener: RwLock<Option<Arc<dyn LogListener>>>,
    /// The least severe level that is reported, as a number; see [`rank`].
    level: AtomicU8,
    waiting: SyncSender<LogLine>,
    lost: AtomicU64,
}

impl Log {
    fn start() -> Result<Arc<Self>, ConfigError> {
        let (waiting, lines) = sync_channel(MOST_WAITING);
        let log = Arc::new(Self {
            listener: RwLock::default(),
            level: AtomicU8::new(0),
            waiting,
            lost: AtomicU64::new(0),
        });
        let teller = Arc::clone(&log);
        thread::Builder::new().name("leadsquared-log".to_owned()).spawn(move || teller.run(&lines)).map_err(
            |problem| ConfigError::InvalidSettings { detail: problem.to_string(), problems: Vec::new() },
        )?;
        // Only this library could have set a subscriber, and it runs this code once.
        let _ = tracing::subscriber::set_global_default(Recorder(Arc::clone(&log)));
        Ok(log)
    }

    fn tell(&self, listener: Option<Arc<dyn LogListener>>, level: LogLevel) {
        let rank = if listener.is_some() { rank(level) } else { 0 };
        *self.listener.write().unwrap_or_else(PoisonError::into_inner) = listener;
        self.level.store(rank, Ordering::Relaxed);
    }

    fn run(&self, lines: &Receiver<LogLine>) {
        while let Ok(first) = lines.recv() {
            let mut batch = vec![first];
            batch.extend(lines.try_iter().take(LARGEST_BATCH - 1));
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                let text = format!("{lost} lines were lost: the listener is slower than the log");
                batch.push(LogLine { at: SystemTime::now(), level: LogLevel::Warn, text });
            }
            let listener = self.listener.read().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(listener) = listener {
                // A failed listener cannot be reported anywhere.
                let _ = listener.lines(batch);
            }
        }
    }

    fn add(&self, line: LogLine) {
        if self.waiting.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

const fn rank(level: LogLevel) -> u8 {
    match level {
        LogLevel::Error => 1,
        LogLevel::Warn => 2,
        LogLevel::Info => 3,
        LogLevel::Debug => 4,
        LogLevel::Trace => 5,
    }
}

impl From<&Level> for LogLevel {
    fn from(level: &Level) -> Self {
        match *level {
            Level::ERROR => Self::Error,
            Level::WARN => Self::Warn,
            Level::INFO => Self::Info,
            Level::DEBUG => Self::Debug,
            Level::TRACE => Self::Trace,
        }
    }
}

/// Turns the events of this project's crates into lines. Events of dependencies are ignored.
struct Recorder(Arc<Log>);

impl Subscriber for Recorder {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let ours = metadata.is_event() && metadata.target().starts_with(OURS);
        if ours { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        rank(metadata.level().into()) <= self.0.level.load(Ordering::Relaxed)
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = event.metadata().level().into();
        self.0.add(LogLine { at: SystemTime::now(), level, text: text.0 });
    }

    // Spans are never enabled.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// An event as one line: the message, then its fields.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.0.insert_str(0, &format!("{value:?}")),
            name => self.0.extend([" ", name, "=", &format!("{value:?}")]),
        }
    }
}
