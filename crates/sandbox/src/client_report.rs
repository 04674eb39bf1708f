//! Reports of client misuse.

use serde::Serialize;

/// A kind of misuse: something that a well-behaved client does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Misuse {
    /// A call above the account's quota.
    QuotaExceeded,
    /// A key in the URL that is not percent-encoded.
    KeysNotEncoded,
    /// Keys in both the query and the headers.
    KeysTwice,
    /// A create repeated byte for byte after one whose outcome the sender could not know, without
    /// an answered Retrieve in between that could have shown the webhook.
    AmbiguousCreateRepeated,
    /// A create with the event, the URL and the properties of an existing webhook, which doubles
    /// every delivery. LeadSquared accepts it, and it may be intended: it alone does not make a
    /// report unclean.
    DuplicateCreated,
    /// A body that is not declared as UTF-8.
    CharsetMissing,
}

impl Misuse {
    /// Returns a sentence that describes the misuse.
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

/// One occurrence of misuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The kind of misuse.
    pub kind: Misuse,
    /// The number of the request; the first is 1.
    pub request: usize,
    /// A sentence that describes the misuse.
    pub sentence: &'static str,
}

impl Finding {
    pub(crate) const fn new(kind: Misuse, request: usize) -> Self {
        Self { kind, request, sentence: kind.sentence() }
    }
}

/// All misuse since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientReport {
    /// The findings, in order.
    pub findings: Vec<Finding>,
}

impl ClientReport {
    /// Returns whether there are no findings, apart from duplicates, which may be intended.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.kind == Misuse::DuplicateCreated)
    }

    /// Returns the number of findings of one kind.
    #[must_use]
    pub fn count(&self, kind: Misuse) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }
}
