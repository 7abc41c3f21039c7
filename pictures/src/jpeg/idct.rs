//! From the coefficients of a block to its samples, at full size or fewer of them: the inverse
//! cosine transform of ITU T.81, section A.3.3, taken at the centres of larger samples.

use std::f32::consts::PI;
use std::num::Wrapping;

use super::frame::NATURAL;

/// What each coefficient of a row adds to each of its samples. Frequencies from N on are left out:
/// N samples cannot show them, they would look like lower ones.
type Basis<const N: usize> = [[f32; N]; N];

/// The transforms at all scales.
pub struct Transforms {
    four: Basis<4>,
    eight: Basis<8>,
}

impl Default for Transforms {
    fn default() -> Self {
        Self {
            four: basis(),
            eight: basis(),
        }
    }
}

impl Transforms {
    /// Writes a block of `scale` x `scale` samples to the front of `out`, whose rows are `stride`
    /// apart. `block` are its coefficients as they are stored, all others being 0; `steps` the
    /// quantisation table in the same order.
    #[inline]
    pub fn block(
        &self,
        scale: usize,
        block: &[i16],
        steps: &[u16; 64],
        out: &mut [u8],
        stride: usize,
    ) {
        match scale {
            1 => out[0] = sample(mean(block, steps) as f32),
            2 => two(block, steps, out, stride),
            4 => transform(&self.four, block, steps, out, stride),
            _ => transform(&self.eight, block, steps, out, stride),
        }
    }
}

/// The basis functions at the centres of N samples, with the constants of the transform in them.
fn basis<const N: usize>() -> Basis<N> {
    let mut basis = [[0.0; N]; N];
    for (frequency, row) in basis.iter_mut().enumerate() {
        let constant = if frequency == 0 {
            0.125_f32.sqrt()
        } else {
            0.5
        };
        for (at, value) in row.iter_mut().enumerate() {
            let centre = (2 * at + 1) as f32 * frequency as f32 * PI / (2 * N) as f32;
            *value = constant * centre.cos();
        }
    }
    basis
}

fn mean(block: &[i16], steps: &[u16; 64]) -> i32 {
    (i32::from(block[0]) * i32::from(steps[0]) + 4) >> 3
}

/// The lowest three frequencies beside the mean.
fn two(block: &[i16], steps: &[u16; 64], out: &mut [u8], stride: usize) {
    // The sum of four such products can be too large, in files that no camera writes.
    let at = |index: usize| Wrapping(i32::from(block[index]) * i32::from(steps[index]));
    let (mean, x, y, xy) = (at(0), at(1), at(2), at(4));
    let shade = |sum: Wrapping<i32>| ((sum + Wrapping(4 + 1024)).0 >> 3).clamp(0, 255) as u8;
    out[0] = shade(mean + x + y + xy);
    out[1] = shade(mean - x + y - xy);
    out[stride] = shade(mean + x - y - xy);
    out[stride + 1] = shade(mean - x - y + xy);
}

fn transform<const N: usize>(
    basis: &Basis<N>,
    block: &[i16],
    steps: &[u16; 64],
    out: &mut [u8],
    stride: usize,
) {
    let mut rows = [[0.0_f32; N]; N];
    let (mut right, mut low) = (0, 0);
    for (index, value) in block.iter().enumerate() {
        if *value != 0 {
            let at = usize::from(NATURAL[index]);
            let (y, x) = (at / 8, at % 8);
            if y < N && x < N {
                rows[y][x] = f32::from(*value) * f32::from(steps[index]);
                (low, right) = (low.max(y), right.max(x));
            }
        }
    }
    if low + right == 0 {
        let shade = sample(mean(block, steps) as f32);
        for row in out.chunks_mut(stride).take(N) {
            row[..N].fill(shade);
        }
        return;
    }
    let mut across = [[0.0_f32; N]; N];
    for (row, sums) in rows.iter().zip(&mut across).take(low + 1) {
        for (value, wave) in row.iter().zip(basis).take(right + 1) {
            for (sum, at) in sums.iter_mut().zip(wave) {
                *sum += value * at;
            }
        }
    }
    for (y, row) in out.chunks_mut(stride).take(N).enumerate() {
        let mut sums = [0.0_f32; N];
        for (line, wave) in across.iter().zip(basis).take(low + 1) {
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum += value * wave[y];
            }
        }
        for (sample_out, sum) in row.iter_mut().zip(sums) {
            *sample_out = sample(sum);
        }
    }
}

#[inline(always)]
fn sample(value: f32) -> u8 {
    // A cast from floating point saturates.
    (value + 128.5) as u8
}
