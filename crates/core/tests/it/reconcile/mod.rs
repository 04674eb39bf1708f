//! The rules of the reconciler, one scenario each. `lifecycle` tests their combination.

mod account;
mod creating;
mod duplicates;
mod mismatches;
mod pruning;
mod stopping;
mod updating;
