//! What a well-behaved client never does.

use serde::Serialize;

/// A kind of misuse: what a well-behaved client does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Misuse {
    /// A call above the account's quota.
    QuotaExceeded,
    /// A key in the URL that is not percent-encoded.
    KeysNotEncoded,
    /// Keys in the query and in the headers at once.
    KeysTwice,
    /// A create sent again, the same to the byte, after one whose outcome its sender could not
    /// know, and no Retrieve that could have shown the webhook was answered in between.
    AmbiguousCreateRepeated,
    /// A create made a webhook with the event, the URL and the properties of one that is there
    /// already, which doubles every delivery. The vendor takes it, and an account may want it: it
    /// alone does not make a report unclean.
    DuplicateCreated,
    /// A body that is not declared to be UTF-8.
    CharsetMissing,
}

impl Misuse {
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
                "a create whose answer was lost was sent again without looking; that can make a duplicate"
            }
            Self::DuplicateCreated => {
                "the account had such a webhook already; every delivery comes twice now"
            }
            Self::CharsetMissing => "the content type did not say charset=utf-8",
        }
    }
}

/// One thing that was noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind.
    pub kind: Misuse,
    /// Which request: the first is 1.
    pub request: usize,
    /// What is wrong, in a sentence.
    pub sentence: &'static str,
}

impl Finding {
    pub(crate) const fn new(kind: Misuse, request: usize) -> Self {
        Self { kind, request, sentence: kind.sentence() }
    }
}

/// All that was noted since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientReport {
    /// What was noted, in order.
    pub findings: Vec<Finding>,
}

impl ClientReport {
    /// Whether there is nothing, but duplicates that may be desired.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.kind == Misuse::DuplicateCreated)
    }

    /// How many there are of a kind.
    #[must_use]
    pub fn count(&self, kind: Misuse) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }
}
