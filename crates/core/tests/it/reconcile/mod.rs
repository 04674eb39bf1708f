//! The rules of the reconciler, one scenario each. What all of them together come to is shown by
//! `lifecycle`.

mod account;
mod creating;
mod duplicates;
mod mismatches;
mod pruning;
mod stopping;
mod updating;
