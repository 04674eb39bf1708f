//! Fault injection.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{call::Call, foreign_change::ForeignChange, limits::RateLimitForm};

/// A fault injected into one call. Faults are queued, and each API request takes the first one that
/// applies to it. Applying a read has no side effects.
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
    /// The call arrives, and is applied after this delay.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The call is applied, and answered after this delay.
    DelayAnswer {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection closes; the call is not applied.
    CloseBeforeApply,
    /// The call is applied, and the connection closes without an answer.
    ApplyThenClose,
    /// The call is applied, and answered with a 500 without an `MX…` type.
    #[serde(rename = "apply_then_500")]
    ApplyThen500,
    /// The call is applied, but never answered.
    ApplyThenStall,
    /// The call is neither applied nor answered.
    Stall,
    /// The call is applied, and its answer is truncated in the middle.
    Truncated,
    /// The call is applied, and its answer is this large.
    Oversized {
        /// Bytes of the body.
        bytes: usize,
    },
    /// An HTML page; the call is not applied.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// Any answer; the call is not applied.
    Status {
        /// The HTTP status.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
        /// Additional headers.
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
    /// A rate-limit answer, regardless of the quota; the call is not applied.
    RateLimited {
        /// The number of calls in the message.
        limit: u32,
        /// The window in the message, in seconds.
        window_s: u64,
        /// The form of the answer.
        #[serde(default)]
        form: RateLimitForm,
    },
    /// A redirect with status 307; the call is not applied.
    Redirect {
        /// The redirect target.
        location: String,
    },
    /// A 200 with `"Status":"Error"` and without an `MX…` type. A 200 that holds an error was
    /// *observed*; one without such a type is the sandbox's choice.
    #[serde(rename = "error_with_200")]
    ErrorWith200 {
        /// Whether the call is applied.
        #[serde(default)]
        applied: bool,
    },
    /// The answer reports this `RecordCount`, regardless of its contents (the sandbox's choice).
    /// For Retrieve only.
    WrongRecordCount {
        /// The reported `RecordCount`.
        count: u64,
    },
    /// Someone else changes the account before the call is applied: a list shifts between two
    /// pages, or a webhook appears or disappears just after it was looked up. The call itself
    /// succeeds. If the account refuses the change, the call is answered with a 500 that states the
    /// reason.
    Meanwhile(ForeignChange),
    /// The created webhook exists at once, but shows up in Retrieve only after this delay. For
    /// Create only. To combine it with another fault, use [`visible_after`](Self::visible_after).
    LateVisibility {
        /// Milliseconds.
        ms: u64,
    },
}

impl Fault {
    /// Returns whether the client cannot know if the call was applied.
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

    /// Returns whether the client gets the call's own answer.
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

    /// Restricts the fault to this call; the fault stays in the queue until one arrives.
    #[must_use]
    pub fn on(self, call: Call) -> QueuedFault {
        QueuedFault::from(self).on(call)
    }

    /// Restricts the fault to Create; the created webhook, if any, shows up in Retrieve after
    /// `delay`.
    #[must_use]
    pub fn visible_after(self, delay: Duration) -> QueuedFault {
        QueuedFault::from(self).visible_after(delay)
    }

    /// Skips this many calls that the fault would apply to.
    #[must_use]
    pub fn skip(self, calls: u32) -> QueuedFault {
        QueuedFault::from(self).skip(calls)
    }
}

/// A [`Fault`] in the queue and the calls that it applies to; any call by default.
///
/// As JSON:
///
/// - `{"fault": "stall", "on": "update"}`
/// - `{"fault": "apply_then_close", "visible_after_ms": 900}`
/// - `{"fault": "meanwhile", "delete": "…", "on": "retrieve", "skip": 1}` for the second Retrieve
///   from now on
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
    /// Restricts the fault to this call; the fault stays in the queue until one arrives.
    #[must_use]
    pub fn on(self, call: Call) -> Self {
        Self { on: Some(call), ..self }
    }

    /// Restricts the fault to Create; the created webhook, if any, shows up in Retrieve after
    /// `delay`.
    #[must_use]
    pub fn visible_after(self, delay: Duration) -> Self {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self { visible_after_ms: Some(ms), ..self }
    }

    /// Skips this many calls that the fault would apply to, whichever other faults those take.
    #[must_use]
    pub fn skip(self, calls: u32) -> Self {
        Self { skip: calls, ..self }
    }

    /// Returns whether the fault applies to this call, apart from `skip`.
    fn is_for(&self, call: Option<Call>) -> bool {
        let takes_alone = match self.fault {
            Fault::WrongRecordCount { .. } => Some(Call::Retrieve),
            _ => self.visibility().map(|_| Call::Create),
        };
        [self.on, takes_alone].into_iter().flatten().all(|alone| call == Some(alone))
    }

    /// Counts a call if the fault applies to it, and returns whether the fault is due.
    pub(crate) fn is_due(&mut self, call: Option<Call>) -> bool {
        if !self.is_for(call) {
            return false;
        }
        let is_due = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        is_due
    }

    /// Returns the `RecordCount` that a Retrieve reports instead of the true one.
    pub(crate) const fn record_count(&self) -> Option<u64> {
        match self.fault {
            Fault::WrongRecordCount { count } => Some(count),
            _ => None,
        }
    }

    /// Returns the change that someone else makes first.
    pub(crate) const fn meanwhile(&self) -> Option<&ForeignChange> {
        match &self.fault {
            Fault::Meanwhile(change) => Some(change),
            _ => None,
        }
    }

    /// Returns the delay until the webhook shows up.
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
        // serde accepts any member next to the tag of a variant without fields: a misspelled "on"
        // would be lost.
        let known = serde_json::to_value(&fault)?;
        if let Some(unknown) = members.keys().find(|name| known.get(name).is_none()) {
            return Err(serde::de::Error::custom(format_args!("unknown field `{unknown}`")));
        }
        Ok(Self { fault, on, visible_after_ms, skip: skip.flatten().unwrap_or_default() })
    }
}
