//! Photos that are not as their specification has them, and that every viewer shows.

use std::io::Write;

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use pictures::Fault;

use super::made::png_of;
use super::{fixture, prepare, read, seen};

const JPEGS: [&str; 3] = ["cup-420.jpg", "cup-restarts.jpg", "turned-6.jpg"];

/// A photo without its end marker.
fn endless(name: &str) -> Vec<u8> {
    let mut jpeg = fixture(name);
    assert_eq!(jpeg.split_off(jpeg.len() - 2), [0xFF, 0xD9], "{name}");
    jpeg
}

/// Such as the panoramas of some telephones, behind which data of their own stand.
#[test]
fn a_jpeg_without_its_end_marker_is_read_if_all_rows_are_there() {
    for name in JPEGS {
        let whole = seen(&fixture(name));
        assert_eq!(seen(&endless(name)), whole, "{name}");
        let trailers: [&[u8]; 3] = [
            b"\x00\x00SEFH\xFF\xE0\xFF\xFFSEFT",
            b"\xFF\xDB\0\x01",
            b"\xFF",
        ];
        for trailer in trailers {
            let jpeg = [endless(name).as_slice(), trailer].concat();
            assert_eq!(seen(&jpeg), whole, "{name} {trailer:?}");
        }
    }
}

#[test]
fn a_jpeg_whose_rows_are_not_all_there_is_incomplete_whatever_its_end() {
    for name in JPEGS {
        let whole = fixture(name);
        for part in 1..20 {
            let cut = &whole[..whole.len() * part / 20];
            let ended = [cut, b"\xFF\xD9"].concat();
            assert_eq!(
                prepare(cut).err(),
                Some(Fault::Truncated),
                "{name} {part}/20"
            );
            assert!(prepare(&ended).is_err(), "{name} {part}/20, with an end");
        }
    }
    // Of a progressive one all rows are there long before the picture is.
    let progressive = endless("cup-420-progressive.jpg");
    assert_eq!(prepare(&progressive).err(), Some(Fault::Truncated));
}

/// The encoder of the crate `image` uses the tables of ITU T.81, annex K, in colour and in grey.
#[test]
fn a_jpeg_without_huffman_tables_has_the_usual_ones() {
    let picture = RgbImage::from_fn(160, 120, |x, y| {
        Rgb([
            (x * 3 % 256) as u8,
            (y * 5 % 256) as u8,
            (x * y % 256) as u8,
        ])
    });
    let mut colour = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut colour, 90).encode_image(&picture);
    encoded.expect("encodable");
    let grey = image::DynamicImage::ImageRgb8(picture).into_luma8();
    let mut of_grey = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut of_grey, 90).encode_image(&grey);
    encoded.expect("encodable");
    for jpeg in [colour, of_grey] {
        let without = without_segments(&jpeg, 0xC4);
        assert!(without.len() + 50 < jpeg.len());
        assert_eq!(seen(&without), seen(&jpeg));
    }
}

/// Without the segments of a marker that stand before the scan.
fn without_segments(jpeg: &[u8], marker: u8) -> Vec<u8> {
    let (mut kept, mut at) = (jpeg[..2].to_vec(), 2);
    while jpeg[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let segment = &jpeg[at..at + 2 + length];
        if segment[1] != marker {
            kept.extend(segment);
        }
        at += segment.len();
    }
    kept.extend(&jpeg[at..]);
    kept
}

fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let at = file.windows(from.len()).position(|bytes| bytes == from)?;
    Some([&file[..at], to, &file[at + from.len()..]].concat())
}

#[test]
fn a_webp_whose_flags_claim_what_is_not_there_is_read() {
    const FLAGS: usize = 20;
    for name in ["turned-6.webp", "adobe-rgb.webp", "animated.webp"] {
        let webp = fixture(name);
        assert_eq!(&webp[12..16], b"VP8X", "{name}");
        let has = |chunk: &[u8]| webp.windows(4).any(|bytes| bytes == chunk);
        for (flag, chunk) in [(0x08, b"EXIF"), (0x04, b"XMP "), (0x10, b"ALPH")] {
            if has(chunk) || (flag == 0x10 && has(b"VP8L")) {
                continue;
            }
            let mut claiming = webp.clone();
            claiming[FLAGS] |= flag;
            assert_eq!(seen(&claiming), seen(&webp), "{name} {flag:#x}");
        }
    }
    // Its orientation is lost with its EXIF chunk, and not the picture.
    let webp = replaced(&fixture("turned-6.webp"), b"EXIF", b"none").expect("a chunk");
    assert_eq!(seen(&webp).dimensions(), (48, 64));
}

#[test]
fn an_orientation_is_followed_as_a_long_too() {
    for (short, long) in [
        (
            b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
            b"\x12\x01\x04\0\x01\0\0\0\x06\0\0\0",
        ),
        (
            b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0",
            b"\x01\x12\0\x04\0\0\0\x01\0\0\0\x06",
        ),
    ] {
        let exif = |entry: &[u8; 12]| {
            let head: &[u8] = match entry[0] {
                0x12 => b"Exif\0\0II*\0\x08\0\0\0\x01\0",
                _ => b"Exif\0\0MM\0*\0\0\0\x08\0\x01",
            };
            let body = [head, entry, b"\0\0\0\0"].concat();
            let length = (body.len() as u16 + 2).to_be_bytes();
            let plain = without_segments(&fixture("turned-6.jpg"), 0xE1);
            [&plain[..2], &[0xFF, 0xE1], &length, &body, &plain[2..]].concat()
        };
        assert_eq!(seen(&exif(short)).dimensions(), (64, 48));
        assert_eq!(seen(&exif(long)), seen(&exif(short)));
    }
}

/// ImageMagick writes EXIF data as text into `zTXt`. It is not followed: the PNG specification has `eXIf`
/// for it, and browsers follow that alone. Whatever stands there does not cost the picture.
#[test]
fn text_in_a_png_is_passed_over() {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&[0, 0xAA, 0, 0x55]).expect("packed");
    let pixels = packer.finish().expect("packed");
    let text = b"Raw profile type exif\0\0this is not packed".to_vec();
    let plain = png_of(8, 2, &[(b"IDAT", pixels.clone()), (b"IEND", vec![])]);
    let texted = png_of(
        8,
        2,
        &[(b"zTXt", text), (b"IDAT", pixels), (b"IEND", vec![])],
    );
    let of = |png: &[u8]| read(&prepare(png).expect("a picture").for_ai);
    assert_eq!(of(&texted), of(&plain));
}
