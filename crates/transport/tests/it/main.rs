//! The call loop over real sockets, in virtual time. The tests assert the number of requests that a
//! server received.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of tests, too, may panic")]
#![allow(clippy::print_stdout, reason = "a process that a test starts answers on its standard output")]

mod apply;
mod attempts;
mod cancellation;
mod connect;
mod failures;
mod keys;
mod lifecycle;
mod outcomes;
mod probe;
mod quota;
mod request;
mod sandbox;
mod server;
#[cfg(unix)]
mod state_file;
mod success;
mod tls;
