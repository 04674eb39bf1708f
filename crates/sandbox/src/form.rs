//! The members of a body, by their documented types.

use serde_json::{Map, Value};

use crate::envelope::Answer;

/// Parses the members of a body: a JSON object in UTF-8. Anything else gets a permanent 400
/// (*observed* for UTF-8).
pub(crate) fn members(body: &[u8]) -> Result<Map<String, Value>, Answer> {
    let text = std::str::from_utf8(body).map_err(|_| Answer::bad_request("The body is not UTF-8."))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Answer::bad_request("The body is not a JSON object.")),
    }
}

/// An object with typed access to its members; null counts as absent.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Form<'a> {
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn optional_string(self, name: &str) -> Result<Option<&'a str>, Answer> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    pub(crate) fn string(self, name: &str) -> Result<&'a str, Answer> {
        self.optional_string(name)?.ok_or_else(|| wrong(name, "a string"))
    }

    /// Returns a string; a blank one counts as absent.
    pub(crate) fn filled_string(self, name: &str) -> Result<Option<&'a str>, Answer> {
        Ok(self.optional_string(name)?.filter(|text| !text.trim().is_empty()))
    }

    pub(crate) fn boolean(self, name: &str) -> Result<bool, Answer> {
        self.get(name).and_then(Value::as_bool).ok_or_else(|| wrong(name, "a boolean"))
    }

    pub(crate) fn optional_object(self, name: &str) -> Result<Option<Form<'a>>, Answer> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Form(members))),
            Some(_) => Err(wrong(name, "an object")),
        }
    }

    /// Returns a whole number from 1.
    pub(crate) fn optional_count(self, name: &str) -> Result<Option<usize>, Answer> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
        count.map(Some).ok_or_else(|| wrong(name, "a whole number from 1"))
    }
}

pub(crate) fn wrong(name: &str, kind: &str) -> Answer {
    Answer::bad_request(&format!("{name} is not {kind}."))
}
