//! Ellipses: a round rim seen from anywhere is one. Least-squares fit of a conic (the linear form,
//! as in Bookstein 1979 with the origin inside the curve), with outliers left out: a handle, a
//! spoon across the rim, the edge of the photo.

/// An ellipse in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipse {
    /// Centre.
    pub x: f64,
    /// Centre.
    pub y: f64,
    /// Half axes.
    pub long: f64,
    pub short: f64,
    /// The symmetric matrix that makes it a circle of radius 1: xx, xy, yy.
    root: [f64; 3],
}

impl Ellipse {
    /// One whose axes are level and upright.
    pub fn level(x: f64, y: f64, a: f64, b: f64) -> Self {
        Self {
            x,
            y,
            long: a.max(b),
            short: a.min(b),
            root: [1.0 / a.max(1e-6), 0.0, 1.0 / b.max(1e-6)],
        }
    }

    /// Position of a pixel: (0, 0) is the centre, length 1 the curve; directions stay as they are.
    pub fn relative(&self, x: f64, y: f64) -> (f64, f64) {
        let (dx, dy) = (x - self.x, y - self.y);
        let [xx, xy, yy] = self.root;
        (xx * dx + xy * dy, xy * dx + yy * dy)
    }

    /// 0 in the centre, 1 on the curve.
    pub fn radius(&self, (x, y): (f64, f64)) -> f64 {
        let (u, v) = self.relative(x, y);
        u.hypot(v)
    }

    /// The point at `turn` (radians) and `radius` times the curve.
    pub fn point(&self, turn: f64, radius: f64) -> (f64, f64) {
        let (u, v) = (radius * turn.cos(), radius * turn.sin());
        let [xx, xy, yy] = self.root;
        let det = xx * yy - xy * xy;
        (
            self.x + (yy * u - xy * v) / det,
            self.y + (xx * v - xy * u) / det,
        )
    }

    /// Square pixels.
    pub fn area(&self) -> f64 {
        std::f64::consts::PI * self.long * self.short
    }

    /// The ellipse through most of `points`, and the share of them that lies within `off` of it.
    pub fn fit(points: &[(f64, f64)], off: f64) -> Option<(Self, f64)> {
        let mut found = Self::through(points)?;
        for tolerance in [3.0 * off, 2.0 * off, 1.5 * off] {
            let near: Vec<_> = points
                .iter()
                .copied()
                .filter(|p| (found.radius(*p) - 1.0).abs() < tolerance)
                .collect();
            found = Self::through(&near)?;
        }
        let fits = points
            .iter()
            .filter(|p| (found.radius(**p) - 1.0).abs() < off)
            .count();
        Some((found, fits as f64 / points.len().max(1) as f64))
    }

    /// Least squares of A x^2 + B xy + C y^2 + D x + E y = 1 around the mean of the points.
    fn through(points: &[(f64, f64)]) -> Option<Self> {
        if points.len() < 8 {
            return None;
        }
        let n = points.len() as f64;
        let (mx, my) = points
            .iter()
            .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        let (mx, my) = (mx / n, my / n);
        let spread = points
            .iter()
            .map(|p| (p.0 - mx).hypot(p.1 - my))
            .fold(1.0, f64::max);
        let mut rows = [[0.0; 6]; 5];
        for (x, y) in points {
            let (x, y) = ((x - mx) / spread, (y - my) / spread);
            let terms = [x * x, x * y, y * y, x, y, 1.0];
            for (row, left) in rows.iter_mut().zip(terms) {
                for (cell, right) in row.iter_mut().zip(terms) {
                    *cell += left * right;
                }
            }
        }
        Self::of_conic(solve(rows)?, (mx, my), spread)
    }

    fn of_conic([a, b, c, d, e]: [f64; 5], (mx, my): (f64, f64), spread: f64) -> Option<Self> {
        let det = 4.0 * a * c - b * b;
        if det <= 1e-9 || a <= 0.0 {
            return None;
        }
        let (x, y) = ((b * e - 2.0 * c * d) / det, (b * d - 2.0 * a * e) / det);
        // Around its centre the form is worth `level` on the curve.
        let level = 1.0 - (d * x + e * y) / 2.0;
        let (a, b, c) = (a / level, b / level, c / level);
        let half = ((a - c).powi(2) + b * b).sqrt();
        let (large, small) = ((a + c + half) / 2.0, (a + c - half) / 2.0);
        if level <= 0.0 || small <= 0.0 {
            return None;
        }
        // Root of a positive 2 x 2 matrix M: (M + sqrt(det M) 1) / sqrt(tr M + 2 sqrt(det M)).
        let s = (large * small).sqrt();
        let t = (a + c + 2.0 * s).sqrt() * spread;
        Some(Self {
            x: mx + spread * x,
            y: my + spread * y,
            long: spread / small.sqrt(),
            short: spread / large.sqrt(),
            root: [(a + s) / t, b / 2.0 / t, (c + s) / t],
        })
    }
}

/// Gauss with the largest pivot; five equations, the right side last.
fn solve(mut rows: [[f64; 6]; 5]) -> Option<[f64; 5]> {
    for i in 0..5 {
        let best = (i..5).max_by(|p, q| rows[*p][i].abs().total_cmp(&rows[*q][i].abs()))?;
        rows.swap(i, best);
        let pivot = rows[i];
        if pivot[i].abs() < 1e-12 {
            return None;
        }
        for (at, row) in rows.iter_mut().enumerate() {
            let factor = if at == i { 0.0 } else { row[i] / pivot[i] };
            row.iter_mut()
                .zip(pivot)
                .for_each(|(cell, p)| *cell -= factor * p);
        }
    }
    Some(std::array::from_fn(|i| rows[i][5] / rows[i][i]))
}
