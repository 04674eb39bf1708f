//! What goes wrong on demand.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{call::Call, foreign_change::ForeignChange, limits::RateLimitForm};

/// Something that goes wrong with one call. Queued one by one: each vendor request takes the next
/// that is for it. A read is applied without a trace.
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
    /// A 200 that says `"Status":"Error"` without an `MX…` type. That a 200 holds an error was
    /// *observed*; that one has no such type is the sandbox's choice.
    #[serde(rename = "error_with_200")]
    ErrorWith200 {
        /// Whether the call is applied.
        #[serde(default)]
        applied: bool,
    },
    /// The answer of a Retrieve, which alone takes this, tells this `RecordCount`, whatever it
    /// holds (the sandbox's choice).
    WrongRecordCount {
        /// What it tells.
        count: u64,
    },
    /// Somebody else changes the account before the call is applied, so that a list shifts between
    /// two pages, or what was looked for is there or gone a moment later. The call itself goes
    /// well. A change that the account refuses answers the call with a 500 that says why.
    Meanwhile(ForeignChange),
    /// The webhook of a create, which alone takes this, shows up in Retrieve so much later, in
    /// milliseconds. It exists at once. Together with another fault:
    /// [`visible_after`](Self::visible_after).
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
            | Self::ErrorWith200 { .. }
            | Self::Redirect { .. } => true,
            Self::Html { status } | Self::Status { status, .. } | Self::ApplyThenStatus { status, .. } => {
                *status < 400 || *status >= 500
            }
            Self::Delay { .. }
            | Self::DelayAnswer { .. }
            | Self::RateLimited { .. }
            | Self::WrongRecordCount { .. }
            | Self::Meanwhile(_)
            | Self::LateVisibility { .. } => false,
        }
    }

    /// Whether the client gets the answer of the call itself.
    pub(crate) const fn lets_answer(&self) -> bool {
        matches!(
            self,
            Self::Delay { .. }
                | Self::DelayAnswer { .. }
                | Self::WrongRecordCount { .. }
                | Self::Meanwhile(_)
                | Self::LateVisibility { .. }
        )
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

    /// For the call after so many that it could be for.
    #[must_use]
    pub fn skip(self, calls: u32) -> QueuedFault {
        QueuedFault::from(self).skip(calls)
    }
}

/// A [`Fault`] in the queue, and for which call it is: any, when nothing is said.
///
/// As JSON: `{"fault": "stall", "on": "update"}`, `{"fault": "apply_then_close",
/// "visible_after_ms": 900}`, `{"fault": "meanwhile", "delete": "…", "on": "retrieve", "skip": 1}`
/// for the second Retrieve from now on.
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
    #[serde(skip_serializing_if = "is_zero")]
    skip: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(skip: &u32) -> bool {
    *skip == 0
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

    /// For the call after so many that it could be for, whatever these meet.
    #[must_use]
    pub fn skip(self, calls: u32) -> Self {
        Self { skip: calls, ..self }
    }

    /// Whether such a call takes it, once its turn has come.
    fn is_for(&self, call: Option<Call>) -> bool {
        let takes_alone = match self.fault {
            Fault::WrongRecordCount { .. } => Some(Call::Retrieve),
            _ => self.visibility().map(|_| Call::Create),
        };
        [self.on, takes_alone].into_iter().flatten().all(|alone| call == Some(alone))
    }

    /// A call that it could be for arrives: whether its turn has come.
    pub(crate) fn is_due(&mut self, call: Option<Call>) -> bool {
        if !self.is_for(call) {
            return false;
        }
        let is_due = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        is_due
    }

    /// The `RecordCount` that a Retrieve tells instead of the true one.
    pub(crate) const fn record_count(&self) -> Option<u64> {
        match self.fault {
            Fault::WrongRecordCount { count } => Some(count),
            _ => None,
        }
    }

    /// What somebody else does first.
    pub(crate) const fn meanwhile(&self) -> Option<&ForeignChange> {
        match &self.fault {
            Fault::Meanwhile(change) => Some(change),
            _ => None,
        }
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
        Self { fault, on: None, visible_after_ms: None, skip: 0 }
    }
}

impl TryFrom<Map<String, Value>> for QueuedFault {
    type Error = serde_json::Error;

    fn try_from(mut members: Map<String, Value>) -> Result<Self, Self::Error> {
        let on = members.remove("on").map(serde_json::from_value).transpose()?.flatten();
        let visible_after_ms =
            members.remove("visible_after_ms").map(serde_json::from_value).transpose()?.flatten();
        let skip: Option<Option<_>> = members.remove("skip").map(serde_json::from_value).transpose()?;
        let fault: Fault = serde_json::from_value(Value::Object(members.clone()))?;
        // serde takes any member beside the tag of a variant without fields: a mistyped "on" would
        // be lost.
        let known = serde_json::to_value(&fault)?;
        if let Some(unknown) = members.keys().find(|name| known.get(name).is_none()) {
            return Err(serde::de::Error::custom(format_args!("unknown field `{unknown}`")));
        }
        Ok(Self { fault, on, visible_after_ms, skip: skip.flatten().unwrap_or_default() })
    }
}
