//! What a rate-limit answer says of the account's quota.

use std::time::Duration;

/// The limit that a rate-limit answer tells in its message: "API calls exceeded the limit of 25 in
/// 5 second(s)".
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
    /// N: how many calls the window holds.
    pub calls: Option<u32>,
    /// M: how long the window is, told in whole seconds.
    pub window: Option<Duration>,
}

impl RateLimit {
    const BEFORE: &str = "API calls exceeded the limit of ";

    /// Finds the vendor's sentence anywhere in a text.
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

/// The leading digits, one or more, and what follows.
fn split_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())
}
