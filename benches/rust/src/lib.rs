//! Measurements of the Rust crates; see `benches/README.md`.
#![forbid(unsafe_code)]
