//! The answers of the API: a status and a JSON envelope.

use serde_json::{Value, json};

/// An answer of the vendor's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// 200 with an id, as Create answers (*documented*, *observed*).
    pub(crate) fn with_id(id: &str) -> Self {
        Self::json(200, &json!({"Status": "Success", "Message": {"Id": id}}))
    }

    /// An error's envelope; which members it has is *observed*.
    pub(crate) fn error(status: u16, exception_type: &str, message: &str) -> Self {
        Self::json(
            status,
            &json!({"Status": "Error", "ExceptionType": exception_type, "ExceptionMessage": message}),
        )
    }

    /// The body is not as it should be: 400 (*documented*; the type is the sandbox's choice).
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::error(400, "MXInvalidInputException", message)
    }

    /// A user's mistake comes as a 500 with an `MX…` type (*observed*).
    pub(crate) fn mistake(exception_type: &str, message: &str) -> Self {
        Self::error(500, exception_type, message)
    }

    /// A fault of the server's own: a 500 without an `MX…` type (the type is the sandbox's choice).
    pub(crate) fn fault() -> Self {
        Self::error(
            500,
            "System.NullReferenceException",
            "Object reference not set to an instance of an object.",
        )
    }

    /// Delete's answer is unknown: this one is the sandbox's choice.
    pub(crate) fn deleted() -> Self {
        Self::json(200, &json!({"Status": "Success", "Message": {"AffectedRows": 1}}))
    }

    /// What an id meets that the account does not have: nobody knows, so all of it is the sandbox's
    /// choice.
    pub(crate) fn no_such_webhook() -> Self {
        Self::mistake("MXInvalidEntityReferenceException", "Webhook not found")
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string() }
    }
}
