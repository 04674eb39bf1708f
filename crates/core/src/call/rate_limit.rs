//! The account's quota as reported by a rate-limit response.

use std::time::Duration;

/// The limit in the message of a rate-limit response: "API calls exceeded the limit of 25 in 5
/// second(s)".
///
/// The message is *documented*; 10, 20, 25 and 72 in 5 were *observed*. A number that is missing,
/// zero or out of range is `None`.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks_core::RateLimit;
///
/// let limit = RateLimit::in_message("API calls exceeded the limit of 25 in 5 second(s)");
/// assert_eq!(limit, Some(RateLimit { calls: Some(25), window: Some(Duration::from_secs(5)) }));
/// assert_eq!(RateLimit::in_message("Too many requests"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// N: the number of calls per window.
    pub calls: Option<u32>,
    /// M: the length of the window, reported in whole seconds.
    pub window: Option<Duration>,
}

impl RateLimit {
    const BEFORE: &str = "API calls exceeded the limit of ";

    /// Finds the rate-limit sentence anywhere in a text.
    #[must_use]
    pub fn in_message(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(Self::BEFORE)?;
        let (calls, rest) = split_digits(rest)?;
        let (seconds, rest) = split_digits(rest.strip_prefix(" in ")?)?;
        rest.starts_with(" second").then(|| Self {
            calls: calls.parse().ok().filter(|calls| *calls > 0),
            window: seconds
                .parse()
                .ok()
                .filter(|seconds| *seconds > 0)
                .map(|seconds: u32| Duration::from_secs(seconds.into())),
        })
    }
}

/// Splits a text after its leading digits, at least one.
fn split_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())
}
