//! A blocking call that belongs to no client: it runs in the background thread, and its caller
//! waits for it.

use std::{
    future::Future,
    sync::mpsc::{self, RecvTimeoutError},
};

use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
};
use tokio::task::JoinHandle;

use crate::{
    process::{Owned, forked},
    progress::Hear,
    runtime::{self, POLL_INTERVAL, between},
};

/// A task that is aborted when its owner is dropped.
pub(crate) struct Aborted<T>(pub(crate) JoinHandle<T>);

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for a call, detached from the interpreter, forwards its progress, and checks for signals
/// regularly. An exception from a handler ends the call; creates that were sent continue.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    hear: Hear<'_>,
    call: impl Future<Output = T> + Send + 'static,
) -> PyResult<T> {
    let runtime = runtime::background().map_err(|problem| PyOSError::new_err(problem.to_string()))?;
    let (sender, receiver) = mpsc::channel();
    let task = runtime.spawn(async move {
        // After an interrupt there is no receiver.
        let _ = sender.send(call.await);
    });
    let running = Owned::new((receiver, Aborted(task)));
    py.detach(move || {
        let (receiver, _aborted) = &*running;
        loop {
            // A child process that a handler has forked leaves the call to the parent.
            if !running.is_own() {
                return Err(forked());
            }
            let ended = match receiver.recv_timeout(POLL_INTERVAL) {
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyRuntimeError::new_err("the call ended without a word"));
                }
                ended => ended,
            };
            between(hear, ended.is_ok())?;
            if let (Ok(value), true) = (ended, running.is_own()) {
                return Ok(value);
            }
        }
    })
}
