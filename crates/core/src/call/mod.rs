//! A call: request, response, outcome, retries and quota.

pub(crate) mod api_error;
pub(crate) mod attempt;
pub(crate) mod connect_cause;
pub(crate) mod operation;
pub(crate) mod outcome;
pub mod quota;
pub(crate) mod rate_limit;
pub mod request;
pub mod response;
pub mod retry;
