//! Conversion between JSON and Python objects, with Python's `json` module.

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};

use crate::process::intern;
use serde_json::Value;

/// Serializes any JSON value. Numbers that JSON lacks become `NaN` etc., which validation refuses
/// with its own message.
pub(crate) fn text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let arguments = PyDict::new(py);
    arguments.set_item(intern!(py, "separators"), (",", ":"))?;
    py.import(intern!(py, "json"))?.call_method(intern!(py, "dumps"), (value,), Some(&arguments))?.extract()
}

/// The JSON text of a value, or of a string that already is JSON text.
pub(crate) fn text_or_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.to_owned()),
        Err(_) => text(value),
    }
}

/// Parses a JSON text.
pub(crate) fn value<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,))
}

/// A JSON value as a Python object.
pub(crate) fn object<'py>(py: Python<'py>, json: &Value) -> PyResult<Bound<'py, PyAny>> {
    value(py, &json.to_string())
}
