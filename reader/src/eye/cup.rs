//! Where the cup is: the ellipse around the largest white region, porcelain being white; the
//! middle of the picture when there is none.

use super::mask::Mask;
use super::picture::{Picture, otsu};

/// An upright ellipse in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Cup {
    /// Centre.
    pub x: f64,
    /// Centre.
    pub y: f64,
    /// Half width.
    pub a: f64,
    /// Half height.
    pub b: f64,
    /// Seen, not assumed.
    pub found: bool,
}

impl Cup {
    /// Position of a pixel in the cup: (0, 0) is the centre, length 1 the rim.
    pub fn relative(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.x) / self.a, (y - self.y) / self.b)
    }

    /// Whether a pixel lies in the cup, its outermost rim left out.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        let (u, v) = self.relative(x, y);
        u * u + v * v <= 0.92
    }

    /// Pixels.
    pub fn area(&self) -> f64 {
        std::f64::consts::PI * self.a * self.b
    }
}

/// The cup of the picture.
pub fn find(picture: &Picture) -> Cup {
    let (w, h) = (picture.width as f64, picture.height as f64);
    let middle = Cup {
        x: w / 2.0,
        y: h / 2.0,
        a: w * 0.46,
        b: h * 0.46,
        found: false,
    };
    let threshold = otsu(picture.white.iter().copied()).max(60);
    let white = Mask::of(picture.width, picture.height, |i| {
        picture.white[i] > threshold
    })
    .smoothed();
    let Some(region) = white.pieces().into_iter().next() else {
        return middle;
    };
    let xs = region.iter().map(|i| (i % picture.width) as f64);
    let ys = region.iter().map(|i| (i / picture.width) as f64);
    let (left, right) = bounds(xs);
    let (top, bottom) = bounds(ys);
    let (a, b) = ((right - left + 1.0) / 2.0, (bottom - top + 1.0) / 2.0);
    let large = a * 2.0 >= 0.18 * w && b * 2.0 >= 0.18 * h;
    let round = (0.4..=2.5).contains(&(a / b));
    // A bare rim covers little of its box, a filled cup about pi/4 of it; less is a stray glint.
    let solid = region.len() as f64 >= 0.08 * 4.0 * a * b;
    if large && round && solid {
        Cup {
            x: (left + right) / 2.0,
            y: (top + bottom) / 2.0,
            a,
            b,
            found: true,
        }
    } else {
        middle
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), v| {
        (low.min(v), high.max(v))
    })
}
