//! Photos of every kind. What is expected of their colours, Pillow and littlecms made of them (see
//! fixtures/images/make.py).

use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::{fixture, prepare, read, seen};

/// Red and green above blue and white, in quarters of 32 x 24.
const QUARTERS: [[u8; 3]; 4] = [[200, 30, 30], [30, 160, 40], [40, 50, 190], [240, 240, 240]];

/// Compares the middles of the quarters; JPEG quality 85 with colours at half the size moves
/// saturated ones by some steps.
fn has_quarters(name: &str, picture: &RgbImage, expected: [[u8; 3]; 4], within: u8) {
    assert_eq!(picture.dimensions(), (64, 48), "{name}");
    for ((x, y), expected) in [(12, 10), (52, 10), (12, 38), (52, 38)]
        .into_iter()
        .zip(expected)
    {
        let found = picture.get_pixel(x, y).0;
        let near = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= within;
        assert!(
            found.iter().zip(&expected).all(near),
            "{name} at {x}, {y}: {found:?} instead of {expected:?}"
        );
    }
}

#[test]
fn all_eight_orientations_come_out_upright_from_jpeg_png_and_webp() {
    let turned = (1..=8).map(|way| format!("turned-{way}.jpg"));
    for name in turned.chain(["turned-6.png".to_owned(), "turned-6.webp".to_owned()]) {
        has_quarters(&name, &seen(&fixture(&name)), QUARTERS, 6);
    }
}

#[test]
fn which_way_is_up_may_stand_behind_the_pixels_of_a_png() {
    let png = fixture("turned-6.png");
    let place = |name: &[u8; 4]| {
        let at = png.windows(4).position(|bytes| bytes == name);
        at.expect("a chunk") - 4
    };
    let (exif, pixels, end) = (place(b"eXIf"), place(b"IDAT"), place(b"IEND"));
    assert!(exif < pixels);
    let length = u32::from_be_bytes(png[exif..exif + 4].try_into().expect("a length"));
    let behind = exif + 12 + length as usize;
    let moved = [
        &png[..exif],
        &png[behind..end],
        &png[exif..behind],
        &png[end..],
    ];
    has_quarters("turned-6.png", &seen(&moved.concat()), QUARTERS, 6);
}

#[test]
fn inks_sixteen_bits_and_palettes_keep_their_colours() {
    for name in [
        "cmyk-adobe.jpg",
        "sixteen-bits.png",
        "palette.png",
        "interlaced.png",
    ] {
        has_quarters(name, &seen(&fixture(name)), QUARTERS, 6);
    }
}

#[test]
fn inks_as_ycck_keep_their_colours() {
    // All of one ink each, and half the black; written by the crate `jpeg-encoder`.
    let inks = [
        [255, 0, 0, 0],
        [0, 255, 0, 0],
        [0, 0, 255, 0],
        [0, 0, 0, 128_u8],
    ];
    let ink = |x: usize, y: usize| inks[x / 32 + y / 24 * 2];
    let pixels: Vec<u8> = (0..64 * 48).flat_map(|at| ink(at % 64, at / 64)).collect();
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
    let kind = jpeg_encoder::ColorType::CmykAsYcck;
    encoder.encode(&pixels, 64, 48, kind).expect("encodable");
    let expected = [[0, 255, 255], [255, 0, 255], [255, 255, 0], [127; 3]];
    has_quarters("YCCK", &seen(&jpeg), expected, 8);
}

#[test]
fn grey_stays_grey() {
    // ITU-R BT.601 luma of the quarters, as Pillow writes it.
    let grey = [81, 107, 63, 240].map(|of| [of; 3]);
    for name in ["grey.jpg", "grey.png"] {
        has_quarters(name, &seen(&fixture(name)), grey, 3);
    }
}

#[test]
fn a_profile_is_respected() {
    // littlecms: relative colorimetric from the profile to sRGB.
    let expected = [[173, 57, 57], [0, 141, 50], [68, 68, 164], [129, 129, 129]];
    for name in ["adobe-rgb.jpg", "adobe-rgb.png", "adobe-rgb.webp"] {
        has_quarters(name, &seen(&fixture(name)), expected, 6);
    }
}

#[test]
fn of_animations_the_first_frame_is_taken() {
    for name in ["animated.webp", "animated.png"] {
        has_quarters(name, &seen(&fixture(name)), [[200, 30, 30]; 4], 6);
    }
}

#[test]
fn the_bytes_decide_and_not_the_name() {
    // Nothing but the bytes is ever asked for; here they belong to another extension.
    let jpeg_named_png = fixture("turned-1.jpg");
    has_quarters("photo.png", &seen(&jpeg_named_png), QUARTERS, 6);
}

#[test]
fn what_is_clear_becomes_white() {
    let mut picture = RgbaImage::from_pixel(40, 30, Rgba([0, 0, 0, 0]));
    picture.put_pixel(3, 3, Rgba([0, 0, 0, 1]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, format).expect("encodable");
        let pictures = prepare(file.get_ref()).expect("a photo");
        for jpeg in [pictures.for_ai, pictures.thumbnail] {
            let picture = read(&jpeg);
            assert_eq!(picture.dimensions(), (40, 30), "not blown up");
            assert!(picture.pixels().all(|p| p.0.iter().all(|c| *c > 250)));
        }
    }
}

#[test]
fn jpegs_of_all_samplings_look_as_zune_jpeg_decodes_them() {
    for name in [
        "cup-444",
        "cup-422",
        "cup-420",
        "cup-444-progressive",
        "cup-422-progressive",
        "cup-420-progressive",
        "cup-restarts",
        "cup-progressive-restarts",
    ] {
        let photo = fixture(&format!("{name}.jpg"));
        let (expected, found) = (read(&photo), seen(&photo));
        assert_eq!(found.dimensions(), (96, 64), "{name}");
        // Brightness alone: colours lose half their samples on the way out.
        let luma = |of: RgbImage| image::DynamicImage::ImageRgb8(of).into_luma8();
        let pairs = luma(found)
            .into_raw()
            .into_iter()
            .zip(luma(expected).into_raw());
        let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(b))).sum();
        let mean = f64::from(sum) / (96.0 * 64.0);
        assert!(mean < 3.5, "{name}: {mean}");
    }
}

#[test]
fn large_photos_are_made_small_in_every_format_alike() {
    // Broad waves: what is left of them at a fifth of the size is known without any decoder.
    let wave = |x: f64, y: f64| {
        let shade = |of: f64| (128.0 + 90.0 * of.sin()) as u8;
        Rgb([shade(x * 9.0), shade(y * 7.0), shade((x + y) * 5.0)])
    };
    let at = |x: u32, y: u32, w: u32, h: u32| {
        wave(
            (f64::from(x) + 0.5) / f64::from(w),
            (f64::from(y) + 0.5) / f64::from(h),
        )
    };
    for (width, height) in [(4_000, 3_000), (1_500, 2_001), (6_401, 900), (1_001, 999)] {
        let photo = RgbImage::from_fn(width, height, |x, y| at(x, y, width, height));
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let mut file = std::io::Cursor::new(Vec::new());
            photo.write_to(&mut file, format).expect("encodable");
            let found = seen(file.get_ref());
            let (w, h) = found.dimensions();
            assert_eq!(w.max(h), 800, "{format:?}");
            let skew = f64::from(w) / f64::from(h) / (f64::from(width) / f64::from(height));
            assert!((skew - 1.0).abs() < 0.01, "{format:?}: {w} x {h}");
            let mut sum = 0_u64;
            for (x, y, pixel) in found.enumerate_pixels() {
                let expected = at(x, y, w, h);
                sum += pixel
                    .0
                    .iter()
                    .zip(expected.0)
                    .map(|(a, b)| u64::from(a.abs_diff(b)))
                    .sum::<u64>();
            }
            let mean = sum as f64 / f64::from(w * h * 3);
            assert!(mean < 1.5, "{format:?} {width} x {height}: {mean}");
        }
    }
}

#[test]
fn nothing_but_pixels_comes_through() {
    for name in ["turned-6.jpg", "turned-6.png", "adobe-rgb.jpg"] {
        let pictures = prepare(&fixture(name)).expect("a photo");
        for jpeg in [pictures.for_ai, pictures.thumbnail] {
            for word in [b"Exif".as_slice(), b"ICC_PROFILE", b"Adobe RGB"] {
                assert!(
                    !jpeg.windows(word.len()).any(|bytes| bytes == word),
                    "{name}"
                );
            }
        }
    }
}
