//! What goes wrong on demand.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{call::Call, limits::RateLimitForm};

/// Something that goes wrong with one call. Queued one by one: each vendor request takes the next that is for it. A read
/// is applied without a trace.
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
    /// The webhook of a create, which alone takes this, shows up in Retrieve so much later, in milliseconds. It exists at
    /// once. Together with another fault: [`visible_after`](Self::visible_after).
    LateVisibility {
        /// Milliseconds.
        ms: u64,
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
            Self::Delay { .. }
            | Self::DelayAnswer { .. }
            | Self::RateLimited { .. }
            | Self::LateVisibility { .. } => false,
        }
    }

    /// Whether the client gets the answer of the call itself.
    pub(crate) const fn lets_answer(&self) -> bool {
        matches!(self, Self::Delay { .. } | Self::DelayAnswer { .. } | Self::LateVisibility { .. })
    }

    /// For this call alone: until one comes, it stays in the queue.
    #[must_use]
    pub fn on(self, call: Call) -> QueuedFault {
        QueuedFault::from(self).on(call)
    }

    /// For a create alone, whose webhook, if it is made, shows up in Retrieve so much later.
    #[must_use]
    pub fn visible_after(self, delay: Duration) -> QueuedFault {
        QueuedFault::from(self).visible_after(delay)
    }
}

/// A [`Fault`] in the queue, and for which call it is: any, when nothing is said.
///
/// As JSON: `{"fault": "stall", "on": "update"}`, `{"fault": "apply_then_close", "visible_after_ms": 900}`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::{Call, Fault, QueuedFault};
///
/// let fault: QueuedFault = serde_json::from_str(r#"{"fault": "stall", "on": "update"}"#)?;
/// assert_eq!(fault, Fault::Stall.on(Call::Update));
/// assert!(serde_json::from_str::<QueuedFault>(r#"{"fault": "stall", "on": "patch"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct QueuedFault {
    #[serde(flatten)]
    fault: Fault,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<Call>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visible_after_ms: Option<u64>,
}

impl QueuedFault {
    /// For this call alone: until one comes, it stays in the queue.
    #[must_use]
    pub fn on(self, call: Call) -> Self {
        Self { on: Some(call), ..self }
    }

    /// For a create alone, whose webhook, if it is made, shows up in Retrieve so much later.
    #[must_use]
    pub fn visible_after(self, delay: Duration) -> Self {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self { visible_after_ms: Some(ms), ..self }
    }

    /// Whether such a call takes it.
    pub(crate) fn is_for(&self, call: Option<Call>) -> bool {
        self.on.is_none_or(|on| call == Some(on))
            && (self.visibility().is_none() || call == Some(Call::Create))
    }

    /// How much later the webhook shows up.
    pub(crate) fn visibility(&self) -> Option<Duration> {
        let of_fault = match self.fault {
            Fault::LateVisibility { ms } => Some(ms),
            _ => None,
        };
        self.visible_after_ms.or(of_fault).map(Duration::from_millis)
    }

    pub(crate) const fn fault(&self) -> &Fault {
        &self.fault
    }
}

impl From<Fault> for QueuedFault {
    fn from(fault: Fault) -> Self {
        Self { fault, on: None, visible_after_ms: None }
    }
}

impl TryFrom<Map<String, Value>> for QueuedFault {
    type Error = serde_json::Error;

    fn try_from(mut members: Map<String, Value>) -> Result<Self, Self::Error> {
        let on = members.remove("on").map(serde_json::from_value).transpose()?.flatten();
        let visible_after_ms =
            members.remove("visible_after_ms").map(serde_json::from_value).transpose()?.flatten();
        let fault: Fault = serde_json::from_value(Value::Object(members.clone()))?;
        // serde takes any member beside the tag of a variant without fields: a mistyped "on" would be lost.
        let known = serde_json::to_value(&fault)?;
        if let Some(unknown) = members.keys().find(|name| known.get(name).is_none()) {
            return Err(serde::de::Error::custom(format_args!("unknown field `{unknown}`")));
        }
        Ok(Self { fault, on, visible_after_ms })
    }
}
