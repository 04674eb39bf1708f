//! Where calls run: a blocking call in its caller's thread; a call of asyncio is polled by its
//! event loop's thread, and what it starts runs in one background thread. None waits for the
//! interpreter's lock while a request is in flight, and the background thread never takes it.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use leadsquared_webhooks::Client;
use pyo3::prelude::*;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
    task::yield_now,
    time::timeout,
};

use crate::{
    process::{Owned, PerProcess, forked},
    progress::{Hear, report},
};

/// How often a blocking call checks for Ctrl-C.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(40);

/// Runs between two slices of a blocking call: forwards its progress, and checks for signals unless
/// the call has ended.
pub(crate) fn between(hear: Hear<'_>, has_ended: bool) -> PyResult<()> {
    let reported = hear.map(|(news, _)| news.take()).unwrap_or_default();
    let mut heard = Ok(());
    if !has_ended || !reported.is_empty() {
        // If it cannot attach, the interpreter is exiting, and this thread will be stopped.
        let _attached = Python::try_attach(|py| {
            heard = hear.map_or(Ok(()), |(_, hear)| report(py, hear, reported));
            if heard.is_ok() && !has_ended {
                heard = py.check_signals();
            }
        });
    }
    heard
}

/// A client whose calls run in any thread that waits for one of them.
pub(crate) struct BlockingClient {
    pub(crate) client: Client,
    runtime: OwnRuntime,
    kept_going: AtomicBool,
}

impl BlockingClient {
    pub(crate) fn new(client: Client) -> io::Result<Self> {
        let runtime = OwnRuntime(Some(Builder::new_current_thread().enable_all().build()?));
        Ok(Self { client, runtime, kept_going: AtomicBool::new(false) })
    }

    /// Waits for a call, detached from the interpreter, forwards its progress, and checks for
    /// signals regularly. An exception from a handler ends the wait: a create that was not sent is
    /// withdrawn, one that was sent continues.
    pub(crate) fn wait<T: Send>(
        live: &Arc<Owned<Self>>,
        py: Python<'_>,
        hear: Hear<'_>,
        call: impl Future<Output = T> + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let mut call = Owned::new(Box::pin(async {
                // Between two calls nothing polls the connections: see the blocking client of
                // transport.
                yield_now().await;
                call.await
            }));
            loop {
                let Some(running) = call.get_mut() else { return Err(forked()) };
                let ended = live.runtime.get().block_on(async { timeout(POLL_INTERVAL, running).await });
                // The handlers run outside of the runtime, because they may make calls themselves.
                if let Err(interrupt) = between(hear, ended.is_ok()) {
                    if live.is_own() {
                        Self::keep_going(live);
                    }
                    return Err(interrupt);
                }
                // A child process that a handler has forked leaves the call and its connections to
                // the parent.
                if let (Ok(value), true) = (ended, call.is_own()) {
                    return Ok(value);
                }
            }
        })
    }

    /// Continues creates that are no longer awaited, in a separate thread.
    fn keep_going(live: &Arc<Owned<Self>>) {
        if live.kept_going.swap(true, Ordering::AcqRel) {
            return;
        }
        let client = Arc::clone(live);
        // Without a thread, the creates continue during the next call.
        let _ = thread::Builder::new().name("leadsquared-webhooks".to_owned()).spawn(move || {
            client.runtime.get().block_on(client.client.drain());
            client.kept_going.store(false, Ordering::Release);
        });
    }
}

/// A runtime that may be dropped in any context.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    #[expect(clippy::expect_used, reason = "it is taken out only by drop")]
    fn get(&self) -> &Runtime {
        self.0.as_ref().expect("the runtime is there until it is dropped")
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The runtime of all asynchronous clients of this process. It does not use Python, and ends with
/// the process.
pub(crate) fn background() -> io::Result<Handle> {
    static BACKGROUND: PerProcess<Background> = PerProcess::empty();
    let background = BACKGROUND.get(|| {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        thread::Builder::new()
            .name("leadsquared-webhooks".to_owned())
            .spawn(move || runtime.block_on(ended).is_err())?;
        io::Result::Ok(Background { handle, _running: running })
    })?;
    Ok(background.handle.clone())
}

/// A runtime in a separate thread, which ends when this is dropped.
struct Background {
    handle: Handle,
    _running: oneshot::Sender<()>,
}
