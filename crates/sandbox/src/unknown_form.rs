//! A form that a setting does not know.

use std::{error::Error, fmt};

/// The text is none of the forms that a setting knows; the message names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownForm {
    given: String,
    known: &'static str,
}

impl UnknownForm {
    pub(crate) fn new(given: &str, known: &'static str) -> Self {
        Self { given: given.to_owned(), known }
    }
}

impl fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { given, known } = self;
        write!(f, "{given:?} is not {known}")
    }
}

impl Error for UnknownForm {}
