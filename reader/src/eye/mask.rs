//! Black-and-white pictures and the connected pieces in them.

/// A set of pixels.
#[derive(Clone)]
pub struct Mask {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Row by row.
    pub on: Vec<bool>,
}

impl Mask {
    /// The pixels `inside` picks by index.
    pub fn of(width: usize, height: usize, inside: impl Fn(usize) -> bool) -> Self {
        Self {
            width,
            height,
            on: (0..width * height).map(inside).collect(),
        }
    }

    /// Removes specks and closes pinholes: each pixel follows the majority of its 3 x 3.
    pub fn smoothed(&self) -> Self {
        Self::of(self.width, self.height, |i| {
            let (x, y) = (i % self.width, i / self.width);
            let mut count = 0;
            for ny in y.saturating_sub(1)..(y + 2).min(self.height) {
                for nx in x.saturating_sub(1)..(x + 2).min(self.width) {
                    count += usize::from(self.on[ny * self.width + nx]);
                }
            }
            count >= 5
        })
    }

    /// Pieces that hang together over edges, as lists of pixel indexes, largest first.
    pub fn pieces(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.on.len()];
        let mut pieces = Vec::new();
        for start in 0..self.on.len() {
            if seen[start] || !self.on[start] {
                continue;
            }
            seen[start] = true;
            let mut piece = vec![start];
            let mut next = 0;
            while next < piece.len() {
                let at = piece[next];
                next += 1;
                for near in self.neighbours(at).into_iter().flatten() {
                    if self.on[near] && !seen[near] {
                        seen[near] = true;
                        piece.push(near);
                    }
                }
            }
            pieces.push(piece);
        }
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        pieces
    }

    /// The four neighbours that exist.
    pub fn neighbours(&self, at: usize) -> [Option<usize>; 4] {
        let (x, y) = (at % self.width, at / self.width);
        [
            (x > 0).then(|| at - 1),
            (x + 1 < self.width).then_some(at + 1),
            (y > 0).then(|| at - self.width),
            (y + 1 < self.height).then_some(at + self.width),
        ]
    }
}
