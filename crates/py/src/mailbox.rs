//! How a call of asyncio's tells its event loop that it has got on: by a byte on a socket that the loop watches, never by
//! Python. The thread that rings knows nothing of the interpreter, so it needs no lock of it, and may outlive it.

use std::{
    io::{Read, Write},
    os::{fd::AsRawFd, unix::net::UnixStream},
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
};

use pyo3::prelude::*;

use crate::process::Owned;

/// The bells of one event loop.
#[pyclass(frozen, module = "leadsquared_webhooks._native")]
pub(crate) struct Mailbox(Owned<Arc<Bells>>);

struct Bells {
    rung: Mutex<Vec<u64>>,
    write: UnixStream,
    read: UnixStream,
}

#[pymethods]
impl Mailbox {
    #[new]
    fn new() -> PyResult<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self(Owned::new(Arc::new(Bells { rung: Mutex::default(), write, read }))))
    }

    /// What the event loop watches for reading.
    fn fileno(&self) -> i32 {
        self.0.read.as_raw_fd()
    }

    /// The numbers of the calls that rang since the last look.
    fn take(&self) -> Vec<u64> {
        if !self.0.is_own() {
            // A child shares the socket, and would take what the parent waits for.
            return Vec::new();
        }
        // The socket before the list: what rings in between is then found by the next look, perhaps for nothing.
        let _ = (&self.0.read).read(&mut [0; 64]);
        std::mem::take(&mut *self.0.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Mailbox {
    /// What wakes the call of this number.
    pub(crate) fn bell(&self, number: u64) -> Waker {
        Arc::new(Bell { bells: Arc::clone(&self.0), number }).into()
    }
}

/// The bell of one call.
struct Bell {
    bells: Arc<Bells>,
    number: u64,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut rung = self.bells.rung.lock().unwrap_or_else(PoisonError::into_inner);
        rung.push(self.number);
        if rung.len() == 1 {
            // A full socket wakes the loop as well as one more byte would.
            let _ = (&self.bells.write).write(&[0]);
        }
    }
}
