//! What a well-behaved client never does.

use serde::Serialize;

/// A kind of bad manners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadManners {
    /// A call above the account's quota.
    QuotaExceeded,
    /// A key in the URL that is not percent-encoded.
    KeysNotEncoded,
    /// Keys in the query and in the headers at once.
    KeysTwice,
    /// A create sent again, the same to the byte, after one whose outcome its sender could not know.
    AmbiguousCreateRepeated,
    /// A body that is not declared to be UTF-8.
    CharsetMissing,
}

impl BadManners {
    /// What is wrong with it, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::QuotaExceeded => "the call was above the account's quota",
            Self::KeysNotEncoded => {
                "a key in the URL was not percent-encoded; a raw $ makes the vendor drop the request"
            }
            Self::KeysTwice => "the keys were in the query and in the headers at once",
            Self::AmbiguousCreateRepeated => {
                "a create whose answer was lost was sent again; that can make a twin"
            }
            Self::CharsetMissing => "the content type did not say charset=utf-8",
        }
    }
}

/// One offence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind.
    pub kind: BadManners,
    /// Which request: the first is 1.
    pub request: usize,
    /// What is wrong, in a sentence.
    pub sentence: &'static str,
}

/// All offences since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Manners {
    /// The offences, in order.
    pub findings: Vec<Finding>,
}

impl Manners {
    /// Whether there is none.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many there are of a kind.
    #[must_use]
    pub fn count(&self, kind: BadManners) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }

    pub(crate) fn note(&mut self, kind: BadManners, request: usize) {
        self.findings.push(Finding { kind, request, sentence: kind.sentence() });
    }
}
