//! The pictures come from the encoders of the crate `image`.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

use super::*;

fn encoded(format: ImageFormat) -> Vec<u8> {
    let picture = DynamicImage::ImageRgb8(image::RgbImage::from_fn(160, 120, |x, y| {
        image::Rgb([
            (x * 7 % 256) as u8,
            (y * 5 % 256) as u8,
            ((x * y) % 256) as u8,
        ])
    }));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encodable");
    bytes.into_inner()
}

fn look(bytes: &[u8]) -> Result<Photo, PhotoFault> {
    inspect(Cursor::new(bytes))
}

const FORMATS: [ImageFormat; 3] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];

#[test]
fn the_three_formats_are_known_by_their_bytes() {
    for format in FORMATS {
        let photo = look(&encoded(format)).expect("whole");
        assert_eq!(
            photo,
            Photo {
                format,
                width: 160,
                height: 120
            }
        );
    }
}

/// Where the pixels of a JPEG begin.
fn scan_of(jpeg: &[u8]) -> usize {
    let scan = jpeg.windows(2).position(|at| at == [0xFF, 0xDA]);
    scan.expect("a scan")
}

/// Whether all rows of a JPEG are there, only its decoder finds out.
#[test]
fn a_jpeg_that_ends_behind_the_beginning_of_its_scan_is_left_to_the_decoder() {
    let whole = encoded(ImageFormat::Jpeg);
    let scan = scan_of(&whole);
    for at in 4..scan + 4 {
        assert_eq!(
            look(&whole[..at]),
            Err(PhotoFault::Truncated),
            "cut at {at}"
        );
    }
    let trailer = [&whole[..whole.len() - 2], b"\xFF\xE0\xFF\xFFtrailer"].concat();
    for jpeg in [&whole[..whole.len() - 2], &whole[..scan + 40], &trailer] {
        assert_eq!(
            look(jpeg).map(|photo| (photo.width, photo.height)),
            Ok((160, 120))
        );
    }
}

#[test]
fn a_photo_cut_anywhere_is_refused() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(format);
        for part in 1..20 {
            let cut = &whole[..whole.len() * part / 20];
            assert!(look(cut).is_err(), "{format:?} cut at {part}/20");
        }
        assert!(
            look(&whole[..whole.len() - 1]).is_err(),
            "{format:?} without its last byte"
        );
    }
}

#[test]
fn bytes_after_the_end_are_accepted() {
    for format in FORMATS {
        let mut whole = encoded(format);
        whole.extend_from_slice(b"trailer");
        assert!(look(&whole).is_ok(), "{format:?}");
    }
}

#[test]
fn an_end_inside_a_thumbnail_is_not_the_end() {
    let whole = encoded(ImageFormat::Jpeg);
    let thumbnail = [&[0xFF, 0xE1, 0x00, 0x06][..], &[0xFF, 0xD8, 0xFF, 0xD9]].concat();
    let with_thumbnail = [&whole[..2], &thumbnail, &whole[2..scan_of(&whole)]].concat();
    assert_eq!(look(&with_thumbnail), Err(PhotoFault::Truncated));
}

#[test]
fn a_gif_and_a_text_are_refused() {
    assert_eq!(
        look(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
        Err(PhotoFault::UnknownFormat)
    );
    assert_eq!(
        look(b"hello, I am coffee.jpg"),
        Err(PhotoFault::UnknownFormat)
    );
    assert_eq!(look(b""), Err(PhotoFault::UnknownFormat));
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    // A 30000 x 30000 PNG: signature, IHDR (8-bit grey), an empty IDAT, IEND.
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = 30_000u32.to_be_bytes().to_vec();
    header.extend(30_000u32.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    for (name, data) in [(b"IHDR", header.as_slice()), (b"IDAT", &[]), (b"IEND", &[])] {
        png.extend((data.len() as u32).to_be_bytes());
        png.extend(name);
        png.extend(data);
        png.extend(crc32(&[&name[..], data].concat()).to_be_bytes());
    }
    let fault = look(&png).expect_err("too large");
    assert_eq!(
        fault,
        PhotoFault::TooManyPixels {
            width: 30_000,
            height: 30_000
        }
    );
    assert_eq!(fault.code(), crate::codes::IMAGE_TOO_LARGE);
}

/// CRC-32 as in the PNG specification, annex D, without its table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xEDB8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    })
}
