//! Reads a list page by page while others may change it.

use std::collections::{BTreeSet, HashSet};

use crate::webhook::{
    existing::{Webhook, WebhookPage},
    webhook_id::WebhookId,
};

/// The number of webhooks per page. The maximum is unknown; 100 was used (*observed*).
const PAGE_SIZE: u32 = 100;
/// The page size in LeadSquared's sample (*documented*): used when the larger one is refused.
pub const DOCUMENTED_PAGE_SIZE: u32 = 25;
/// The maximum number of readings of a list that keeps changing.
const MOST_READINGS: u32 = 5;

/// Reads a list: which page to request next, until the result is known to be complete.
///
/// A single page that contains as many webhooks as it says is complete. A list of several pages
/// shifts when somebody changes the account between two of them, and an existing webhook is then on
/// none. Such a list is read until two consecutive readings agree in IDs and number.
#[derive(Clone, Debug)]
pub struct Listing {
    size: u32,
    number: u32,
    readings: u32,
    total: Option<u32>,
    /// The number of webhooks on the first page of this reading.
    first_count: usize,
    /// Whether all pages of this reading reported the same total.
    is_steady: bool,
    webhooks: Vec<Webhook>,
    seen: HashSet<WebhookId>,
    earlier: Option<(BTreeSet<WebhookId>, u32)>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum ListingStep {
    /// Request this page, numbered from 1, of this size.
    Page {
        /// The number of the page.
        number: u32,
        /// The maximum number of webhooks on it.
        size: u32,
    },
    /// The complete list.
    Whole(Vec<Webhook>),
    /// The list could not be read reliably.
    Failed(UnreliableList),
}

/// The error for a list that is not reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreliableList {
    /// No two consecutive readings agreed.
    #[error("the list keeps changing: no two of {readings} consecutive readings agree")]
    Changing {
        /// The number of readings.
        readings: u32,
    },
    /// The pages do not contain as many webhooks as the list says.
    #[error("the list says {total} webhooks (RecordCount) and holds {got}, {readings} times over")]
    Incomplete {
        /// The number that the list says.
        total: u32,
        /// The number of webhooks on its pages.
        got: usize,
        /// The number of readings.
        readings: u32,
    },
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            size: PAGE_SIZE,
            number: 1,
            readings: 0,
            total: None,
            first_count: 0,
            is_steady: true,
            webhooks: Vec::new(),
            seen: HashSet::new(),
            earlier: None,
        }
    }
}

impl Listing {
    /// The first step.
    #[must_use]
    pub const fn first(&self) -> ListingStep {
        ListingStep::Page { number: self.number, size: self.size }
    }

    /// Handles the requested page.
    #[must_use]
    pub fn page(&mut self, page: WebhookPage) -> ListingStep {
        let WebhookPage { total, webhooks } = page;
        let (count, before) = (webhooks.len(), self.webhooks.len());
        self.is_steady &= self.total.is_none_or(|earlier| earlier == total);
        self.total = Some(total);
        for webhook in webhooks {
            if self.seen.insert(webhook.id.clone()) {
                self.webhooks.push(webhook);
            }
        }
        if self.number == 1 {
            self.first_count = count;
            // When the page is full, the total may be that of the page only.
            let is_full = count >= self.size as usize;
            if count == total as usize && self.webhooks.len() == count && !is_full {
                return ListingStep::Whole(std::mem::take(&mut self.webhooks));
            }
        }
        // The total alone does not end a list, because it may be wrong. A page that is shorter than
        // the first is the last.
        let is_last = count < self.first_count;
        if self.webhooks.len() > before && !is_last {
            self.number += 1;
            return ListingStep::Page { number: self.number, size: self.size };
        }
        self.end_of_reading(total)
    }

    /// Handles a refused page. Requests a smaller one; `None` if that was refused, too.
    #[must_use]
    pub fn refused(&mut self) -> Option<ListingStep> {
        if self.size == DOCUMENTED_PAGE_SIZE || self.number > 1 {
            return None;
        }
        self.size = DOCUMENTED_PAGE_SIZE;
        Some(self.first())
    }

    fn end_of_reading(&mut self, total: u32) -> ListingStep {
        self.readings += 1;
        let got = self.webhooks.len();
        let is_whole = got == total as usize;
        let ids: BTreeSet<_> = self.seen.drain().collect();
        let this = (ids, total);
        let agrees = self.is_steady && self.earlier.as_ref() == Some(&this);
        if agrees && is_whole {
            return ListingStep::Whole(std::mem::take(&mut self.webhooks));
        }
        if self.readings >= MOST_READINGS {
            let readings = self.readings;
            return ListingStep::Failed(if agrees {
                UnreliableList::Incomplete { total, got, readings }
            } else {
                UnreliableList::Changing { readings }
            });
        }
        self.earlier = self.is_steady.then_some(this);
        self.webhooks.clear();
        (self.number, self.total, self.is_steady) = (1, None, true);
        self.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads lists of these IDs, one per reading, from a server that returns at most `cap` per
    /// page.
    fn read(readings: &[(&[&str], u32)], cap: usize) -> (ListingStep, u32) {
        let mut listing = Listing::default();
        let (mut step, mut calls, mut reading) = (listing.first(), 0, 0);
        while let ListingStep::Page { number, size } = step {
            if number == 1 && calls > 0 {
                reading += 1;
            }
            calls += 1;
            let (ids, total) = readings[reading.min(readings.len() - 1)];
            let cap = cap.min(size as usize);
            let webhooks = ids.iter().skip((number as usize - 1) * cap).take(cap).map(|id| webhook(id));
            step = listing.page(WebhookPage { total, webhooks: webhooks.collect() });
        }
        (step, calls)
    }

    fn webhook(id: &str) -> Webhook {
        Webhook {
            id: id.parse().unwrap(),
            event: None,
            url: None,
            status: None,
            description: None,
            properties: None,
            other: Vec::new(),
        }
    }

    fn ids(step: &ListingStep) -> Vec<&str> {
        let ListingStep::Whole(webhooks) = step else { panic!("{step:?}") };
        webhooks.iter().map(|webhook| webhook.id.as_str()).collect()
    }

    #[test]
    fn one_page_is_whole_by_itself() {
        let (step, calls) = read(&[(&["a", "b"], 2)], 100);
        assert_eq!((ids(&step), calls), (vec!["a", "b"], 1));
        assert_eq!(read(&[(&[], 0)], 100), (ListingStep::Whole(Vec::new()), 1));
    }

    #[test]
    fn more_pages_are_read_until_two_readings_agree() {
        let (step, calls) = read(&[(&["a", "b", "c"], 3)], 2);
        assert_eq!((ids(&step), calls), (vec!["a", "b", "c"], 4));
        let (step, _) = read(&[(&["a", "b", "c"], 3), (&["b", "c", "d"], 3), (&["d", "c", "b"], 3)], 2);
        assert_eq!(ids(&step), ["d", "c", "b"]);
    }

    #[test]
    fn a_list_that_never_holds_still_is_an_error() {
        let changing: [(&[&str], u32); 5] = [
            (&["a", "b", "c"], 3),
            (&["b", "c"], 2),
            (&["c", "d", "e"], 3),
            (&["d", "e", "f"], 3),
            (&["a"], 1),
        ];
        let (step, _) = read(&changing, 1);
        assert_eq!(ids(&step), ["a"], "one page is whole whenever it comes");
        let (step, calls) = read(&changing[..4], 1);
        assert_eq!(step, ListingStep::Whole(["d", "e", "f"].map(webhook).to_vec()), "{calls}");
        let (one, other): (&[&str], &[&str]) = (&["a", "b"], &["a", "c"]);
        let never = [one, other, one, other, one].map(|ids| (ids, 2));
        let (step, calls) = read(&never, 1);
        assert_eq!((step, calls), (ListingStep::Failed(UnreliableList::Changing { readings: 5 }), 15));
    }

    #[test]
    fn a_number_that_is_wrong_is_an_error() {
        for (list, total, got) in [(&["a", "b"][..], 3, 2), (&["a"][..], 0, 1)] {
            let (step, _) = read(&[(list, total)], 100);
            let problem = UnreliableList::Incomplete { total, got, readings: 5 };
            assert_eq!(step, ListingStep::Failed(problem));
        }
    }

    #[test]
    fn a_number_that_is_that_of_a_page_does_not_hide_the_next() {
        let all: Vec<_> = (0..110).map(|id| id.to_string()).collect();
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        let (step, _) = read(&[(&all, 100)], 100);
        let problem = UnreliableList::Incomplete { total: 100, got: 110, readings: 5 };
        assert_eq!(step, ListingStep::Failed(problem));
        let (step, calls) = read(&[(&all[..100], 100)], 100);
        assert_eq!((ids(&step), calls), (all[..100].to_vec(), 4));
    }

    #[test]
    fn a_reading_whose_pages_report_other_numbers_agrees_with_none() {
        let mut listing = Listing::default();
        let mut step = listing.first();
        while let ListingStep::Page { number, .. } = step {
            let (ids, total): (&[&str], u32) = match number {
                1 => (&["a", "b"], 4),
                2 => (&["c"], 3),
                _ => panic!("the second page is shorter than the first"),
            };
            step = listing.page(WebhookPage { total, webhooks: ids.iter().map(|id| webhook(id)).collect() });
        }
        assert_eq!(step, ListingStep::Failed(UnreliableList::Changing { readings: 5 }));
    }

    #[test]
    fn a_refused_page_is_asked_for_once_more_with_the_documented_size() {
        let mut listing = Listing::default();
        assert_eq!(listing.refused(), Some(ListingStep::Page { number: 1, size: 25 }));
        assert_eq!(listing.refused(), None);
    }

    #[test]
    fn a_page_that_reports_nothing_new_ends_a_reading_or_a_server_that_repeats_itself_is_read_forever() {
        let mut listing = Listing::default();
        let mut page = || listing.page(WebhookPage { total: 3, webhooks: ["a", "b"].map(webhook).to_vec() });
        assert_eq!(page(), ListingStep::Page { number: 2, size: 100 });
        assert_eq!(page(), ListingStep::Page { number: 1, size: 100 }, "the next reading");
    }

    #[test]
    fn a_later_page_that_is_refused_is_an_error_because_the_size_was_taken_before() {
        let mut listing = Listing::default();
        let second = listing.page(WebhookPage { total: 2, webhooks: vec![webhook("a")] });
        assert_eq!(second, ListingStep::Page { number: 2, size: 100 });
        assert_eq!(listing.refused(), None);
    }
}
