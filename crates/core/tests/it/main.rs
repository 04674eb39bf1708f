//! Tests of the core: its laws, its contract and its texts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "the helpers of tests, too, may panic"
)]

mod canary;
mod copies;
mod draft_laws;
mod drafts;
mod errors_golden;
mod identities;
mod lifecycle;
mod memory;
mod names;
mod outcomes;
mod quota;
mod reconcile;
mod response_laws;
mod retrieve;
mod rules;
mod state_file;
mod vectors;
