//! An account: its API host, its keys, and the redaction of secrets.

pub(crate) mod api_host;
pub(crate) mod credentials;
pub(crate) mod redact;
