//! Assigns items to takers, when each item suits more than one.

use std::{
    cmp::Reverse,
    collections::{HashMap, VecDeque},
};

/// Assigns each item to the taker that it suits best, and of several such to the one with the
/// fewest items. A taker without an item then gets one from another that has several, or that can
/// use a different one, so that as many takers as possible have one.
///
/// `takers` are those that each item suits, and how well; `order` says which of equally good items
/// is assigned first; `count` is the number of takers.
pub(super) fn matching<R: Ord + Copy>(
    takers: &[Vec<(R, usize)>],
    order: &[usize],
    count: usize,
) -> Vec<Option<usize>> {
    let takers_of = |item: &usize| takers.get(*item).into_iter().flatten();
    let best = |item: &usize| takers_of(item).map(|(rank, _)| *rank).max();
    let mut order = order.to_vec();
    order.sort_by_key(|item| Reverse(best(item)));
    let mut held = Held { by: vec![None; takers.len()], counts: vec![0; count] };
    for item in &order {
        let suits =
            takers_of(item).max_by_key(|(rank, taker)| (*rank, Reverse((held.count(*taker), *taker))));
        if let Some((_, taker)) = suits {
            held.give(*item, *taker);
        }
    }
    // What each taker could take: the items that suit it best first, and of those the ones that
    // suit their holder least.
    let mut options: Vec<Vec<(R, usize)>> = vec![Vec::new(); count];
    for item in order.iter().rev() {
        for (rank, taker) in takers_of(item) {
            if let Some(options) = options.get_mut(*taker) {
                options.push((*rank, *item));
            }
        }
    }
    for options in &mut options {
        options.sort_by_key(|(rank, item)| (Reverse(*rank), best(item)));
    }
    for taker in 0..count {
        if held.count(taker) == 0 {
            held.find_for(taker, &options);
        }
    }
    held.by
}

/// The holder of each item, and the number of items of each holder.
struct Held {
    by: Vec<Option<usize>>,
    counts: Vec<usize>,
}

impl Held {
    fn count(&self, taker: usize) -> usize {
        self.counts.get(taker).copied().unwrap_or_default()
    }

    fn give(&mut self, item: usize, taker: usize) {
        let before = self.by.get_mut(item).and_then(|by| by.replace(taker));
        if let Some(count) = before.and_then(|before| self.counts.get_mut(before)) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.counts.get_mut(taker) {
            *count += 1;
        }
    }

    /// Finds an item for a taker that has none, by the shortest chain of takers that exchange
    /// theirs (an augmenting path).
    fn find_for<R>(&mut self, first: usize, options: &[Vec<(R, usize)>]) {
        // The taker that would get each visited item, and the item that each holder would give
        // away.
        let mut goes_to: HashMap<usize, usize> = HashMap::new();
        let mut gives: HashMap<usize, usize> = HashMap::new();
        let mut queue = VecDeque::from([first]);
        while let Some(taker) = queue.pop_front() {
            for (_, item) in options.get(taker).into_iter().flatten() {
                let Some(holder) = self.by.get(*item).copied().flatten() else { continue };
                if goes_to.contains_key(item) {
                    continue;
                }
                goes_to.insert(*item, taker);
                if self.count(holder) > 1 {
                    let mut next = Some(*item);
                    while let Some((item, taker)) = next.and_then(|item| Some((item, *goes_to.get(&item)?))) {
                        self.give(item, taker);
                        next = gives.get(&taker).copied();
                    }
                    return;
                }
                if holder != taker {
                    gives.insert(holder, *item);
                    queue.push_back(holder);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// The maximum number of takers with an item, by trying all combinations.
    fn most(takers: &[Vec<(u8, usize)>], taken: &HashSet<usize>) -> usize {
        let Some((first, rest)) = takers.split_first() else { return taken.len() };
        let with = first.iter().map(|(_, taker)| {
            let mut taken = taken.clone();
            taken.insert(*taker);
            most(rest, &taken)
        });
        with.max().unwrap_or(0).max(most(rest, taken))
    }

    proptest! {
        #[test]
        fn as_many_as_can_be_get_one_and_nobody_gets_what_does_not_suit(
            takers in proptest::collection::vec(proptest::collection::vec((0..3_u8, 0..6_usize), 0..4), 0..7),
            is_reversed: bool,
        ) {
            let mut order: Vec<usize> = (0..takers.len()).collect();
            if is_reversed {
                order.reverse();
            }
            let by = matching(&takers, &order, 6);
            for (item, taker) in by.iter().enumerate() {
                let suits = takers[item].iter().any(|(_, one)| Some(*one) == *taker);
                prop_assert!(suits || taker.is_none() && takers[item].is_empty());
            }
            let have: HashSet<_> = by.into_iter().flatten().collect();
            prop_assert_eq!(have.len(), most(&takers, &HashSet::new()));
        }
    }

    #[test]
    fn the_best_comes_first_and_of_equals_the_one_who_has_fewest() {
        let takers = [vec![(0, 0), (1, 1)], vec![(0, 0), (0, 1)], vec![(0, 1), (0, 0)]];
        assert_eq!(matching(&takers, &[0, 1, 2], 2), [Some(1), Some(0), Some(0)]);
        // The first item is assigned first in either order, because no item suits any taker better.
        assert_eq!(matching(&takers, &[2, 1, 0], 2), [Some(1), Some(0), Some(0)]);
    }

    #[test]
    fn of_what_another_has_several_of_the_one_that_suits_it_least_is_taken() {
        // Each of the three suits 0 to some degree; 1 has them all at first, because they suit it
        // better.
        let takers = |ranks: [u8; 3]| ranks.map(|rank| vec![(rank, 1), (0, 0)]).to_vec();
        assert_eq!(matching(&takers([2, 1, 2]), &[0, 1, 2], 2), [Some(1), Some(0), Some(1)]);
        assert_eq!(matching(&takers([1, 1, 1]), &[0, 1, 2], 2), [Some(1), Some(1), Some(0)]);
        let better = [vec![(3, 1), (2, 0)], vec![(2, 1), (1, 0)]];
        assert_eq!(matching(&better, &[0, 1], 2), [Some(0), Some(1)]);
    }
}
