//! Black-box tests of the sandbox over raw HTTP/1.1, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests, too, may panic"
)]

mod accounts;
mod admin;
mod client_report;
mod create;
mod delete;
mod faults;
mod hostile;
mod keys;
mod quota;
mod raw;
mod retrieve;
mod update;
mod visibility;
