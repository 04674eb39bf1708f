//! The calls of the webhook service.

use std::fmt;

/// The effect of a second identical call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// It makes a duplicate: Create is not idempotent (*observed*). Only a call that was certainly
    /// not applied is retried.
    NonIdempotent,
    /// It has no further effect: reads, deletes and full updates.
    Idempotent,
}

/// One of the four calls of the webhook service.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Operation, retry::Idempotency};
///
/// assert!(Operation::Update.is_write());
/// assert!(!Operation::Retrieve.is_write());
/// assert_eq!(Operation::Create.idempotency(), Idempotency::NonIdempotent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /v2/Webhook.svc/Create`, *documented*.
    Create,
    /// `POST /v2/Webhook.svc/Update`, *documented*.
    Update,
    /// `GET /v2/Webhook.svc/Delete`, *documented*.
    Delete,
    /// `POST /v2/Webhook.svc/Retrieve`, *documented*: lists webhooks, or returns one.
    Retrieve,
}

impl Operation {
    /// The stable name, also in JSON: `create`, `update`, `delete` or `retrieve`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Retrieve => "retrieve",
        }
    }

    /// Whether the call changes the account.
    #[must_use]
    pub const fn is_write(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Delete => true,
            Self::Retrieve => false,
        }
    }

    /// The effect of a second identical call.
    #[must_use]
    pub const fn idempotency(self) -> Idempotency {
        match self {
            Self::Create => Idempotency::NonIdempotent,
            Self::Update | Self::Delete | Self::Retrieve => Idempotency::Idempotent,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
