//! Settings of one call.

use std::time::Duration;

/// Settings of one call, each in the place of the client's own.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::CallOptions;
///
/// let patient = CallOptions::builder().timeout(Duration::from_secs(120)).attempts(8).build();
/// assert_eq!(patient.timeout, Some(Duration::from_secs(120)));
/// assert_eq!(CallOptions::default().timeout, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bon::Builder)]
pub struct CallOptions {
    /// The deadline of the call, from the moment that the quota lets it out; retries and waits
    /// included.
    pub timeout: Option<Duration>,
    /// The most attempts, the first one included.
    pub attempts: Option<u32>,
    /// The longest wait for the quota before the first attempt.
    pub quota_wait: Option<Duration>,
}
