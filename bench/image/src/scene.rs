//! A synthetic photo with the decoding cost of a real one: the cup of `fixtures/`, enlarged, with sensor
//! noise (stronger where it is brighter) and some texture. Deterministic.

use anyhow::Context;
use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage};

/// The standard deviation of the noise in the dark, of 255. With it 12 megapixels at quality 92
/// with colours at half the size become 3.3 MB.
const NOISE: f32 = 5.0;

/// Pixels that share a grain of texture, across and down.
const GRAIN: u32 = 4;

pub fn photo(width: u32, height: u32) -> anyhow::Result<RgbImage> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/coffee-cup.png");
    let cup = image::open(file).context(file)?.into_rgb8();
    let mut picture = resize(&cup, width, height, FilterType::CatmullRom);
    let mut dice = Dice(1);
    let across = width / GRAIN + 2;
    let grains: Vec<f32> = (0..across * (height / GRAIN + 2))
        .map(|_| dice.normal())
        .collect();
    for (x, y, Rgb(pixel)) in picture.enumerate_pixels_mut() {
        let (column, row) = (x / GRAIN, y / GRAIN);
        let (right, low) = (
            (x % GRAIN) as f32 / GRAIN as f32,
            (y % GRAIN) as f32 / GRAIN as f32,
        );
        let grain = |x: u32, y: u32| grains[(y * across + x) as usize];
        let upper = grain(column, row) * (1.0 - right) + grain(column + 1, row) * right;
        let lower = grain(column, row + 1) * (1.0 - right) + grain(column + 1, row + 1) * right;
        let texture = upper * (1.0 - low) + lower * low;
        let shared = dice.normal();
        for sample in pixel {
            let level = f32::from(*sample);
            let noise = (shared + 0.5 * dice.normal()) * (0.5 + 0.7 * level / 255.0) + texture;
            *sample = (level + NOISE * noise).round().clamp(0.0, 255.0) as u8;
        }
    }
    Ok(picture)
}

/// Marsaglia's xorshift, 64 bits.
struct Dice(u64);

impl Dice {
    /// Approximately normal with deviation 1: the sum of four 16-bit numbers.
    fn normal(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sum: u64 = (0..4).map(|part| self.0 >> (16 * part) & 0xFFFF).sum();
        (sum as f32 / 65_535.0 - 2.0) * 3.0_f32.sqrt()
    }
}
