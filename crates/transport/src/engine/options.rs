//! Settings of one call.

use std::time::Duration;

/// Settings of one call, which override the client's.
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
    /// The deadline of the call, counted from its admission by the quota and including retries and
    /// waits.
    pub timeout: Option<Duration>,
    /// The maximum number of attempts, including the first.
    pub attempts: Option<u32>,
    /// The maximum wait for the quota before the first attempt.
    pub quota_wait: Option<Duration>,
}
