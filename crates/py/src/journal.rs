//! What the client tells, for Python's `logging`: kept as plain data by whichever thread tells it, and handed over in batches
//! by a thread that runs Python anyway. Nothing is kept until somebody has set `logging` up to hear it.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fmt::{self, Write},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pyo3::{
    exceptions::PyKeyboardInterrupt,
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyCFunction, PyDict},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
    subscriber::Interest,
};

/// How many records are kept for somebody who never takes them: beyond it the oldest go.
const MOST_KEPT: usize = 10_000;

/// What this package tells, and no library below it: those print URLs, and URLs can hold keys.
const OURS: &str = "leadsquared_webhooks";

/// One event.
struct Record {
    level: Level,
    target: &'static str,
    at: SystemTime,
    message: String,
}

static KEPT: Mutex<VecDeque<Record>> = Mutex::new(VecDeque::new());
/// The finest level that is kept: 0 for none, up to 5 for all.
static LEVEL: AtomicUsize = AtomicUsize::new(0);

fn kept() -> MutexGuard<'static, VecDeque<Record>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a call: its events are kept if somebody listens, and handed over when it has ended.
pub(crate) fn during<T>(py: Python<'_>, call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    attend(py)?;
    let outcome = call();
    deliver(py)?;
    outcome
}

/// Looks whether somebody listens, and from which level on.
pub(crate) fn attend(py: Python<'_>) -> PyResult<()> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if LOGGER.get(py).is_none() {
        let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
        if !modules.contains(intern!(py, "logging"))? {
            // Nobody can have set up what nobody has imported.
            return Ok(());
        }
    }
    let logger = LOGGER.get_or_try_init(py, || {
        let logging = py.import(intern!(py, "logging"))?;
        logging.call_method1(intern!(py, "getLogger"), (OURS,)).map(Bound::unbind)
    })?;
    let logger = logger.bind(py);
    let level: i64 = logger.call_method0(intern!(py, "getEffectiveLevel"))?.extract()?;
    let heard = logger.call_method0(intern!(py, "hasHandlers"))?.is_truthy()?;
    let finest = match level {
        _ if !heard => 0,
        ..10 => 5,
        10..20 => 4,
        20..30 => 3,
        30..40 => 2,
        40..50 => 1,
        _ => 0,
    };
    if LEVEL.swap(finest, Ordering::Relaxed) != finest {
        install(py)?;
        tracing::callsite::rebuild_interest_cache();
    }
    Ok(())
}

/// Begins to keep events: at the first time that somebody listens, and only in this library's own copy of tracing.
fn install(py: Python<'_>) -> PyResult<()> {
    static INSTALLED: PyOnceLock<()> = PyOnceLock::new();
    INSTALLED.get_or_try_init(py, || {
        // Fails only when another one is there already, as on the command line.
        let _ = tracing::subscriber::set_global_default(Journal);
        hold_during_fork(py)
    })?;
    Ok(())
}

thread_local! {
    static HELD: RefCell<Option<MutexGuard<'static, VecDeque<Record>>>> = const { RefCell::new(None) };
}

/// A child must not be born while another thread holds the lock: nobody there would give it back.
fn hold_during_fork(py: Python<'_>) -> PyResult<()> {
    let hook = |name, what: fn()| {
        PyCFunction::new_closure(py, Some(name), None, move |_arguments, _keywords| what())
    };
    let hooks = PyDict::new(py);
    hooks.set_item("before", hook(c"before_fork", || HELD.set(Some(kept())))?)?;
    hooks.set_item("after_in_parent", hook(c"after_fork_in_parent", || HELD.set(None))?)?;
    let in_child = || {
        if let Some(mut kept) = HELD.take() {
            // The parent hands them over.
            kept.clear();
        }
    };
    hooks.set_item("after_in_child", hook(c"after_fork_in_child", in_child)?)?;
    py.import(intern!(py, "os"))?.call_method("register_at_fork", (), Some(&hooks))?;
    Ok(())
}

/// Hands all that is kept to `logging`. What goes wrong there does not cost the caller its outcome.
pub(crate) fn deliver(py: Python<'_>) -> PyResult<()> {
    if LEVEL.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let records: Vec<_> = std::mem::take(&mut *kept())
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
    let delivered = py
        .import(intern!(py, "leadsquared_webhooks._logging"))
        .and_then(|module| module.call_method1(intern!(py, "deliver"), (records,)));
    match delivered {
        Ok(_) => Ok(()),
        Err(interrupt) if interrupt.is_instance_of::<PyKeyboardInterrupt>(py) => {
            // It comes again, after the outcome is safe.
            py.import(intern!(py, "_thread"))?.call_method0(intern!(py, "interrupt_main")).map(drop)
        }
        Err(problem) => {
            problem.write_unraisable(py, None);
            Ok(())
        }
    }
}

/// Keeps our events, and no span.
struct Journal;

impl Journal {
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

impl Subscriber for Journal {
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
        let mut kept = kept();
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
