//! Makes each desired webhook of an account exist once: what makes two webhooks the same, what is
//! remembered, and the state machine.

mod after_list;
mod assign;
mod clocks;
mod copy;
mod differences;
mod entry;
mod identity;
mod listing;
mod machine;
mod matching;
mod memory;
mod normal_url;
mod outcome;
mod prefix;
mod properties;
mod prune;
mod state;
mod step;
mod ticket;

pub use self::{
    clocks::{Clocks, Reading},
    copy::WebhookCopy,
    identity::Identity,
    listing::{DOCUMENTED_PAGE_SIZE, Listing, ListingStep, UnreliableList},
    machine::Reconciler,
    memory::{AccountKey, CodeTable, Memory, MismatchNote, Note, OpenCreate, Seal, SealedHeader, Written},
    outcome::{Action, Difference, DifferenceKind, Reconciled, State, Unverified},
    prefix::{InvalidManagedPrefix, ManagedPrefix},
    state::{InvalidState, StateEntry, StateProblem, StoredAccount, StoredCalls, StoredState, encode},
    step::{
        CreateEnd, Failed, FailedWhy, Finished, Job, Plan, Prune, ReconcileOptions, Step, Waiting, WaitingFor,
    },
    ticket::{DEFAULT_CONSISTENCY_WINDOW, InvalidTicket, Ticket},
};
