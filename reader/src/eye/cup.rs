//! Where the cup is. A rim seen from anywhere is an ellipse, and porcelain is lighter than what
//! is around it: among the light regions (or, for a dark cup, the dark ones) of several
//! thresholds, the largest is taken whose outline is an ellipse with an edge all around. Without
//! one the middle of the picture is looked at, and the answer is that this is no cup.

use std::f64::consts::TAU;

use super::ellipse::Ellipse;
use super::hull;
use super::mask::Mask;
use super::picture::{Picture, otsu};

/// The cup of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Cup {
    /// Its rim.
    pub rim: Ellipse,
    /// Seen, not assumed.
    pub found: bool,
}

/// The outline may leave its ellipse by this share of the radius.
const OFF: f64 = 0.045;
/// This share of the outline has to follow it: a circle all, a rectangle a third.
const FOLLOWS: f64 = 0.82;
/// This much of the ellipse has to be in the picture with its edge.
const SEEN: f64 = 0.6;
/// Thresholds that are tried on each channel.
const STEPS: usize = 8;
/// Directions in which the rim is looked for.
const LOOKS: usize = 72;
/// A step in brightness that counts as an edge, as a share of the picture's contrast.
const STEP: f64 = 0.14;
/// A smaller share of the picture is a spot, not what the photo was taken of.
const LEAST: f64 = 0.035;

impl Cup {
    /// Position of a pixel in the cup: (0, 0) is the centre, length 1 the rim.
    pub fn relative(&self, x: f64, y: f64) -> (f64, f64) {
        self.rim.relative(x, y)
    }

    /// Whether a pixel lies in the cup, its outermost rim left out.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.rim.radius((x, y)) <= 0.95
    }

    /// Square pixels.
    pub fn area(&self) -> f64 {
        self.rim.area()
    }
}

/// The cup of the picture.
pub fn find(picture: &Picture) -> Cup {
    let over = |values: &[u8], t: u8| rims_of(picture, values, |v| v > t);
    let mut rims = all(&picture.white, over);
    if rims.is_empty() {
        rims = all(&picture.luma, over);
    }
    if rims.is_empty() {
        rims = all(&picture.luma, |values, t| {
            rims_of(picture, values, |v| v <= t)
        });
    }
    // The largest, but not one that a spoon or a handle has pulled away from its outline.
    let worth = |(rim, follows): &(Ellipse, f64)| rim.area() * follows.powi(6);
    let best = rims
        .into_iter()
        .max_by(|a, b| worth(a).total_cmp(&worth(b)));
    best.map_or_else(|| middle(picture), |(rim, _)| Cup { rim, found: true })
}

/// Rims at every threshold: what splits the picture best (Otsu), and equal steps through the
/// brightness that occurs in it.
fn all(values: &[u8], look: impl Fn(&[u8], u8) -> Vec<(Ellipse, f64)>) -> Vec<(Ellipse, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get(sorted.len() * share / 100).copied().unwrap_or(0);
    let (low, high) = (f64::from(at(5)), f64::from(at(99)));
    let mut thresholds: Vec<u8> = (1..=STEPS)
        .map(|n| (low + (high - low) * n as f64 / (STEPS + 1) as f64) as u8)
        .collect();
    thresholds.push(otsu(values.iter().copied()));
    thresholds.sort_unstable();
    thresholds.dedup();
    thresholds
        .into_iter()
        .flat_map(|t| look(values, t))
        .collect()
}

fn middle(picture: &Picture) -> Cup {
    let (w, h) = (picture.width as f64, picture.height as f64);
    Cup {
        rim: Ellipse::level(w / 2.0, h / 2.0, w * 0.46, h * 0.46),
        found: false,
    }
}

/// Rims of the largest regions that `takes` picks, and how much of the outline follows each.
fn rims_of(picture: &Picture, values: &[u8], takes: impl Fn(u8) -> bool) -> Vec<(Ellipse, f64)> {
    let mask = Mask::of(picture.width, picture.height, |i| takes(values[i])).smoothed();
    let least = picture.width * picture.height / 250;
    let pieces = mask.pieces().into_iter().take(4);
    pieces
        .filter(|piece| piece.len() >= least)
        .filter_map(|piece| rim(picture, values, &mask, &piece))
        .collect()
}

fn rim(picture: &Picture, values: &[u8], mask: &Mask, piece: &[usize]) -> Option<(Ellipse, f64)> {
    let (w, h) = (picture.width as f64, picture.height as f64);
    let outline = hull::walk(&hull::of(piece, mask.width), 160);
    let free = |p: &(f64, f64)| p.0 > 2.0 && p.1 > 2.0 && p.0 < w - 2.0 && p.1 < h - 2.0;
    let outline: Vec<_> = outline.into_iter().filter(free).collect();
    let (rim, follows) = Ellipse::fit(&outline, OFF)?;
    let inside = (0.0..w).contains(&rim.x) && (0.0..h).contains(&rim.y);
    let plausible = inside
        && rim.area() >= LEAST * w * h
        && rim.short >= 0.33 * rim.long
        && rim.long <= 0.9 * w.max(h);
    (plausible && follows >= FOLLOWS && edged(picture, values, mask, piece, &rim, follows))
        .then_some((rim, follows))
}

/// Whether enough of the ellipse is in the picture, and the region borders it all around with a
/// step in brightness.
fn edged(
    picture: &Picture,
    values: &[u8],
    mask: &Mask,
    piece: &[usize],
    rim: &Ellipse,
    follows: f64,
) -> bool {
    let step = STEP * f64::from(picture.contrast).max(50.0);
    let mut own = vec![false; mask.on.len()];
    piece.iter().for_each(|i| own[*i] = true);
    let (mut seen, mut borders, mut steps, mut beyond) = (0, 0, 0, 0);
    let mut corners = [false; 4];
    for look in 0..LOOKS {
        let turn = TAU * look as f64 / LOOKS as f64;
        let at = |radius: f64| picture.index(rim.point(turn, radius));
        let Some(outer) = at(1.08) else {
            continue;
        };
        seen += 1;
        corners[4 * look / LOOKS] = true;
        beyond += usize::from(mask.on[outer]);
        let near = [0.82, 0.86, 0.9, 0.94, 0.97, 1.0];
        borders += usize::from(near.iter().filter_map(|r| at(*r)).any(|i| own[i]));
        // Sharp: within a twelfth of the radius; shades and blurs take longer.
        let value = |radius: f64| at(radius).map(|i| f64::from(values[i]));
        let sharp = [0.94, 0.97, 1.0, 1.03].iter().any(|edge| {
            let both = value(edge - 0.04).zip(value(edge + 0.04));
            both.is_some_and(|(inner, outer)| (inner - outer).abs() >= step)
        });
        steps += usize::from(sharp);
    }
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let (borders, steps) = (share(borders, seen), share(steps, seen));
    let whole = share(seen, LOOKS) >= SEEN && borders >= 0.75 && steps >= 0.7;
    // A cup that fills the picture shows its rim in the corners alone; then it must be clear.
    let (w, h) = (picture.width as f64, picture.height as f64);
    let filling = rim.area() >= 0.6 * w * h
        && (0.3..0.7).contains(&(rim.x / w))
        && (0.3..0.7).contains(&(rim.y / h));
    let close = filling
        && corners.iter().filter(|seen| **seen).count() >= 3
        && share(seen, LOOKS) >= 0.2
        && follows >= 0.93
        && borders >= 0.9
        && steps >= 0.85;
    (whole || close) && share(beyond, seen) <= 0.3
}
