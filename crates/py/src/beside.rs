//! A blocking call that belongs to no client: it runs in the thread beside the interpreter's, and its caller waits for it.

use std::{
    future::Future,
    sync::mpsc::{self, RecvTimeoutError, Sender},
};

use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
};
use tokio::task::JoinHandle;

use crate::{
    manifest::Progress,
    process::{self, Owned, forked},
    runtime::{self, LOOK},
};

enum Event<T> {
    Progress(Progress),
    Ended(T),
}

/// How a call tells how far it is. It never waits for whoever hears it.
pub(crate) struct Told<T>(Sender<Event<T>>);

impl<T> Told<T> {
    pub(crate) fn tell(&self, progress: Progress) {
        // Nobody hears what is told after an interrupt.
        let _ = self.0.send(Event::Progress(progress));
    }
}

/// A task that ends with its owner.
pub(crate) struct Aborted<T>(pub(crate) JoinHandle<T>);

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for a call, detached, hands on what it tells, and looks now and then for signals. An exception of a handler ends the
/// call; the creates that have left go on.
pub(crate) fn wait<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    py: Python<'_>,
    hear: Option<&Py<PyAny>>,
    call: impl FnOnce(Told<T>) -> F,
) -> PyResult<T> {
    let runtime = runtime::background().map_err(|problem| PyOSError::new_err(problem.to_string()))?;
    let (sender, receiver) = mpsc::channel();
    let call = call(Told(sender.clone()));
    let task = runtime.spawn(async move {
        let _ = sender.send(Event::Ended(call.await));
    });
    let running = Owned::new((receiver, Aborted(task)));
    py.detach(move || {
        let (receiver, _aborted) = &*running;
        loop {
            // A child that a handler has forked leaves the call to the parent.
            if !running.is_own() {
                return Err(forked());
            }
            let mut heard = Ok(());
            match receiver.recv_timeout(LOOK) {
                Ok(Event::Ended(value)) => return Ok(value),
                Ok(Event::Progress(progress)) => {
                    // Not attached: the interpreter is ending, and this thread will be stopped.
                    let _attached = Python::try_attach(|py| {
                        if let Some(hear) = hear {
                            heard = report(hear.bind(py), progress);
                        }
                    });
                }
                Err(RecvTimeoutError::Timeout) => {
                    let _attached = Python::try_attach(|py| heard = py.check_signals());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyRuntimeError::new_err("the call ended without a word"));
                }
            }
            heard?;
        }
    })
}

fn report(hear: &Bound<'_, PyAny>, progress: Progress) -> PyResult<()> {
    process::call(hear, &(progress,).into_pyobject(hear.py())?, None).map(drop)
}
