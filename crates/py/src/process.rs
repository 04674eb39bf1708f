//! State that belongs to one process. After `fork()` a child has the parent's memory but none of
//! its threads: a runtime in the child would wait forever, and dropping it would remove the
//! parent's sockets from the parent's event queue, which both processes share. A child therefore
//! leaves the parent's values untouched, never drops them, and creates its own.
//!
//! No lock is held across a fork, and no fork hook is registered: between the hooks of this package
//! and the fork, other hooks run Python code that lets other threads run. A lock that another
//! thread holds at that moment stays locked in the child forever. The child never encounters it:
//! each process finds its own values by its process ID, without a lock.

use std::{convert::Infallible, ops::Deref, process, ptr, sync::Arc};

use arc_swap::ArcSwapOption;
use pyo3::{
    exceptions::{PyImportError, PyRuntimeError},
    ffi::{PyObject, PyObject_Call},
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyString, PyTuple},
};

/// A value of the process that created it. In another process it is not dropped.
pub(crate) struct Owned<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: process::id(), value: Some(value) }
    }

    /// Whether this process created it.
    pub(crate) fn is_own(&self) -> bool {
        self.process == process::id()
    }

    /// The value, mutable, in the process that created it.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        if self.is_own() { self.value.as_mut() } else { None }
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;

    #[expect(clippy::expect_used, reason = "it is taken out only by drop")]
    fn deref(&self) -> &T {
        self.value.as_ref().expect("the value is there until it is dropped")
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if !self.is_own() {
            std::mem::forget(self.value.take());
        }
    }
}

/// A value that each process creates for itself.
pub(crate) struct PerProcess<T>(ArcSwapOption<Owned<T>>);

impl<T> PerProcess<T> {
    pub(crate) const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    pub(crate) fn new(value: T) -> Self {
        Self(ArcSwapOption::from_pointee(Owned::new(value)))
    }

    /// The value of this process, if there is one.
    pub(crate) fn own(&self) -> Option<Arc<Owned<T>>> {
        self.0.load_full().filter(|value| value.is_own())
    }

    /// The value of this process, created now if there is none. Threads that create one
    /// concurrently all get the first.
    pub(crate) fn get<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<Owned<T>>, E> {
        if let Some(own) = self.own() {
            return Ok(own);
        }
        let fresh = Arc::new(Owned::new(make()?));
        self.0.rcu(|now| match now {
            Some(first) if first.is_own() => Arc::clone(first),
            _ => Arc::clone(&fresh),
        });
        Ok(self.own().unwrap_or(fresh))
    }

    /// Drops the value, if it belongs to this process.
    pub(crate) fn clear(&self) {
        self.0.store(None);
    }
}

/// The exception of a call in a child that was forked during the call, by a signal or progress
/// handler.
pub(crate) fn forked() -> PyErr {
    PyRuntimeError::new_err(
        "the process was forked during this call; the call continues in the parent, which gets its outcome",
    )
}

/// The value of a cell, created now if it is empty. PyO3's methods keep the cell locked while they
/// create the value and wait for the interpreter: in a child that is forked meanwhile it stays
/// locked.
pub(crate) fn once<'a, T, E>(
    py: Python<'_>,
    cell: &'a PyOnceLock<T>,
    make: impl Fn() -> Result<T, E>,
) -> Result<&'a T, E> {
    loop {
        if let Some(value) = cell.get(py) {
            return Ok(value);
        }
        // A value that another thread has set meanwhile is kept.
        let _ = cell.set(py, make()?);
    }
}

/// A Python string that is created once: `pyo3::intern`, but with [`once`].
macro_rules! intern {
    ($py:expr, $text:literal) => {{
        static INTERNED: pyo3::sync::PyOnceLock<pyo3::Py<pyo3::types::PyString>> =
            pyo3::sync::PyOnceLock::new();
        $crate::process::interned($py, &INTERNED, $text)
    }};
}
pub(crate) use intern;

/// The string in the cell of an `intern!`.
pub(crate) fn interned<'a, 'py>(
    py: Python<'py>,
    cell: &'a PyOnceLock<Py<PyString>>,
    text: &str,
) -> &'a Bound<'py, PyString> {
    match once(py, cell, || Ok::<_, Infallible>(PyString::intern(py, text).unbind())) {
        Ok(interned) => interned.bind(py),
    }
}

/// Calls Python code. Up to CPython 3.13, an interpreter that exits ends every other thread that
/// runs Python by unwinding its stack. Rust destructors on that stack would access Python objects
/// without the interpreter's lock, and abort the process. Such a thread is halted here, before any
/// of them runs.
#[expect(unsafe_code, reason = "PyO3 declares the function as one that never unwinds")]
pub(crate) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    /// Halts its thread on drop.
    struct Halt;

    impl Drop for Halt {
        fn drop(&mut self) {
            loop {
                std::thread::park();
            }
        }
    }

    type Call = unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;

    // PyO3 declares the function as never unwinding, so the optimizer would remove `halt`. A second
    // declaration does not help, because linking merges the two.
    // SAFETY: the two types differ only in that this one permits unwinding.
    let call: Call = unsafe { std::mem::transmute(std::hint::black_box(PyObject_Call as *const ())) };
    let keywords = keywords.map_or(ptr::null_mut(), Bound::as_ptr);
    let halt = Halt;
    // SAFETY: the thread is attached, and the objects live until the function has returned.
    let value = unsafe { call(callable.as_ptr(), arguments.as_ptr(), keywords) };
    std::mem::forget(halt);
    // SAFETY: the function returns an object that its caller owns, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(callable.py(), value) }
}

/// Refuses every interpreter of this process except the first, which CPython numbers 0: the others
/// would share the state of this module and the Python objects in it. Newer versions of CPython
/// refuse some of them themselves.
#[expect(unsafe_code, reason = "there is no safe way to ask which interpreter this is")]
pub(crate) fn refuse_sub_interpreter(_attached: Python<'_>) -> PyResult<()> {
    // SAFETY: the thread is attached, so it has an interpreter, and reading its number changes
    // nothing.
    let number = unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    if number == 0 {
        Ok(())
    } else {
        Err(PyImportError::new_err(
            "leadsquared_webhooks does not work in a subinterpreter; use threads or processes",
        ))
    }
}
