//! The error for a setting with an unknown form.

use std::{error::Error, fmt};

/// A text that is not one of a setting's forms; the message lists them.
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
