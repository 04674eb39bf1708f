//! Where a client's host, keys and settings come from.

pub(crate) mod environment;
pub(crate) mod keys_file;
