//! The command line, included in the wheel.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs ``lsq-webhooks`` with these arguments, the program's name first, and returns its exit
/// status.
#[pyfunction]
#[pyo3(signature = (arguments, /))]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| leadsquared_webhooks_cli::exit_status(arguments))
}
