use image::{ImageFormat, Rgba, RgbaImage};

use super::*;

/// A JPEG of 1600 x 1000, red on the left and blue on the right, with an EXIF segment that says
/// "turn by 90 degrees clockwise" (orientation 6) and holds a place name.
fn sideways() -> Vec<u8> {
    let picture = RgbImage::from_fn(1_600, 1_000, |x, _| {
        if x < 800 {
            Rgb([200, 0, 0])
        } else {
            Rgb([0, 0, 200])
        }
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90)
        .encode_image(&picture)
        .expect("encodable");
    // EXIF 2.3: "Exif\0\0", a little-endian TIFF header, one IFD with tag 0x0112 (orientation).
    let mut exif =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"Secret Street 1");
    let mut segment = vec![0xFF, 0xE1];
    segment.extend(((exif.len() + 2) as u16).to_be_bytes());
    segment.extend(exif);
    jpeg.splice(2..2, segment);
    jpeg
}

fn read(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
        .expect("a JPEG")
        .into_rgb8()
}

#[test]
fn a_sideways_photo_comes_out_upright_within_800_pixels_and_within_200() {
    let pictures = prepare(&sideways()).expect("a photo");
    for (jpeg, width, height) in [(pictures.for_ai, 500, 800), (pictures.thumbnail, 125, 200)] {
        let picture = read(&jpeg);
        assert_eq!(picture.dimensions(), (width, height));
        let at = |eighths: u32| picture.get_pixel(width / 2, height * eighths / 8).0;
        let (top, bottom) = (at(1), at(7));
        assert!(top[0] > 150 && top[2] < 60, "{top:?} is not red");
        assert!(bottom[2] > 150 && bottom[0] < 60, "{bottom:?} is not blue");
    }
}

#[test]
fn metadata_does_not_come_through() {
    let source = sideways();
    assert!(source.windows(6).any(|bytes| bytes == b"Secret"));
    let pictures = prepare(&source).expect("a photo");
    for jpeg in [pictures.for_ai, pictures.thumbnail] {
        assert!(!jpeg.windows(6).any(|bytes| bytes == b"Secret"));
        assert!(!jpeg.windows(4).any(|bytes| bytes == b"Exif"));
    }
}

#[test]
fn a_small_photo_is_not_blown_up_and_transparency_becomes_white() {
    let clear = RgbaImage::from_pixel(40, 30, Rgba([0, 0, 0, 0]));
    let mut png = Cursor::new(Vec::new());
    clear
        .write_to(&mut png, ImageFormat::Png)
        .expect("encodable");
    let pictures = prepare(png.get_ref()).expect("a photo");
    for jpeg in [pictures.for_ai, pictures.thumbnail] {
        let picture = read(&jpeg);
        assert_eq!(picture.dimensions(), (40, 30));
        let mut pixels = picture.pixels();
        assert!(pixels.all(|pixel| pixel.0.iter().all(|c| *c > 250)));
    }
}

#[test]
fn a_photo_whose_inside_is_broken_is_a_fault_and_no_panic() {
    let picture = RgbImage::from_pixel(64, 64, Rgb([9, 9, 9]));
    let mut png = Cursor::new(Vec::new());
    picture
        .write_to(&mut png, ImageFormat::Png)
        .expect("encodable");
    let mut png = png.into_inner();
    let at = png
        .windows(4)
        .position(|bytes| bytes == b"IDAT")
        .expect("pixels")
        + 6;
    png[at..at + 8].fill(0xEE);
    assert!(matches!(prepare(&png), Err(PhotoFault::Broken(_))));
}
