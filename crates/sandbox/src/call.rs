//! The calls of the webhook service.

use http::Method;
use serde::{Deserialize, Serialize};

/// A call of the webhook service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `POST /v2/Webhook.svc/Create` (*documented*).
    Create,
    /// `POST /v2/Webhook.svc/Update` (*documented*).
    Update,
    /// `POST /v2/Webhook.svc/Retrieve` (*documented*).
    Retrieve,
    /// `GET /v2/Webhook.svc/Delete`; a POST was *observed* to answer 405.
    Delete,
}

impl Call {
    /// Returns the call with this path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Some(match path.strip_prefix("/v2/Webhook.svc/")? {
            "Create" => Self::Create,
            "Update" => Self::Update,
            "Retrieve" => Self::Retrieve,
            "Delete" => Self::Delete,
            _ => return None,
        })
    }

    /// Returns the only HTTP method that the call accepts.
    pub(crate) const fn method(self) -> Method {
        match self {
            Self::Create | Self::Update | Self::Retrieve => Method::POST,
            Self::Delete => Method::GET,
        }
    }
}
