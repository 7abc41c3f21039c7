//! Similarity to a reference: structural similarity (Wang et al. 2004) of luma, with the paper's
//! window (Gaussian of 11 x 11, deviation 1.5) and constants.

use anyhow::{Context, ensure};
use image::imageops::{FilterType, resize};
use image::{ImageReader, Limits, RgbImage};

/// Prints the similarity of each picture to the photo, decoded at full size by `image` and reduced with
/// its Lanczos filter.
pub fn compare(photo: &str, pictures: &[&str]) -> anyhow::Result<()> {
    let whole = open(photo)?;
    let mut reference = None;
    for picture in pictures {
        let picture = open(picture)?;
        let (width, height) = picture.dimensions();
        let small = || resize(&whole, width, height, FilterType::Lanczos3);
        let reference: &RgbImage = reference.get_or_insert_with(small);
        ensure!(
            reference.dimensions() == picture.dimensions(),
            "sizes differ"
        );
        println!(
            "{:.5}",
            likeness(&luma(reference), &luma(&picture), width as usize)
        );
    }
    Ok(())
}

fn open(file: &str) -> anyhow::Result<RgbImage> {
    let mut reader = ImageReader::open(file)?.with_guessed_format()?;
    reader.limits(Limits::no_limits());
    Ok(reader
        .decode()
        .with_context(|| file.to_owned())?
        .into_rgb8())
}

/// BT.601.
fn luma(of: &RgbImage) -> Vec<f64> {
    let weigh =
        |[r, g, b]: [u8; 3]| 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    of.pixels().map(|pixel| weigh(pixel.0)).collect()
}

fn likeness(a: &[f64], b: &[f64], width: usize) -> f64 {
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>();
    let local = |of: &[f64]| blurred(of, width);
    let (mean_a, mean_b) = (local(a), local(b));
    let (aa, bb, ab) = (
        local(&product(a, a)),
        local(&product(b, b)),
        local(&product(a, b)),
    );
    let mut sum = 0.0;
    for (at, (a, b)) in mean_a.iter().zip(&mean_b).enumerate() {
        let (of_a, of_b, both) = (aa[at] - a * a, bb[at] - b * b, ab[at] - a * b);
        sum += (2.0 * a * b + C1) * (2.0 * both + C2) / ((a * a + b * b + C1) * (of_a + of_b + C2));
    }
    sum / mean_a.len() as f64
}

/// Weighted means under the window, at positions where it is fully inside.
fn blurred(of: &[f64], width: usize) -> Vec<f64> {
    let weights: Vec<f64> = (-5..=5)
        .map(|x: i32| (-f64::from(x * x) / 4.5).exp())
        .collect();
    let all: f64 = weights.iter().sum();
    let mut across = Vec::with_capacity(of.len());
    for row in of.chunks_exact(width) {
        across.extend(
            row.windows(11)
                .map(|of| of.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>() / all),
        );
    }
    let width = width - 10;
    let height = across.len() / width - 10;
    let mut blurred = vec![0.0; width * height];
    for (y, row) in blurred.chunks_exact_mut(width).enumerate() {
        for (line, weight) in weights.iter().enumerate() {
            let source = &across[(y + line) * width..(y + line + 1) * width];
            row.iter_mut()
                .zip(source)
                .for_each(|(sum, value)| *sum += value * weight / all);
        }
    }
    blurred
}
