//! Assigns the webhooks of a list to desired webhooks.

use std::collections::{HashMap, HashSet};

use super::{
    entry::Entry,
    identity::{Comparison, Found, Identity, Match},
    matching::matching,
    memory::MismatchNote,
};
use crate::webhook::{
    existing::{Webhook, WebhookStatus},
    webhook_id::WebhookId,
};

/// The webhooks assigned to one desired webhook.
pub(super) type Mine<'f, 'w> = Vec<(&'f Found<'w>, Comparison)>;

/// How well a webhook matches a desired one: the grade of its worst part, and the number of exact
/// parts.
type Rank = (Match, usize);

fn rank(compared: Comparison) -> Option<Rank> {
    let Comparison { event, url, properties } = compared;
    let exact = [event, url, properties].iter().filter(|part| **part == Match::Exact).count();
    compared.grade().map(|grade| (grade, exact))
}

/// Assigns each webhook to at most one desired webhook: exact matches before others, and so that as
/// many desired webhooks as possible have one.
pub(super) fn assign<'f, 'w, E: Clone>(
    entries: &[Entry<E>],
    founds: &'f [Found<'w>],
    mismatches: &[MismatchNote],
) -> Vec<Mine<'f, 'w>> {
    let mut by_url: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut unreported = Vec::new();
    for (number, found) in founds.iter().enumerate() {
        if found.urls.is_empty() {
            unreported.push(number);
        }
        for url in &found.urls {
            by_url.entry(url).or_default().push(number);
        }
    }
    let mut owners: HashMap<&WebhookId, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        owners.extend(entry.owned().map(|id| (id, index)));
    }
    let kept = mismatches.iter().filter_map(|note| Some((note.id.as_ref()?, &note.desired)));
    let kept: HashMap<&WebhookId, &Identity> = kept.collect();
    // For each webhook, the desired webhooks that it could be assigned to.
    let mut takers: Vec<Vec<(Rank, usize)>> = founds.iter().map(|_| Vec::new()).collect();
    for (index, entry) in entries.iter().enumerate() {
        if entry.has_ended() {
            continue;
        }
        let same_url = by_url.get(entry.desired.identity.normal_url()).into_iter().flatten();
        for number in same_url.chain(&unreported) {
            let Some((found, takers)) = founds.get(*number).zip(takers.get_mut(*number)) else {
                continue;
            };
            let id = &found.webhook.id;
            // An assigned webhook stays assigned, unless somebody changed it into another one. A
            // webhook that was created as a mismatch is not assigned to another desired webhook,
            // because it may be deleted.
            let is_lost_to = |owner: &Entry<E>| {
                !owner.may_be_mismatched() && owner.desired.identity.compare(found).grade().is_none()
            };
            let is_free = owners
                .get(id)
                .is_none_or(|owner| *owner == index || entries.get(*owner).is_some_and(is_lost_to));
            let is_kept = kept.get(id).is_some_and(|desired| {
                desired.compare(found).is_mismatch()
                    && entries.iter().any(|entry| entry.desired.identity == **desired)
            });
            let compared = entry.desired.identity.compare(found);
            if let Some(rank) = rank(compared)
                && is_free
                && !is_kept
                && !entry.removed.contains(id)
            {
                takers.push((rank, index));
            }
        }
    }
    let mut order: Vec<usize> = (0..founds.len()).collect();
    // By ID, not in list order, so that assignments do not change from run to run.
    order.sort_by_key(|number| founds.get(*number).map(|found| &found.webhook.id));
    let owners = matching(&takers, &order, entries.len());
    let mut assigned: Vec<Mine<'_, '_>> = entries.iter().map(|_| Vec::new()).collect();
    for number in order {
        let owner = owners.get(number).copied().flatten();
        if let Some((found, owner)) = founds.get(number).zip(owner)
            && let Some((entry, mine)) = entries.get(owner).zip(assigned.get_mut(owner))
        {
            mine.push((found, entry.desired.identity.compare(found)));
        }
    }
    assigned
}

/// The webhooks that cannot be the result of another entry's create: those assigned to a desired
/// webhook whose own create may have made them.
pub(super) fn taken<E: Clone>(entries: &[Entry<E>], assigned: &[Mine<'_, '_>]) -> HashSet<WebhookId> {
    let takers = entries.iter().zip(assigned).filter(|(entry, _)| entry.known.is_some());
    let ids =
        takers.flat_map(|(entry, mine)| entry.owned().chain(mine.iter().map(|(found, _)| &found.webhook.id)));
    ids.cloned().collect()
}

/// The webhook to keep: one that is fully reported before others, then one that delivers, then the
/// lowest ID.
pub(super) fn winner<'m, 'f, 'w>(mine: &'m Mine<'f, 'w>) -> Option<&'m (&'f Found<'w>, Comparison)> {
    mine.iter().min_by_key(|(found, compared)| {
        let is_disabled = found.webhook.status.is_some_and(|status| status != WebhookStatus::Enabled);
        (compared.grade() == Some(Match::NotReported), is_disabled, &found.webhook.id)
    })
}

/// The other webhooks of the same identity. Webhooks that are not fully reported are uncertain, and
/// not included.
pub(super) fn others(mine: &Mine<'_, '_>, kept: &WebhookId) -> Vec<WebhookId> {
    let reported = mine.iter().filter(|(_, compared)| compared.grade() > Some(Match::NotReported));
    let mut ids: Vec<_> =
        reported.map(|(found, _)| found.webhook.id.clone()).filter(|id| id != kept).collect();
    ids.sort();
    ids
}

/// The webhook kept in place of this one by every client that lists both: a webhook of the same
/// identity that delivers and has a lower ID.
///
/// Only the order of IDs decides, and it never changes. So however many runs delete their own
/// webhooks at once, each keeps one that none of them deletes. Therefore a disabled webhook with
/// the lower ID is not removed in favour of one that delivers: somebody may enable it at the same
/// time, and the creator of the other one may then remove that.
pub(super) fn better<'m>(mine: &'m Mine<'_, '_>, than: &WebhookId) -> Option<&'m WebhookId> {
    let is_better = |(found, compared): &&(&Found<'_>, Comparison)| {
        delivers(found.webhook) && compared.grade() > Some(Match::NotReported) && found.webhook.id < *than
    };
    mine.iter().filter(is_better).map(|(found, _)| &found.webhook.id).min()
}

pub(super) fn delivers(webhook: &Webhook) -> bool {
    webhook.status == Some(WebhookStatus::Enabled)
}
