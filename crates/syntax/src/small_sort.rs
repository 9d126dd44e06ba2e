//! Sorting that takes little code. The standard library's sorts are compiled anew, at about 5 kB, for each type and order,
//! which the module that a browser loads can't afford; nothing that is sorted here is long.

use std::cmp::Ordering;

/// Stable sorts of slices, all by one compiled algorithm.
pub trait SmallSort<T> {
    /// Sorts.
    fn small_sort(&mut self)
    where
        T: Ord;

    /// Sorts in the order of a key.
    fn small_sort_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);

    /// Sorts in an order of one's own.
    fn small_sort_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);
}

impl<T> SmallSort<T> for [T] {
    fn small_sort(&mut self)
    where
        T: Ord,
    {
        self.small_sort_by(T::cmp);
    }

    fn small_sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.small_sort_by(|a, b| key(a).cmp(&key(b)));
    }

    fn small_sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut order = order(self.len(), &mut |a, b| match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        // Each cycle of the permutation is followed once.
        for first in 0..self.len() {
            let mut at = first;
            while let Some(from) = order.get_mut(at).map(|from| std::mem::replace(from, at)) {
                if from == first || from == at {
                    break;
                }
                self.swap(at, from);
                at = from;
            }
        }
    }
}

/// The places of what is to stand first, second and so on.
fn order(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut seed = 7_u32;
        for length in 0..60 {
            let list: Vec<(u32, usize)> = (0..length)
                .map(|index| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 28, index)
                })
                .collect();
            let (mut ours, mut theirs) = (list.clone(), list.clone());
            ours.small_sort_by_key(|one| one.0);
            theirs.sort_by_key(|one| one.0);
            assert_eq!(ours, theirs);
            let (mut ours, mut theirs) = (list.clone(), list);
            ours.small_sort_by(|a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            assert_eq!(ours, theirs);
        }
        let mut names = vec!["b".to_owned(), "a".to_owned(), "c".to_owned()];
        names.small_sort();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
