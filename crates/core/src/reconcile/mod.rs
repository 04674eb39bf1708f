//! The desired webhooks of an account, each once: what makes two the same, what is remembered, and the machine that gets there.

mod identity;
mod listing;
mod machine;
mod memory;
mod normal_url;
mod outcome;
mod prefix;
mod properties;
mod state;
mod ticket;

pub use self::{
    identity::Identity,
    listing::{Listing, ListingStep, UnreliableList},
    machine::{
        CreateEnd, Failed, FailedWhy, Finished, Job, Plan, Prune, ReconcileOptions, Reconciler, Step,
        Waiting, WaitingFor,
    },
    memory::{AccountKey, CodeTable, Memory, MismatchNote, Note, OpenCreate, Seal, SealedHeader, Written},
    outcome::{Action, Difference, DifferenceKind, Reconciled, State, Unverified},
    prefix::{InvalidManagedPrefix, ManagedPrefix},
    state::{InvalidState, StateEntry, StateProblem, StoredAccount, StoredCalls, StoredState, encode},
    ticket::{DEFAULT_CONSISTENCY_WINDOW, InvalidTicket, Ticket},
};
