//! Any picture as a JPEG without anything beside its pixels.

use image::{ImageFormat, Rgb, RgbImage};
use pictures::{Cancel, Fault, Limits, jpeg_within};

use super::{LIMITS, fixture, read};

fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_pixel(width, height, Rgb([200, 90, 40]));
    let mut file = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut file, ImageFormat::Png)
        .expect("a PNG");
    file.into_inner()
}

fn made(side: u32, file: &[u8]) -> RgbImage {
    read(&jpeg_within(side, file, &LIMITS, &Cancel::default()).expect("a picture"))
}

#[test]
fn a_picture_within_the_side_keeps_its_size_and_a_larger_one_does_not() {
    for (width, height, expected) in [
        (1080, 1920, (1080, 1920)),
        (1200, 630, (1200, 630)),
        (3840, 1920, (1920, 960)),
    ] {
        let picture = made(1920, &png(width, height));
        assert_eq!(picture.dimensions(), expected);
        let middle = picture.get_pixel(expected.0 / 2, expected.1 / 2).0;
        let near = middle.iter().zip([200, 90, 40]);
        assert!(
            near.into_iter().all(|(a, b)| a.abs_diff(b) <= 4),
            "{middle:?}"
        );
    }
}

#[test]
fn it_comes_out_upright_and_says_nothing_of_where_it_was_taken() {
    for name in ["turned-6.jpg", "turned-6.png"] {
        let file = fixture(name);
        let jpeg = jpeg_within(1920, &file, &LIMITS, &Cancel::default()).expect("a picture");
        assert_eq!(read(&jpeg).dimensions(), (64, 48), "{name}");
        assert!(!jpeg.windows(4).any(|bytes| bytes == b"Exif"), "{name}");
    }
}

#[test]
fn more_pixels_than_allowed_are_refused_before_they_are_decoded() {
    let limits = Limits {
        pixels: 1080 * 1920,
        ..LIMITS
    };
    let refused = jpeg_within(1920, &png(1081, 1920), &limits, &Cancel::default());
    let (width, height) = (1081, 1920);
    assert_eq!(refused.err(), Some(Fault::TooManyPixels { width, height }));
}
