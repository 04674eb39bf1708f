//! The command from a shell's point of view: exit status, output, and the number of requests that a
//! server received.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests, too, may panic"
)]

mod apply;
mod check;
mod command;
mod create;
mod delete;
mod doctor;
mod ensure;
mod events;
mod hostile_text;
mod keys;
mod list;
mod man;
mod messages;
mod output;
mod resolve;
mod sandbox;
mod server;
mod show;
mod update;
mod verify;
mod world;
