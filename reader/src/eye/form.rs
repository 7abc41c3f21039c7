//! The measurable form of one shape, and where in the cup it lies.

use super::cup::Cup;
use super::mask::Mask;

/// Measures of a shape; the lexicon gives the same measures for each symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Form {
    /// Share of the cup, 0 to 1.
    pub share: f64,
    /// Long axis over short axis, from 1.
    pub elongation: f64,
    /// Area over the area of the convex hull, 0 to 1.
    pub solidity: f64,
    /// How far the long axis stands up: 0 level, 1 upright.
    pub upright: f64,
    /// Bulges of the outline.
    pub lobes: f64,
    /// Enclosed holes.
    pub holes: f64,
}

/// Position in the cup.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// 0 centre, 1 rim.
    pub radius: f64,
    /// Right of the centre.
    pub u: f64,
    /// Below the centre.
    pub v: f64,
}

/// Directions clockwise from the right, an eighth each; the reader's phrase book uses the same.
pub const SIDES: [&str; 8] = [
    "on the right",
    "lower right",
    "at the lower side",
    "lower left",
    "on the left",
    "upper left",
    "at the upper side",
    "upper right",
];

/// Depths from the centre outwards.
pub const DEPTHS: [&str; 3] = ["at the bottom of the cup", "on the wall", "near the rim"];

impl Place {
    /// Where the centre of a piece lies.
    pub fn of(cup: &Cup, x: f64, y: f64) -> Self {
        let (u, v) = cup.relative(x, y);
        Self {
            radius: u.hypot(v),
            u,
            v,
        }
    }

    /// In words, always built from `DEPTHS` and `SIDES`.
    pub fn words(&self) -> String {
        let depth = DEPTHS[if self.radius < 0.33 {
            0
        } else if self.radius < 0.66 {
            1
        } else {
            2
        }];
        if self.radius < 0.12 {
            return depth.to_owned();
        }
        let eighth = self.v.atan2(self.u) / std::f64::consts::FRAC_PI_4;
        // rem_euclid of a rounded number lies in 0..8.
        let side = SIDES[eighth.round().rem_euclid(8.0) as usize];
        format!("{depth}, {side}")
    }
}

impl Form {
    /// Measures the pixels of one piece.
    pub fn of(piece: &[usize], mask: &Mask, cup: &Cup) -> Self {
        let points: Vec<(f64, f64)> = piece
            .iter()
            .map(|i| ((i % mask.width) as f64, (i / mask.width) as f64))
            .collect();
        let (elongation, upright) = axes(&points);
        Self {
            share: piece.len() as f64 / cup.area(),
            elongation,
            solidity: (points.len() as f64 / hull_area(&points)).min(1.0),
            upright,
            lobes: lobes(&points),
            holes: holes(piece, mask),
        }
    }

    /// In words; every one of them is measured.
    pub fn words(&self, shadow: bool) -> String {
        let size = match self.share {
            s if s < 0.01 => "small",
            s if s < 0.06 => "medium",
            _ => "large",
        };
        let build = match self.elongation {
            e if e < 1.35 => "round",
            e if e < 2.4 => "oval",
            _ => "long",
        };
        let edge = match self.solidity {
            s if s > 0.85 => "smooth",
            s if s > 0.6 => "curved",
            _ => "branching",
        };
        let tilt = match (self.elongation, self.upright) {
            (e, _) if e < 1.35 => "",
            (_, u) if u < 0.35 => " lying level",
            (_, u) if u > 0.8 => " standing upright",
            _ => " leaning",
        };
        let ring = if self.holes > 0.0 {
            " with a light opening"
        } else {
            ""
        };
        let kind = if shadow { "soft shadow" } else { "dark shape" };
        let percent = 100.0 * self.share;
        format!("{size} {build} {edge} {kind}{tilt}{ring}, {percent:.1}% of the cup")
    }
}

/// Long over short axis and uprightness, from the second moments.
fn axes(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len().max(1) as f64;
    let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
    let my = points.iter().map(|p| p.1).sum::<f64>() / n;
    let moment =
        |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|p| f(p.0 - mx, p.1 - my)).sum::<f64>() / n;
    // A pixel is a square, not a point: 1/12 is its own moment.
    let xx = moment(&|x, _| x * x) + 1.0 / 12.0;
    let yy = moment(&|_, y| y * y) + 1.0 / 12.0;
    let xy = moment(&|x, y| x * y);
    let spread = ((xx - yy).powi(2) + 4.0 * xy * xy).sqrt();
    let (long, short) = ((xx + yy + spread) / 2.0, (xx + yy - spread) / 2.0);
    let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
    ((long / short.max(1e-6)).sqrt().min(12.0), angle.sin().abs())
}

/// Area of the convex hull of the pixels (Andrew's monotone chain), pixel corners included.
fn hull_area(points: &[(f64, f64)]) -> f64 {
    let mut corners: Vec<(f64, f64)> = points
        .iter()
        .flat_map(|&(x, y)| [(x, y), (x + 1.0, y), (x, y + 1.0), (x + 1.0, y + 1.0)])
        .collect();
    corners.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    corners.dedup();
    let mut hull = half_hull(corners.iter().copied());
    hull.extend(half_hull(corners.iter().rev().copied()));
    let next = hull.iter().cycle().skip(1);
    let twice: f64 = hull
        .iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - a.1 * b.0)
        .sum();
    (twice / 2.0).abs().max(1.0)
}

fn half_hull(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for c in points {
        while let [.., a, b] = hull[..] {
            if (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0) > 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(c);
    }
    hull.pop();
    hull
}

/// Bulges: peaks of the outline's distance from the centre over 24 directions.
fn lobes(points: &[(f64, f64)]) -> f64 {
    const RAYS: usize = 24;
    let n = points.len().max(1) as f64;
    let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
    let my = points.iter().map(|p| p.1).sum::<f64>() / n;
    let mut reach = [0.0f64; RAYS];
    for (x, y) in points {
        let turn = (y - my).atan2(x - mx) / std::f64::consts::TAU;
        let ray = (turn * RAYS as f64).rem_euclid(RAYS as f64) as usize % RAYS;
        reach[ray] = reach[ray].max((x - mx).hypot(y - my));
    }
    let mean = reach.iter().sum::<f64>() / RAYS as f64;
    let at = |i: usize| reach[i % RAYS];
    let peak = |i: &usize| {
        let here = at(*i);
        here > mean * 1.05
            && here > at(i + RAYS - 1)
            && here >= at(i + 1)
            && here >= at(i + RAYS - 2)
            && here >= at(i + 2)
    };
    (0..RAYS).filter(peak).count().max(1) as f64
}

/// Light pieces that touch neither the picture's edge nor anything outside the shape.
fn holes(piece: &[usize], mask: &Mask) -> f64 {
    let mut inside = vec![false; mask.on.len()];
    piece.iter().for_each(|i| inside[*i] = true);
    let rest = Mask::of(mask.width, mask.height, |i| !inside[i]);
    let at_edge = |i: &usize| {
        let (x, y) = (i % mask.width, i / mask.width);
        x == 0 || y == 0 || x + 1 == mask.width || y + 1 == mask.height
    };
    let least = (piece.len() / 100).max(4);
    let enclosed = |p: &&Vec<usize>| p.len() >= least && !p.iter().any(at_edge);
    rest.pieces().iter().filter(enclosed).count() as f64
}
