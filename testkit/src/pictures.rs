//! Photos for tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// `fixtures/coffee-cup.png`.
pub fn coffee_cup() -> Vec<u8> {
    include_bytes!("../../fixtures/coffee-cup.png").to_vec()
}

/// A JPEG of a white cup from above; `seed` decides where the dark grounds are.
pub fn drawn_cup(seed: u32) -> Vec<u8> {
    let spots: Vec<(f32, f32, f32)> = (0..5u32)
        .map(|i| {
            let n = seed
                .wrapping_mul(747_796_405)
                .wrapping_add(i.wrapping_mul(2_891_336_453));
            let part = |shift: u32| (n >> shift & 255) as f32 / 255.0;
            (
                210.0 + 180.0 * part(0),
                110.0 + 180.0 * part(8),
                10.0 + 30.0 * part(16),
            )
        })
        .collect();
    let picture = RgbImage::from_fn(600, 400, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let from = |cx: f32, cy: f32| ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
        if from(300.0, 200.0) > 170.0 {
            Rgb([120, 80, 50])
        } else if spots.iter().any(|(cx, cy, r)| from(*cx, *cy) < *r) {
            Rgb([40, 25, 15])
        } else {
            Rgb([240, 236, 228])
        }
    });
    encoded(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg)
}

/// A picture in a format.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, format)
        .expect("the encoder takes every picture");
    bytes.into_inner()
}
