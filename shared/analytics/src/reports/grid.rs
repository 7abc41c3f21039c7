//! Sums by bucket and key, without gaps.

use std::collections::{BTreeMap, BTreeSet};

/// What there is by bucket and key.
#[derive(Clone, Debug)]
pub struct Grid<K, V> {
    cells: BTreeMap<(usize, K), V>,
    keys: BTreeSet<K>,
    len: usize,
}

impl<K: Ord + Clone, V: Default> Grid<K, V> {
    /// Of so many buckets.
    pub fn new(len: usize) -> Self {
        Self {
            cells: BTreeMap::new(),
            keys: BTreeSet::new(),
            len,
        }
    }

    /// The sum of a bucket and a key.
    pub fn cell(&mut self, at: i32, key: K) -> &mut V {
        self.keys.insert(key.clone());
        let at = usize::try_from(at).unwrap_or_default();
        self.cells.entry((at, key)).or_default()
    }

    /// Every bucket with every key that occurs in any, in their order.
    pub fn all(mut self) -> Vec<(usize, K, V)> {
        let mut all = Vec::new();
        for at in 0..self.len {
            for key in &self.keys {
                let found = self.cells.remove(&(at, key.clone()));
                all.push((at, key.clone(), found.unwrap_or_default()));
            }
        }
        all
    }
}

impl<V: Default> Grid<(), V> {
    /// Every bucket.
    pub fn buckets(mut self) -> Vec<V> {
        let cell = |at| self.cells.remove(&(at, ())).unwrap_or_default();
        (0..self.len).map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_without_anything_is_there_for_each_key() {
        let mut grid: Grid<&str, i64> = Grid::new(3);
        *grid.cell(0, "b") += 1;
        *grid.cell(0, "b") += 1;
        *grid.cell(2, "a") += 5;
        let all = grid.all();
        assert_eq!(
            all,
            [
                (0, "a", 0),
                (0, "b", 2),
                (1, "a", 0),
                (1, "b", 0),
                (2, "a", 5),
                (2, "b", 0)
            ]
        );
        let mut plain: Grid<(), i64> = Grid::new(2);
        *plain.cell(1, ()) += 4;
        assert_eq!(plain.buckets(), [0, 4]);
    }
}
