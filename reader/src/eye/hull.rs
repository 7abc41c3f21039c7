//! Convex hulls of pieces, in pixel corners.

/// The convex hull (Andrew's monotone chain), counter-clockwise or clockwise, no point twice.
pub fn of(piece: &[usize], width: usize) -> Vec<(f64, f64)> {
    half_hulls(&corners(piece, width))
}

/// Square pixels.
pub fn area(hull: &[(f64, f64)]) -> f64 {
    let next = hull.iter().cycle().skip(1);
    let twice: f64 = hull
        .iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - a.1 * b.0)
        .sum();
    (twice / 2.0).abs().max(1.0)
}

/// `count` points at equal steps along the hull.
pub fn walk(hull: &[(f64, f64)], count: usize) -> Vec<(f64, f64)> {
    let sides: Vec<_> = hull.iter().zip(hull.iter().cycle().skip(1)).collect();
    let length = |a: &(f64, f64), b: &(f64, f64)| (b.0 - a.0).hypot(b.1 - a.1);
    let whole: f64 = sides.iter().map(|(a, b)| length(a, b)).sum();
    let step = whole / count.max(1) as f64;
    let (mut points, mut gone, mut next) = (Vec::with_capacity(count), 0.0, step / 2.0);
    for (a, b) in sides {
        let side = length(a, b);
        while next < gone + side && points.len() < count {
            let part = (next - gone) / side;
            points.push((a.0 + part * (b.0 - a.0), a.1 + part * (b.1 - a.1)));
            next += step;
        }
        gone += side;
    }
    points
}

/// Only the ends of each row can be corners of the hull; both corners of each end pixel, sorted.
fn corners(piece: &[usize], width: usize) -> Vec<(f64, f64)> {
    let top = piece.iter().min().map_or(0, |i| i / width);
    let bottom = piece.iter().max().map_or(0, |i| i / width);
    let mut rows = vec![(usize::MAX, 0usize); bottom - top + 1];
    for i in piece {
        let row = &mut rows[i / width - top];
        *row = (row.0.min(i % width), row.1.max(i % width + 1));
    }
    let ends = rows.iter().enumerate().filter(|(_, row)| row.0 < row.1);
    let mut corners: Vec<(f64, f64)> = ends
        .flat_map(|(y, row)| {
            let (left, right, y) = (row.0 as f64, row.1 as f64, (y + top) as f64);
            [(left, y), (left, y + 1.0), (right, y), (right, y + 1.0)]
        })
        .collect();
    corners.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    corners.dedup();
    corners
}

fn half_hulls(corners: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut hull = half(corners.iter().copied());
    hull.extend(half(corners.iter().rev().copied()));
    hull
}

fn half(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
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
