//! What belongs to one process. After `fork()` a child has the parent's memory and none of its
//! threads: a runtime there waits for ever, and to drop it would take the parent's sockets out of
//! the parent's own event queue, which both share. So a child leaves the parent's things untouched,
//! never drops them, and makes its own.
//!
//! No lock is held over a fork, and no hook is registered for it: between the hooks of this package
//! and the fork other hooks run, of Python code that lets other threads in. A lock that another
//! thread holds at that moment stays locked in the child for ever. The child never meets it: each
//! process finds its own things by its process ID, without a lock.

use std::{convert::Infallible, ops::Deref, process, ptr, sync::Arc};

use arc_swap::ArcSwapOption;
use pyo3::{
    exceptions::{PyImportError, PyRuntimeError},
    ffi::{PyObject, PyObject_Call},
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyString, PyTuple},
};

/// Something of the process that made it. In another one it is not dropped.
pub(crate) struct Owned<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: process::id(), value: Some(value) }
    }

    /// Whether this process made it.
    pub(crate) fn is_own(&self) -> bool {
        self.process == process::id()
    }

    /// The value, to be changed, in the process that made it.
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

/// Something that each process makes for itself.
pub(crate) struct PerProcess<T>(ArcSwapOption<Owned<T>>);

impl<T> PerProcess<T> {
    pub(crate) const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    pub(crate) fn new(value: T) -> Self {
        Self(ArcSwapOption::from_pointee(Owned::new(value)))
    }

    /// This process's own, if there is one.
    pub(crate) fn own(&self) -> Option<Arc<Owned<T>>> {
        self.0.load_full().filter(|value| value.is_own())
    }

    /// This process's own, made now if there is none. Threads that make one at once all get the
    /// first.
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

    /// Lets it go, if it is this process's own.
    pub(crate) fn clear(&self) {
        self.0.store(None);
    }
}

/// What a call raises in a child that was forked during it, by a handler of a signal or of
/// progress.
pub(crate) fn forked() -> PyErr {
    PyRuntimeError::new_err(
        "the process was forked during this call; the call continues in the parent, which gets its outcome",
    )
}

/// What a cell holds, made now if it is empty. PyO3's own methods keep the cell locked while they
/// make the value and wait for the interpreter: in a child that is forked meanwhile it stays
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
        // A value that another thread has set meanwhile stays.
        let _ = cell.set(py, make()?);
    }
}

/// A Python string that is made once: `pyo3::intern`, by way of [`once`].
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

/// Calls Python code. Up to CPython 3.13 an interpreter that exits ends every other thread that
/// runs Python by unwinding its stack. Destructors of Rust on that stack would touch Python objects
/// without the interpreter's lock, and abort the process: such a thread is halted here, below all
/// of them.
#[expect(unsafe_code, reason = "PyO3 declares the function as one that never unwinds")]
pub(crate) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    /// Halts its thread when it is dropped.
    struct Halt;

    impl Drop for Halt {
        fn drop(&mut self) {
            loop {
                std::thread::park();
            }
        }
    }

    type Call = unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;

    // PyO3 declares it as never unwinding, and the optimizer would drop `halt` for that: a second
    // declaration does not help, for linking merges the two.
    // SAFETY: the two types differ in nothing but that this one admits unwinding.
    let call: Call = unsafe { std::mem::transmute(std::hint::black_box(PyObject_Call as *const ())) };
    let keywords = keywords.map_or(ptr::null_mut(), Bound::as_ptr);
    let halt = Halt;
    // SAFETY: the thread is attached, and the objects live until the function has returned.
    let value = unsafe { call(callable.as_ptr(), arguments.as_ptr(), keywords) };
    std::mem::forget(halt);
    // SAFETY: the function returns an object that its caller owns, or nothing and sets an
    // exception.
    unsafe { Bound::from_owned_ptr_or_err(callable.py(), value) }
}

/// Refuses every interpreter of this process but the first, which CPython numbers 0: the others
/// would share what is kept here, and their objects with it. Newer versions of CPython refuse some
/// of them themselves.
#[expect(unsafe_code, reason = "there is no safe way to ask which interpreter this is")]
pub(crate) fn refuse_sub_interpreter(_attached: Python<'_>) -> PyResult<()> {
    // SAFETY: the thread is attached, so it has an interpreter, and asking for its number changes
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
