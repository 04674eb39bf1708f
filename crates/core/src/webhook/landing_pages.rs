//! The landing pages that trigger a submission event.

use crate::webhook::name::LandingPageUrl;

/// The landing pages whose submissions trigger the event.
///
/// Wire names `IsSpecificLandingPage` and `LandingPageUrls`. LeadSquared's documentation calls the
/// URLs mandatory, but its own sample of this event has none, and its UI offers both
/// (*documented*). The wire format of the list, an array of strings, is *inferred*.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{LandingPageUrls, LandingPages};
///
/// let only = LandingPageUrls::try_from(vec!["https://example.com/signup".parse()?])?;
/// assert_ne!(LandingPages::Only(only), LandingPages::All);
/// assert!(LandingPageUrls::try_from(vec![]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum LandingPages {
    /// Every landing page of the account: the default, as in LeadSquared's sample.
    #[default]
    All,
    /// Only these pages.
    Only(LandingPageUrls),
}

/// One or more landing pages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LandingPageUrls(Vec<LandingPageUrl>);

impl LandingPageUrls {
    /// The pages, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[LandingPageUrl] {
        &self.0
    }
}

impl TryFrom<Vec<LandingPageUrl>> for LandingPageUrls {
    type Error = InvalidLandingPages;

    fn try_from(pages: Vec<LandingPageUrl>) -> Result<Self, Self::Error> {
        if pages.is_empty() { Err(InvalidLandingPages) } else { Ok(Self(pages)) }
    }
}

/// The error for an empty list of landing pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is empty; name at least one page, or leave the list out for all pages")]
pub struct InvalidLandingPages;
