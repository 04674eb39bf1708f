//! The answers of the API: a status and a JSON envelope.

use serde_json::{Value, json};

/// An answer in LeadSquared's format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// A 200 with an ID, as Create answers (*documented*, *observed*).
    pub(crate) fn with_id(id: &str) -> Self {
        Self::json(200, &json!({"Status": "Success", "Message": {"Id": id}}))
    }

    /// An error envelope; its members are *observed*.
    pub(crate) fn error(status: u16, exception_type: &str, message: &str) -> Self {
        Self::json(
            status,
            &json!({"Status": "Error", "ExceptionType": exception_type, "ExceptionMessage": message}),
        )
    }

    /// A 400 for a malformed body (*documented*; the type is the sandbox's choice).
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::error(400, "MXInvalidInputException", message)
    }

    /// A user error: a 500 with an `MX…` type (*observed*).
    pub(crate) fn mistake(exception_type: &str, message: &str) -> Self {
        Self::error(500, exception_type, message)
    }

    /// A server fault: a 500 without an `MX…` type (the type is the sandbox's choice).
    pub(crate) fn fault() -> Self {
        Self::error(
            500,
            "System.NullReferenceException",
            "Object reference not set to an instance of an object.",
        )
    }

    /// Delete's real answer is unknown; this one is the sandbox's choice.
    pub(crate) fn deleted() -> Self {
        Self::json(200, &json!({"Status": "Success", "Message": {"AffectedRows": 1}}))
    }

    /// The answer for an ID that the account does not have. The real answer is unknown; all of this
    /// one is the sandbox's choice.
    pub(crate) fn no_such_webhook() -> Self {
        Self::mistake("MXInvalidEntityReferenceException", "Webhook not found")
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string() }
    }
}
