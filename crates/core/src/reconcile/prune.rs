//! What is under the managed prefix and not desired.

use std::collections::HashSet;

use super::{
    assign::delivers,
    entry::{Entry, Phase},
    identity::{Found, Match},
    outcome::{Reconciled, State},
    step::{Failed, Prune, ReconcileOptions},
};
use crate::{webhook::Webhook, webhook_id::WebhookId};

/// How far a prune is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pruning {
    No,
    /// When all else has ended.
    Later,
    /// Wants the list by which it goes.
    Listing,
    /// The deletes are named.
    Deleting,
    /// Wants a list: what is deleted is gone, even if the delete failed.
    CheckingDeletes,
}

#[derive(Clone, Debug)]
pub(super) struct Pruned<E> {
    pub(super) webhook: Webhook,
    pub(super) result: Option<Result<Reconciled, Failed<E>>>,
}

/// Whether a desired webhook is there: else what looks superfluous may be needed.
pub(super) const fn is_there<E>(entry: &Entry<E>) -> bool {
    match &entry.phase {
        Phase::Ended(Ok(result)) => matches!(result.state, State::Delivering | State::Disabled(_)),
        _ => false,
    }
}

/// What is under the prefix, not desired, and as it was shown to whoever agreed.
pub(super) fn to_prune<E: Clone>(
    entries: &[Entry<E>],
    options: &ReconcileOptions,
    seen: &[Webhook],
) -> Vec<Webhook> {
    let Some(Prune { prefix, shown }) = &options.prune else { return Vec::new() };
    let mut kept: HashSet<&WebhookId> = HashSet::new();
    for entry in entries {
        if let Phase::Ended(Ok(result)) = &entry.phase {
            kept.extend(result.id.iter().chain(&result.removed));
        }
    }
    // What may be desired stays, unless the one that is kept is there and as good, and duplicates
    // are not to be kept. The kept one has the lesser id, as everywhere: so two runs that keep
    // different ones do not delete each other's.
    let may_be_desired = |webhook: &Webhook| {
        let found = Found::new(webhook);
        entries.iter().any(|entry| match entry.desired.identity.compare(&found).grade() {
            None => false,
            Some(Match::NotReported) => true,
            Some(_) if options.keep_duplicates => true,
            Some(_) => {
                let id = match &entry.phase {
                    Phase::Ended(Ok(result)) => result.id.as_ref(),
                    _ => None,
                };
                let kept = id.and_then(|id| seen.iter().find(|kept| kept.id == *id));
                !kept.is_some_and(|kept| {
                    kept.id < webhook.id
                        && entry.desired.identity.matches(kept)
                        && (delivers(kept) || !delivers(webhook))
                })
            }
        })
    };
    seen.iter()
        .filter(|webhook| webhook.url.as_deref().is_some_and(|url| prefix.covers(url)))
        .filter(|webhook| !kept.contains(&webhook.id) && !may_be_desired(webhook))
        .filter(|webhook| shown.as_ref().is_none_or(|shown| shown.contains(webhook)))
        .cloned()
        .collect()
}
