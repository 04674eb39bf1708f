//! Forwards the client's events to Python's `logging`. Any thread buffers its events as plain data,
//! and a thread that runs Python anyway delivers them in batches. Nothing is buffered until
//! `logging` is configured to receive it.

use std::{
    collections::VecDeque,
    convert::Infallible,
    fmt::{self, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pyo3::{exceptions::PyKeyboardInterrupt, prelude::*, sync::PyOnceLock, types::PyTuple};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
    subscriber::Interest,
};

use crate::process::{self, PerProcess, once};

/// The maximum number of buffered records. Beyond it, the oldest are dropped.
const MOST_KEPT: usize = 10_000;

/// The target of this package's events. Dependencies are excluded: they log URLs, and URLs can
/// contain keys.
const OURS: &str = "leadsquared_webhooks";

/// One event.
struct Record {
    level: Level,
    target: &'static str,
    at: SystemTime,
    message: String,
}

/// The records of this process; a parent process delivers its own. No thread waits for the
/// interpreter while it holds the lock.
static KEPT: PerProcess<Mutex<VecDeque<Record>>> = PerProcess::empty();
/// The most verbose level that is buffered: 0 for none, up to 5 for all.
static LEVEL: AtomicUsize = AtomicUsize::new(0);

/// Runs a call, buffers its events if `logging` listens, and delivers them when the call has ended.
pub(crate) fn during<T>(py: Python<'_>, call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    attend(py)?;
    let outcome = call();
    deliver(py)?;
    outcome
}

/// The functions `level` and `deliver` of the Python module `_logging`.
fn functions(py: Python<'_>) -> PyResult<&(Py<PyAny>, Py<PyAny>)> {
    static FUNCTIONS: PyOnceLock<(Py<PyAny>, Py<PyAny>)> = PyOnceLock::new();
    once(py, &FUNCTIONS, || {
        let module = py.import("leadsquared_webhooks._logging")?;
        Ok((module.getattr("level")?.unbind(), module.getattr("deliver")?.unbind()))
    })
}

/// Imports `_logging` together with the package: a first import during a call could coincide with
/// `fork()`, and the child would wait for the import lock forever.
pub(crate) fn load(py: Python<'_>) -> PyResult<()> {
    functions(py).map(drop)
}

/// Checks whether `logging` listens, and from which level on.
pub(crate) fn attend(py: Python<'_>) -> PyResult<()> {
    let (level, _) = functions(py)?;
    let level: Option<i64> = process::call(level.bind(py), &PyTuple::empty(py), None)?.extract()?;
    let finest = match level {
        Some(..10) => 5,
        Some(10..20) => 4,
        Some(20..30) => 3,
        Some(30..40) => 2,
        Some(40..50) => 1,
        Some(50..) | None => 0,
    };
    if LEVEL.swap(finest, Ordering::Relaxed) != finest {
        install();
        tracing::callsite::rebuild_interest_cache();
    }
    Ok(())
}

/// Starts to buffer events when `logging` first listens, and only in this library's copy of
/// tracing.
fn install() {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if !INSTALLED.swap(true, Ordering::Relaxed) {
        // Fails only if another subscriber is installed already, as on the command line.
        let _ = tracing::subscriber::set_global_default(Records);
    }
}

/// Delivers all buffered records to `logging`. A failure there does not lose the caller's outcome.
pub(crate) fn deliver(py: Python<'_>) -> PyResult<()> {
    if LEVEL.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let Some(kept) = KEPT.own() else { return Ok(()) };
    let records = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
    let records: Vec<_> = records
        .into_iter()
        .map(|Record { level, target, at, message }| {
            let number = match level {
                Level::ERROR => 40,
                Level::WARN => 30,
                Level::INFO => 20,
                Level::DEBUG => 10,
                Level::TRACE => 5,
            };
            let at = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64();
            (number, target.replace("::", "."), at, message)
        })
        .collect();
    if records.is_empty() {
        return Ok(());
    }
    let (_, deliver) = functions(py)?;
    match process::call(deliver.bind(py), &(records,).into_pyobject(py)?, None) {
        Ok(_) => Ok(()),
        Err(interrupt) if interrupt.is_instance_of::<PyKeyboardInterrupt>(py) => {
            // The interrupt is raised again, after the outcome is safe.
            py.import("_thread")?.call_method0("interrupt_main").map(drop)
        }
        Err(problem) => {
            problem.write_unraisable(py, None);
            Ok(())
        }
    }
}

/// Buffers this package's events, and no spans.
struct Records;

impl Records {
    fn wants(metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        metadata.is_event()
            && (target == OURS || target.strip_prefix(OURS).is_some_and(|rest| rest.starts_with("::")))
    }

    fn finest() -> LevelFilter {
        match LEVEL.load(Ordering::Relaxed) {
            0 => LevelFilter::OFF,
            1 => LevelFilter::ERROR,
            2 => LevelFilter::WARN,
            3 => LevelFilter::INFO,
            4 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        }
    }
}

impl Subscriber for Records {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::wants(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        Self::wants(metadata) && *metadata.level() <= Self::finest()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(Self::finest())
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        let metadata = event.metadata();
        let record = Record {
            level: *metadata.level(),
            target: metadata.target(),
            at: SystemTime::now(),
            message: message.0,
        };
        let Ok(kept) = KEPT.get(|| Ok::<_, Infallible>(Mutex::default()));
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST_KEPT {
            kept.pop_front();
        }
        kept.push_back(record);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// An event as one line: its message, then its fields as `name=value`.
#[derive(Default)]
struct Message(String);

impl Message {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = if field.name() == "message" {
            let rest = std::mem::take(&mut self.0);
            self.0.write_fmt(value).and_then(|()| self.0.write_str(&rest))
        } else {
            write!(self.0, " {}={value}", field.name())
        };
    }
}

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }
}
