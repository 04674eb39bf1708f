//! What belongs to one process. After `fork()` a child has the parent's memory and none of its threads: a runtime there
//! waits for ever, and to drop it would take the parent's sockets out of the parent's own event queue, which both share.
//! So a child lets the parent's things lie, untouched and never dropped, and makes its own.
//!
//! The locks here are taken by attached threads alone and never kept while detached. `os.fork()` runs attached, so no
//! child is born with one of them locked.

use std::{
    process,
    sync::{Arc, Mutex, PoisonError},
};

use pyo3::{exceptions::PyImportError, prelude::*};

/// Something of the process that made it. In another one it is not dropped.
pub(crate) struct Owned<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: process::id(), value: Some(value) }
    }

    /// The value, in the process that made it.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.process == process::id())
    }

    /// The value, to be changed, in the process that made it.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut().filter(|_| self.process == process::id())
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.process != process::id() {
            std::mem::forget(self.value.take());
        }
    }
}

/// Something that each process makes for itself.
pub(crate) struct PerProcess<T>(Mutex<Option<Owned<Arc<T>>>>);

impl<T> PerProcess<T> {
    pub(crate) const fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(Some(Owned::new(Arc::new(value)))))
    }

    /// This process's own, made now if there is none.
    pub(crate) fn get<E>(
        &self,
        _attached: Python<'_>,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = slot.as_ref().and_then(Owned::get) {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(make()?);
        *slot = Some(Owned::new(Arc::clone(&value)));
        Ok(value)
    }

    /// Lets it go, if it is this process's own.
    pub(crate) fn clear(&self, _attached: Python<'_>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Refuses every interpreter of this process but the first, which CPython numbers 0: the others would share what is kept
/// here, and their objects with it. Newer versions of CPython refuse some of them themselves.
#[expect(unsafe_code, reason = "there is no safe way to ask which interpreter this is")]
pub(crate) fn refuse_sub_interpreter(_attached: Python<'_>) -> PyResult<()> {
    // SAFETY: the thread is attached, so it has an interpreter, and asking for its number changes nothing.
    let number = unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    if number == 0 {
        Ok(())
    } else {
        Err(PyImportError::new_err(
            "leadsquared_webhooks does not work in a subinterpreter; use threads or processes",
        ))
    }
}
