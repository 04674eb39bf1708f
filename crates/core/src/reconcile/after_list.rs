//! What a list means for one desired webhook.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::SystemTime,
};

use super::{
    assign::{Mine, better, delivers, others, winner},
    differences,
    entry::{Confirm, Delete, Phase, Search, wait},
    identity::{Comparison, Found, Match},
    machine::Reconciler,
    memory::{CodeTable, MismatchNote, Note, not_observable, replaced_unseen},
    normal_url::without_html_escape,
    outcome::{Action, Difference, DifferenceKind, Reconciled, State, Unverified},
    step::FailedWhy,
};
use crate::{call::outcome::Outcome, webhook::webhook_id::WebhookId};

/// The maximum number of creates sent for a webhook, each after the previous ones are known not to
/// have been applied.
const MOST_CREATES: u32 = 3;
/// How often the removal of a duplicate is tried if the webhook that would take its place has
/// disappeared by then.
const MOST_REREADS: u32 = 4;

impl<E: Clone> Reconciler<E> {
    /// Handles a list in which a webhook is searched for.
    pub(super) fn found(
        &mut self,
        index: usize,
        search: Search,
        mine: &Mine<'_, '_>,
        founds: &[Found<'_>],
        taken: &HashSet<WebhookId>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let Some(&(winner, compared)) = winner(mine) else {
            return self.not_found(index, search, founds, taken, asked_at);
        };
        // The match may be another client's while this client's create is still in flight: the
        // record is kept until the window is over.
        if let Some(since) = &search.since
            && !search.is_duplicate
            && asked_at >= since.counts_from.min(asked_at) + self.window()
        {
            self.close(index);
        }
        let Some(entry) = self.entries.get_mut(index) else { return Phase::Searching(search) };
        let got = winner.webhook;
        let is_created = entry.own.as_ref() == Some(&got.id) || entry.may_have_made(&got.id);
        let action = if is_created { Action::Created } else { Action::Existed };
        let mut result = Reconciled::new(Some(got.id.clone()), action, differences::state(got, compared));
        result.duplicates = others(mine, &got.id);
        // This run also removes a duplicate that, according to its memory, an earlier run created.
        let is_own = |id: &&WebhookId| self.memory.written(id).is_some_and(|written| written.is_created);
        let loser = result.duplicates.iter().filter(|id| got.id < **id).find(is_own).cloned();
        let removes = !self.options.keep_duplicates && !entry.keeps_duplicates && delivers(got);
        match loser {
            Some(loser) if removes => {
                entry.rereads += 1;
                entry.keeps_duplicates = entry.rereads > MOST_REREADS;
                let then = Some(Box::new(self.adopted(index, result, winner, compared, founds)));
                Phase::Rereading { winner: got.id.clone(), loser, then }
            }
            _ => self.adopted(index, result, winner, compared, founds),
        }
    }

    /// Handles a webhook that was found: it stays as it is, or is updated.
    fn adopted(
        &self,
        index: usize,
        mut result: Reconciled,
        winner: &Found<'_>,
        compared: Comparison,
        founds: &[Found<'_>],
    ) -> Phase<E> {
        let got = winner.webhook;
        let Some(entry) = self.entries.get(index) else { return Phase::Ended(Ok(result)) };
        let Some(webhook) = &entry.desired.webhook else { return Phase::Ended(Ok(result)) };
        let written = self.memory.written(&got.id);
        result.differences = differences::seen(&entry.desired.identity, webhook, winner, compared);
        result.differences.extend(match (written, &self.options.seal) {
            (Some(written), Some(seal)) => written.differences(webhook, seal),
            _ if entry.own.as_ref() == Some(&got.id) => Vec::new(),
            _ => not_observable(webhook),
        });
        let has = |kind| result.differences.iter().any(|difference| difference.kind == kind);
        let differs = has(DifferenceKind::Differs);
        let updates = match written {
            Some(_) => differs || self.options.overwrite && has(DifferenceKind::NotObservable),
            None => self.options.overwrite && (differs || has(DifferenceKind::NotObservable)),
        };
        // A webhook that may be a different one is not replaced.
        let is_reported = compared.grade() > Some(Match::NotReported);
        if !updates || !is_reported || matches!(result.state, State::Disabled(_)) {
            return Phase::Ended(Ok(result));
        }
        // An update would make a mismatch of this webhook, too.
        if let Some(remembered) = self.remembered(index, founds) {
            let duplicates = result.duplicates.into_iter().chain(result.id);
            let mut duplicates: Vec<_> = duplicates.filter(|id| remembered.id.as_ref() != Some(id)).collect();
            duplicates.sort();
            return Phase::Ended(Ok(Reconciled { duplicates, ..remembered }));
        }
        let is_known = self.codes_hold() || self.options.codes.is_some() && !self.codes_fail();
        if entry.is_disputed() && !is_known {
            let id = Some(got.id.clone());
            return Phase::Ended(Err(entry.failed(FailedWhy::CodesUnknown, None, Outcome::NotSent, id)));
        }
        let webhook = webhook.clone().filled(
            got.description.as_deref().map(without_html_escape),
            written.map(|written| written.content_type),
            written.map(|written| written.notify_on_failure),
        );
        if has(DifferenceKind::NotObservable) || written.is_none() {
            result.differences.retain(|difference| difference.kind != DifferenceKind::NotObservable);
            result.differences.extend(replaced_unseen(&webhook));
        }
        result.action = Action::Updated;
        Phase::Updating { result, webhook: Box::new(webhook), is_sent: false }
    }

    /// Handles a list without a webhook of the identity.
    fn not_found(
        &mut self,
        index: usize,
        mut search: Search,
        founds: &[Found<'_>],
        taken: &HashSet<WebhookId>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let (window, started) = (self.window(), self.started);
        let (is_refuted, listed) = (self.codes_fail(), Arc::clone(&self.listed));
        let Some(entry) = self.entries.get_mut(index) else { return Phase::Searching(search) };
        let identity = &entry.desired.identity;
        // A send time ahead of the clock that measures windows counts as now.
        search.since = search.since.map(|since| since.read_at(asked_at));
        if let Some(since) = &search.since {
            let window_ends_at = since.counts_from + window;
            if asked_at < window_ends_at {
                let again_at = (asked_at + wait(search.polls)).min(window_ends_at);
                let waited = started.and_then(|started| again_at.duration_since(started).ok());
                if entry.desired.webhook.is_none()
                    && self.options.max_wait.zip(waited).is_some_and(|(most, waited)| waited > most)
                {
                    return Phase::ended(None, Action::Withheld, State::Unverified(Unverified::NotSeen));
                }
                let (polls, not_before) = (search.polls + 1, Some(again_at));
                return Phase::Searching(Search { polls, not_before, ..search });
            }
            let is_new =
                |id: &WebhookId| entry.is_new(id) && !taken.contains(id) && !entry.removed.contains(id);
            // A webhook that is not fully reported may be this one, even if it matches another
            // desired webhook.
            let may_be = |found: &Found<'_>| {
                entry.sent_as.iter().chain([identity]).any(|sent| sent.is_near(found))
                    || identity.compare(found).grade() == Some(Match::NotReported)
            };
            let candidates = founds.iter().filter(|found| is_new(&found.webhook.id) && may_be(found));
            let candidate = candidates.min_by_key(|found| identity.compare(found).count_of_different());
            if let Some(found) = candidate
                && !search.is_duplicate
            {
                let mut result = Reconciled::new(
                    Some(found.webhook.id.clone()),
                    Action::Withheld,
                    State::Unverified(Unverified::Candidate),
                );
                result.differences = differences::of_identity(identity, found, identity.compare(found));
                return Phase::Ended(Ok(result));
            }
        }
        if entry.desired.webhook.is_none() {
            return Phase::ended(None, Action::Withheld, State::Absent);
        }
        if let Some(remembered) = self.remembered(index, founds) {
            return Phase::Ended(Ok(remembered));
        }
        let Some(entry) = self.entries.get_mut(index) else { return Phase::Searching(search) };
        if is_refuted && entry.is_disputed() {
            return Phase::ended(None, Action::Withheld, State::Mismatch);
        }
        if search.is_duplicate {
            let error = entry.last_error.clone();
            return Phase::Ended(Err(entry.failed(
                FailedWhy::DuplicateNotShown,
                error,
                Outcome::Refused,
                None,
            )));
        }
        // The window is over: the lost create was not applied.
        entry.is_lost = false;
        if entry.creates >= MOST_CREATES {
            let error = entry.last_error.clone();
            let failed = entry.failed(FailedWhy::LostTooOften, error, Outcome::Unknown, None);
            return Phase::Ended(Err(super::step::Failed {
                ticket: search.since.map(|since| since.ticket),
                ..failed
            }));
        }
        let identity = &entry.desired.identity;
        let like =
            |found: &&Found<'_>| identity.could_be_near(found) || identity.compare(found).grade().is_some();
        entry.before = listed;
        entry.known = Some(founds.iter().filter(like).map(|found| found.webhook.id.clone()).collect());
        if search.since.is_some() {
            self.close(index);
        }
        Phase::ToCreate
    }

    /// The result of an earlier run, if the account creates a different webhook than desired:
    /// writing it again would have the same effect.
    fn remembered(&self, index: usize, founds: &[Found<'_>]) -> Option<Reconciled> {
        let desired = &self.entries.get(index)?.desired;
        let (identity, code) = (&desired.identity, desired.webhook.as_ref()?.trigger().code(self.codes));
        let is_so = |note: &&MismatchNote| note.desired == *identity && note.code == code;
        let note = self.memory.mismatches.iter().find(is_so)?;
        let kept = note.id.as_ref().and_then(|id| founds.iter().find(|found| found.webhook.id == *id));
        let id = kept.map(|found| found.webhook.id.clone());
        let mut result = Reconciled::new(id, Action::Withheld, State::Mismatch);
        result.differences = kept.map_or_else(
            || note.differences.clone(),
            |found| differences::of_identity(identity, found, identity.compare(found)),
        );
        // The URL may be spelled differently today.
        for difference in result.differences.iter_mut().filter(|difference| difference.field == "url") {
            difference.desired = Some(identity.url().to_owned());
        }
        Some(result)
    }

    /// Handles a list that reads back a webhook after a write.
    pub(super) fn confirm(
        &mut self,
        index: usize,
        mut confirm: Confirm,
        mine: &Mine<'_, '_>,
        by_id: &HashMap<&WebhookId, &Found<'_>>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let window = self.window();
        confirm.counts_from = confirm.counts_from.min(asked_at);
        let is_created = confirm.action == Action::Created;
        let Some(entry) = self.entries.get(index) else { return Phase::Confirming(confirm) };
        let Some(found) = by_id.get(&confirm.id) else {
            if confirm.was_seen {
                return Phase::Searching(Search::default());
            }
            let window_ends_at = confirm.counts_from + window;
            if is_created && asked_at < window_ends_at {
                let not_before = Some((asked_at + wait(confirm.polls)).min(window_ends_at));
                return Phase::Confirming(Confirm { polls: confirm.polls + 1, not_before, ..confirm });
            }
            // The create stays open, and counts from when it was made: before the window is over,
            // the next run must not take "not listed" for "not applied".
            if is_created
                && self.memory.open.iter().any(|open| *open.ticket.identity() == entry.desired.identity)
            {
                let ticket = entry.ticket(confirm.at);
                self.note(Note::Lost(ticket));
            }
            let duplicates = others(mine, &confirm.id);
            let state = State::Unverified(Unverified::NotSeen);
            let result = Reconciled::new(Some(confirm.id), confirm.action, state);
            return Phase::Ended(Ok(Reconciled { duplicates, ..result }));
        };
        let Some(webhook) = entry.desired.webhook.clone() else { return Phase::Confirming(confirm) };
        let (identity, is_disputed) = (entry.desired.identity.clone(), entry.is_disputed());
        let compared = identity.compare(found);
        let state = differences::state(found.webhook, compared);
        let mut result = Reconciled::new(Some(confirm.id.clone()), confirm.action, state);
        result.duplicates = others(mine, &confirm.id);
        let keeps_duplicates = self.options.keep_duplicates || entry.keeps_duplicates;
        let seen = differences::seen(&identity, &webhook, found, compared);
        if is_created {
            self.close(index);
        }
        if is_disputed && compared.event != Match::NotReported {
            let holds = compared.event > Match::NotReported;
            let table = if holds { CodeTable::Holds } else { CodeTable::Fails }(self.codes);
            if self.memory.codes != Some(table) {
                self.note(Note::Codes(table));
            }
        }
        if compared.is_mismatch() {
            result.state = State::Mismatch;
            result.differences = seen;
            let code = webhook.trigger().code(self.codes);
            self.note(Note::Mismatch(MismatchNote {
                code,
                differences: differences::of_identity(&identity, found, compared),
                desired: identity,
                id: Some(confirm.id.clone()),
            }));
            if self.options.keep_mismatch || !is_created {
                return Phase::Ended(Ok(result));
            }
            let delete = Delete::Mismatch { id: confirm.id, at: confirm.at, differences: result.differences };
            return Phase::Deleting { delete, is_sent: false };
        }
        result.differences = seen;
        let is_old = |difference: &Difference| difference.kind != DifferenceKind::Ignored;
        result.differences.extend(confirm.differences.into_iter().filter(is_old));
        if self.memory.mismatches.iter().any(|note| note.desired == identity) {
            self.note(Note::Matched(identity));
        }
        let is_own = self.memory.written(&confirm.id).is_some_and(|written| written.is_created);
        match better(mine, &confirm.id) {
            Some(winner) if (is_created || is_own) && !keeps_duplicates => {
                if let Some(entry) = self.entries.get_mut(index) {
                    entry.rereads += 1;
                    entry.keeps_duplicates = entry.rereads > MOST_REREADS;
                }
                Phase::Rereading { winner: winner.clone(), loser: confirm.id, then: None }
            }
            _ => Phase::Ended(Ok(result)),
        }
    }

    /// Deletes a duplicate only if the other webhook still exists and delivers.
    pub(super) fn reread(
        &mut self,
        index: usize,
        winner: &WebhookId,
        loser: WebhookId,
        mine: &Mine<'_, '_>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let is = |id: &WebhookId| mine.iter().find(|(found, _)| found.webhook.id == *id);
        let delivers = is(winner).is_some_and(|(found, _)| delivers(found.webhook));
        if delivers && is(&loser).is_some() {
            let delete = Delete::Duplicate { winner: winner.clone(), loser };
            return Phase::Deleting { delete, is_sent: false };
        }
        let own = self.entries.get(index).and_then(|entry| entry.own.clone());
        match own {
            Some(own) if own == loser && is(&own).is_some() => {
                let confirm = Confirm::new(own, Action::Created, asked_at);
                Phase::Confirming(Confirm { was_seen: true, ..confirm })
            }
            _ => Phase::Searching(Search::default()),
        }
    }

    /// The next phase after a delete, once it is known whether the webhook is gone, or what its
    /// state is.
    pub(super) fn after_delete<'f, 'w: 'f>(
        &mut self,
        index: usize,
        delete: Delete,
        found: impl Fn(&WebhookId) -> Option<&'f Found<'w>>,
    ) -> Phase<E> {
        let id = delete.id().clone();
        let found = found(&id);
        let Some(entry) = self.entries.get_mut(index) else { return Phase::CheckingDelete(delete) };
        if found.is_none() {
            entry.has_written = true;
            entry.own.take_if(|own| *own == id);
            entry.removed.push(id.clone());
        }
        let phase = match (delete, found) {
            (Delete::Duplicate { winner, .. }, found) => {
                entry.keeps_duplicates |= found.is_some();
                Phase::Searching(Search { winner: Some(winner), ..Search::default() })
            }
            (Delete::Mismatch { differences, .. }, None) => {
                Phase::Ended(Ok(entry.mismatched(None, differences)))
            }
            (Delete::Mismatch { at, .. }, Some(found)) => {
                let identity = &entry.desired.identity;
                let compared = identity.compare(found);
                if compared.is_mismatch() {
                    let differences = differences::of_identity(identity, found, compared);
                    Phase::Ended(Ok(entry.mismatched(Some(id.clone()), differences)))
                } else {
                    // Somebody else fixed the mismatch meanwhile.
                    Phase::Confirming(Confirm::new(id.clone(), Action::Created, at))
                }
            }
        };
        if found.is_none() && self.memory.knows(&id) {
            self.note(Note::Forgot(id));
        }
        phase
    }
}
