//! Where calls run: a blocking call in its caller's thread, everything of asyncio's in one thread beside the interpreter's.
//! Neither of them ever waits for the interpreter's lock while a request is under way, and the thread beside never takes it.

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

use crate::process::{Owned, PerProcess, forked};

/// How often a blocking call looks whether Ctrl-C was pressed.
pub(crate) const LOOK: Duration = Duration::from_millis(40);

/// A client whose calls run in whichever thread waits for one of them.
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

    /// Waits for a call, detached, and looks now and then for signals. An exception of a signal's handler ends the wait; the
    /// creates that are under way go on.
    pub(crate) fn wait<T: Send>(
        live: &Arc<Owned<Self>>,
        py: Python<'_>,
        call: impl Future<Output = T> + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let mut call = Owned::new(Box::pin(async {
                // Between two calls nobody watches the connections: see the blocking client of transport.
                yield_now().await;
                call.await
            }));
            loop {
                // A child that a handler has forked leaves the call and its connections to the parent.
                let Some(call) = call.get_mut() else { return Err(forked()) };
                // The handlers run outside of the runtime, for they may make calls of their own.
                if let Ok(value) = live.runtime.get().block_on(async { timeout(LOOK, call).await }) {
                    return Ok(value);
                }
                let mut signals = Ok(());
                // Not attached: the interpreter is ending, and this thread will be stopped.
                let _attached = Python::try_attach(|py| signals = py.check_signals());
                if let Err(interrupt) = signals {
                    if live.is_own() {
                        Self::keep_going(live);
                    }
                    return Err(interrupt);
                }
            }
        })
    }

    /// Lets the creates go on that nobody waits for any more, in a thread of their own.
    fn keep_going(live: &Arc<Owned<Self>>) {
        if live.kept_going.swap(true, Ordering::AcqRel) {
            return;
        }
        let client = Arc::clone(live);
        // Without a thread the creates go on with the next call.
        let _ = thread::Builder::new().name("leadsquared-webhooks".to_owned()).spawn(move || {
            client.runtime.get().block_on(client.client.settle());
            client.kept_going.store(false, Ordering::Release);
        });
    }
}

/// A runtime that may be dropped anywhere.
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

/// The runtime of all asynchronous clients of this process. It knows nothing of Python, and ends with the process.
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

/// A runtime in a thread of its own, which ends when this is dropped.
struct Background {
    handle: Handle,
    _running: oneshot::Sender<()>,
}
