//! How an asyncio call wakes its event loop: by a byte on a socket that the loop watches, never by
//! Python code. The waking thread does not use the interpreter, so it needs no lock of it, and may
//! outlive it.

use std::{
    io::{Read, Write},
    os::{fd::AsRawFd, unix::net::UnixStream},
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
};

use pyo3::prelude::*;

use crate::process::Owned;

/// The woken calls of one event loop.
#[pyclass(frozen, module = "leadsquared_webhooks._native")]
pub(crate) struct WakeQueue(Owned<Arc<Queue>>);

struct Queue {
    woken: Mutex<Vec<u64>>,
    write: UnixStream,
    read: UnixStream,
}

#[pymethods]
impl WakeQueue {
    #[new]
    fn new() -> PyResult<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self(Owned::new(Arc::new(Queue { woken: Mutex::default(), write, read }))))
    }

    /// The file descriptor that the event loop watches for reading.
    fn fileno(&self) -> i32 {
        self.0.read.as_raw_fd()
    }

    /// The numbers of the calls that were woken since the last call of this method.
    fn take(&self) -> Vec<u64> {
        if !self.0.is_own() {
            // A child shares the socket, and would take the bytes that the parent waits for.
            return Vec::new();
        }
        // The socket is read before the list: a call that is woken in between causes one more
        // wake-up, at worst a spurious one.
        let _ = (&self.0.read).read(&mut [0; 64]);
        std::mem::take(&mut *self.0.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl WakeQueue {
    /// The waker of the call with this number.
    pub(crate) fn waker(&self, number: u64) -> Waker {
        Arc::new(CallWaker { queue: Arc::clone(&self.0), number }).into()
    }
}

/// The waker of one call.
struct CallWaker {
    queue: Arc<Queue>,
    number: u64,
}

impl Wake for CallWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut woken = self.queue.woken.lock().unwrap_or_else(PoisonError::into_inner);
        woken.push(self.number);
        if woken.len() == 1 {
            // A full socket wakes the loop as well as one more byte would.
            let _ = (&self.queue.write).write(&[0]);
        }
    }
}
