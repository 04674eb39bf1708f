//! The command as a shell runs it: exit status, output, and the number of requests that a server received.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests, too, may panic"
)]

mod check;
mod command;
mod create;
mod events;
mod keys;
mod sandbox;
mod server;
