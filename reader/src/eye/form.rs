//! The measurable form of one shape, and where in the cup it lies.

use super::blobs::Kind;
use super::cup::Cup;
use super::hull;
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
            solidity: (points.len() as f64 / hull::area(&hull::of(piece, mask.width))).min(1.0),
            upright,
            lobes: lobes(&points),
            holes: holes(piece, mask.width),
        }
    }

    /// In words; every one of them is measured.
    pub fn words(&self, kind: Kind) -> String {
        let size = match self.share {
            s if s < 0.01 => "small",
            s if s < 0.1 => "medium",
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
        let kind = match kind {
            Kind::Dark => "dark shape",
            Kind::Light => "light clearing",
            Kind::Shadow => "soft shadow",
        };
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

/// Bulges: peaks of the outline's distance from the centre over 36 directions, smoothed; a peak
/// counts if the outline falls by a tenth of the mean on its way to the next higher one.
fn lobes(points: &[(f64, f64)]) -> f64 {
    const RAYS: usize = 36;
    let n = points.len().max(1) as f64;
    let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
    let my = points.iter().map(|p| p.1).sum::<f64>() / n;
    let mut reach = [0.0f64; RAYS];
    for (x, y) in points {
        let turn = (y - my).atan2(x - mx) / std::f64::consts::TAU;
        let ray = (turn * RAYS as f64).round().rem_euclid(RAYS as f64) as usize % RAYS;
        reach[ray] = reach[ray].max((x - mx).hypot(y - my));
    }
    let soft: Vec<f64> = (0..RAYS)
        .map(|i| (reach[(i + RAYS - 1) % RAYS] + 2.0 * reach[i] + reach[(i + 1) % RAYS]) / 4.0)
        .collect();
    let mean = soft.iter().sum::<f64>() / RAYS as f64;
    let falls = |from: usize, step: usize| {
        let way = (1..RAYS).map(|k| soft[(from + k * step) % RAYS]);
        way.take_while(|reach| *reach <= soft[from])
            .fold(soft[from], f64::min)
    };
    let peak = |i: &usize| {
        let higher = soft[*i] > soft[(i + RAYS - 1) % RAYS] && soft[*i] >= soft[(i + 1) % RAYS];
        let valley = falls(*i, 1).max(falls(*i, RAYS - 1));
        higher && soft[*i] - valley > 0.1 * mean
    };
    (0..RAYS).filter(peak).count().max(1) as f64
}

/// Light pieces enclosed by the shape, looked for in its own box with a margin around it.
fn holes(piece: &[usize], width: usize) -> f64 {
    let xs = || piece.iter().map(|i| i % width);
    let (left, right) = (xs().min().unwrap_or(0), xs().max().unwrap_or(0));
    let top = piece.iter().min().map_or(0, |i| i / width);
    let bottom = piece.iter().max().map_or(0, |i| i / width);
    let (w, h) = (right - left + 3, bottom - top + 3);
    let mut rest = Mask::of(w, h, |_| true);
    for i in piece {
        rest.on[(i / width - top + 1) * w + i % width - left + 1] = false;
    }
    let least = (piece.len() / 100).max(4);
    // The margin hangs together with everything that is not enclosed, and holds pixel 0.
    let enclosed = |p: &&Vec<usize>| p.len() >= least && !p.contains(&0);
    rest.pieces().iter().filter(enclosed).count() as f64
}
