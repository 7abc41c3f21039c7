//! Two samples, compared without an assumption about how they are distributed.

/// What tells two samples apart.
pub struct Comparison {
    /// The median of the first less that of the second.
    pub shift: f64,
    /// The statistic of Kolmogorov and Smirnov: the greatest distance of the two distributions, from 0 to 1.
    pub distance: f64,
    /// Of the two-sided test of Mann and Whitney: how likely ranks so uneven are if both are drawn alike.
    pub p: f64,
    /// The share of answers that the best single threshold tells apart; 0.5 is guessing.
    pub guesses: f64,
}

/// The value that a share of a sample lies below, between two of them where it falls there.
pub fn quantile(sample: &[f64], share: f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = share * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

/// Compares two samples.
pub fn compare(first: &[f64], second: &[f64]) -> Comparison {
    let distance = kolmogorov_smirnov(first, second);
    Comparison {
        shift: quantile(first, 0.5) - quantile(second, 0.5),
        distance,
        p: mann_whitney(first, second),
        // A threshold is right for a share of one sample and for the rest of the other, and D is their greatest sum less 1.
        guesses: f64::midpoint(1.0, distance),
    }
}

/// Both samples in one order, each value with whether it is of the first.
fn merged(first: &[f64], second: &[f64]) -> Vec<(f64, bool)> {
    let first = first.iter().map(|value| (*value, true));
    let second = second.iter().map(|value| (*value, false));
    let mut all: Vec<_> = first.chain(second).collect();
    all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    all
}

fn kolmogorov_smirnov(first: &[f64], second: &[f64]) -> f64 {
    let (mut below, mut greatest) = ([0.0, 0.0], 0.0_f64);
    for equal in merged(first, second).chunk_by(|one, other| one.0 == other.0) {
        for (_, is_first) in equal {
            match is_first {
                true => below[0] += 1.0 / first.len() as f64,
                false => below[1] += 1.0 / second.len() as f64,
            }
        }
        greatest = greatest.max((below[0] - below[1]).abs());
    }
    greatest
}

/// By the normal approximation with a correction for ties, which is good for samples of 20 and more.
fn mann_whitney(first: &[f64], second: &[f64]) -> f64 {
    let (n, m) = (first.len() as f64, second.len() as f64);
    let (mut rank, mut ranks, mut ties) = (0.0, 0.0, 0.0);
    for equal in merged(first, second).chunk_by(|one, other| one.0 == other.0) {
        let count = equal.len() as f64;
        let middle = rank + f64::midpoint(1.0, count);
        ranks += middle * equal.iter().filter(|(_, is_first)| *is_first).count() as f64;
        ties += count.powi(3) - count;
        rank += count;
    }
    let u = ranks - n * (n + 1.0) / 2.0;
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let z = ((u - n * m / 2.0).abs() - 0.5).max(0.0) / variance.sqrt();
    erfc(z / std::f64::consts::SQRT_2)
}

/// The complementary error function, to 1.5e-7 (Abramowitz and Stegun, 7.1.26); for what is not negative.
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [
        0.254_829_592,
        -0.284_496_736,
        1.421_413_741,
        -1.453_152_027,
        1.061_405_429,
    ];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    sum * (-x * x).exp()
}
