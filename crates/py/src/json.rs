//! JSON from and to Python's own objects, by Python's own `json`.

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};

use crate::process::intern;
use serde_json::Value;

/// The text of any JSON value. Numbers that JSON lacks become `NaN` etc., which the rules refuse in
/// their own words.
pub(crate) fn text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let arguments = PyDict::new(py);
    arguments.set_item(intern!(py, "separators"), (",", ":"))?;
    py.import(intern!(py, "json"))?.call_method(intern!(py, "dumps"), (value,), Some(&arguments))?.extract()
}

/// The text of JSON that is given as it is, or as a text already.
pub(crate) fn text_or_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.to_owned()),
        Err(_) => text(value),
    }
}

/// The value of a JSON text.
pub(crate) fn value<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,))
}

/// A JSON value as Python's.
pub(crate) fn object<'py>(py: Python<'py>, json: &Value) -> PyResult<Bound<'py, PyAny>> {
    value(py, &json.to_string())
}
