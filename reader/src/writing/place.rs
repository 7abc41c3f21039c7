//! Where a sign lies, read from the words of an eye, ours or another model's.

use super::book::Places;

/// A place: 0 bottom, 1 wall, 2 rim; an eighth of the circle clockwise from the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bottom, wall, rim.
    pub depth: Option<usize>,
    /// Clockwise from the right.
    pub side: Option<usize>,
}

impl Place {
    /// From English words.
    pub fn of(words: &str) -> Self {
        let words = words.to_lowercase();
        Self {
            depth: depth(&words),
            side: side(&words),
        }
    }

    /// In the words of a language; `None` where nothing is known.
    pub fn words(self, places: &Places) -> Option<&'static str> {
        match (self.depth, self.side) {
            (Some(depth), side) => Some(places.depths[depth][side.unwrap_or(8)]),
            (None, Some(side)) => Some(places.sides[side]),
            (None, None) => None,
        }
    }

    /// 0 close to `other`, 1 across the cup from it, 2 neither or unknown.
    pub fn relation(self, other: Self) -> usize {
        let (Some(a), Some(b)) = (self.side, other.side) else {
            return 2;
        };
        let apart = (a + 8 - b) % 8;
        let same_depth = self.depth == other.depth;
        match apart.min(8 - apart) {
            0 | 1 if same_depth => 0,
            3 | 4 if self.depth != Some(0) && other.depth != Some(0) => 1,
            _ => 2,
        }
    }

    /// -1 left, 1 right, 0 neither.
    pub fn hand(self) -> i32 {
        match self.side {
            Some(3..=5) => -1,
            Some(0 | 1 | 7) => 1,
            _ => 0,
        }
    }
}

fn depth(words: &str) -> Option<usize> {
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if has(&["rim", "edge"]) {
        Some(2)
    } else if has(&["wall", "side of the cup"]) {
        Some(1)
    } else if has(&["bottom", "centre", "center", "base"]) {
        Some(0)
    } else if has(&["middle"]) {
        Some(1)
    } else {
        None
    }
}

fn side(words: &str) -> Option<usize> {
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let (left, right) = (has(&["left"]), has(&["right"]));
    let (up, down) = (has(&["upper", "top"]), has(&["lower"]));
    match (left, right, up, down) {
        (false, true, false, false) => Some(0),
        (false, true, false, true) => Some(1),
        (false, false, false, true) => Some(2),
        (true, false, false, true) => Some(3),
        (true, false, false, false) => Some(4),
        (true, false, true, false) => Some(5),
        (false, false, true, false) => Some(6),
        (false, true, true, false) => Some(7),
        _ => None,
    }
}
