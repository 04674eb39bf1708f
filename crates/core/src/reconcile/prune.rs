//! The webhooks under the managed prefix that are not desired.

use std::collections::HashSet;

use super::{
    assign::delivers,
    entry::{Entry, Phase},
    identity::{Found, Match},
    outcome::{Reconciled, State},
    step::{Failed, Prune, ReconcileOptions},
};
use crate::webhook::{existing::Webhook, webhook_id::WebhookId};

/// The progress of pruning.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pruning {
    No,
    /// Starts when everything else has ended.
    Later,
    /// Needs the list that decides what is pruned.
    Listing,
    /// The webhooks to delete are determined.
    Deleting,
    /// Needs a list: a webhook that is gone is deleted, even if the delete failed.
    CheckingDeletes,
}

#[derive(Clone, Debug)]
pub(super) struct Pruned<E> {
    pub(super) webhook: Webhook,
    pub(super) result: Option<Result<Reconciled, Failed<E>>>,
}

/// Whether a desired webhook exists: otherwise a webhook that looks superfluous may be needed.
pub(super) const fn is_there<E>(entry: &Entry<E>) -> bool {
    match &entry.phase {
        Phase::Ended(Ok(result)) => matches!(result.state, State::Delivering | State::Disabled(_)),
        _ => false,
    }
}

/// The webhooks under the prefix that are not desired and are still as shown for confirmation.
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
    // A webhook that may be desired stays, unless the kept one exists and is as good, and
    // duplicates are to be removed. As everywhere, the kept one has the lower ID, so that two runs
    // that keep different ones do not delete each other's.
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
