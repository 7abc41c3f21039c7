//! The image step from the outside: photos as they come, and the JPEGs that become of them.

mod bits;
mod bombs;
mod broken;
mod frames;
mod kinds;
mod made;
mod planes;
mod shown;
mod strip;
mod transforms;
mod within;

use image::{ImageFormat, RgbImage};
use pictures::{Cancel, Fault, Limits, Pictures};

const LIMITS: Limits = Limits {
    pixels: 50_000_000,
    memory: 200_000_000,
};

/// A file of `fixtures/images/`.
fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../fixtures/images/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn prepare(photo: &[u8]) -> Result<Pictures, Fault> {
    pictures::prepare(photo, &LIMITS, &Cancel::default())
}

/// The picture for the AI, read by another implementation.
fn seen(photo: &[u8]) -> RgbImage {
    let pictures = prepare(photo).unwrap_or_else(|why| panic!("{why}"));
    read(&pictures.for_ai)
}

fn read(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
        .expect("a JPEG")
        .into_rgb8()
}
