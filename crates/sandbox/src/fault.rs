//! What goes wrong on demand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::RateLimitForm;

/// Something that goes wrong with one call. Queued one by one: each vendor request takes the next.
///
/// As JSON: `{"fault": "delay", "ms": 400}`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::Fault;
///
/// let fault: Fault = serde_json::from_str(r#"{"fault": "html", "status": 502}"#)?;
/// assert_eq!(fault, Fault::Html { status: 502 });
/// assert!(serde_json::from_str::<Fault>(r#"{"fault": "gremlin"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The call arrives, and is applied so much later, in milliseconds.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The call is applied, and answered so much later, in milliseconds.
    DelayAnswer {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection closes; nothing was applied.
    CloseBeforeApply,
    /// The call is applied, and the connection closes without an answer.
    ApplyThenClose,
    /// The call is applied, and a 500 without an `MX…` type answers.
    #[serde(rename = "apply_then_500")]
    ApplyThen500,
    /// The call is applied and never answered.
    ApplyThenStall,
    /// The call is neither applied nor answered.
    Stall,
    /// The call is applied, and its answer is cut in the middle.
    Truncated,
    /// The call is applied, and its answer is this large.
    Oversized {
        /// Bytes of the body.
        bytes: usize,
    },
    /// A page in HTML; nothing was applied.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// Any answer; nothing was applied.
    Status {
        /// The HTTP status.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// Any answer, after the call was applied.
    ApplyThenStatus {
        /// The HTTP status.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// A rate limit, whatever the quota says; nothing was applied.
    RateLimited {
        /// The calls that the message tells.
        limit: u32,
        /// The window that the message tells, in seconds.
        window_s: u64,
        /// Its form.
        #[serde(default)]
        form: RateLimitForm,
    },
    /// A 307 to elsewhere; nothing was applied.
    Redirect {
        /// Where to.
        location: String,
    },
}

impl Fault {
    /// Whether the client cannot know if the call was applied.
    pub(crate) const fn leaves_open(&self) -> bool {
        match self {
            Self::CloseBeforeApply
            | Self::ApplyThenClose
            | Self::ApplyThen500
            | Self::ApplyThenStall
            | Self::Stall
            | Self::Truncated
            | Self::Oversized { .. }
            | Self::Redirect { .. } => true,
            Self::Html { status } | Self::Status { status, .. } | Self::ApplyThenStatus { status, .. } => {
                *status < 400 || *status >= 500
            }
            Self::Delay { .. } | Self::DelayAnswer { .. } | Self::RateLimited { .. } => false,
        }
    }
}
