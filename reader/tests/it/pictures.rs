//! Photos of cups, made worse in the ways of real life, and pictures that hold no cup.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub const PHOTO: &[u8] = include_bytes!("../../../fixtures/coffee-cup.png");
pub const WOOD: Rgb<u8> = Rgb([120, 80, 50]);
const PORCELAIN: Rgb<u8> = Rgb([240, 236, 228]);
const GROUNDS: Rgb<u8> = Rgb([40, 25, 15]);

pub fn photo() -> DynamicImage {
    image::load_from_memory(PHOTO).expect("a picture")
}

pub fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("writes");
    bytes.into_inner()
}

pub fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&picture.to_rgb8())
        .expect("writes");
    bytes
}

pub fn drawn(w: u32, h: u32, colour: impl Fn(f64, f64) -> Rgb<u8>) -> DynamicImage {
    let at = |x: u32, y: u32| colour(f64::from(x) + 0.5, f64::from(y) + 0.5);
    DynamicImage::ImageRgb8(RgbImage::from_fn(w, h, at))
}

/// A white cup seen at a slant: 600 x 400, the rim an ellipse of 190 x 140 around (300, 200),
/// turned by `turn` radians; `dark` gets the position as a share of the rim.
pub fn cup(turn: f64, dark: impl Fn(f64, f64) -> bool) -> DynamicImage {
    drawn(600, 400, |x, y| {
        let (dx, dy) = (x - 300.0, y - 200.0);
        let (s, c) = turn.sin_cos();
        let (u, v) = ((c * dx + s * dy) / 190.0, (c * dy - s * dx) / 140.0);
        match u.hypot(v) {
            r if r > 1.0 => WOOD,
            _ if dark(u, v) => GROUNDS,
            _ => PORCELAIN,
        }
    })
}

/// Three clear shapes, no two of a kind: a ring, a bar and a blot.
pub fn three_shapes(u: f64, v: f64) -> bool {
    let ring = (0.09..0.17).contains(&(u + 0.5).hypot(v + 0.35));
    let bar = (u - 0.5).abs() < 0.05 && (v + 0.1).abs() < 0.35;
    ring || bar || (u + 0.2).hypot(v - 0.6) < 0.14
}

/// A cheap, repeatable noise, 0 to 255.
pub fn noise(x: f64, y: f64, seed: u32) -> u8 {
    let n = (x as u32)
        .wrapping_mul(0x9E37_79B9)
        .wrapping_add((y as u32).wrapping_mul(0x85EB_CA6B))
        .wrapping_add(seed.wrapping_mul(0xC2B2_AE35));
    let n = (n ^ (n >> 15)).wrapping_mul(0x2C1B_3C6D);
    ((n ^ (n >> 12)).wrapping_mul(0x297A_2D39) >> 24) as u8
}

pub fn grey(v: f64) -> Rgb<u8> {
    Rgb([v.clamp(0.0, 255.0) as u8; 3])
}

/// Pictures without a cup, by name.
pub fn no_cups() -> Vec<(String, DynamicImage)> {
    let mut all: Vec<(String, DynamicImage)> = Vec::new();
    for seed in 1..6 {
        let fine = move |x: f64, y: f64| grey(f64::from(noise(x, y, seed)));
        all.push((format!("noise {seed}"), drawn(600, 400, fine)));
        let coarse = move |x: f64, y: f64| fine((x / 24.0).floor(), (y / 24.0).floor());
        let blots = drawn(600, 400, coarse).blur(9.0);
        all.push((format!("blots {seed}"), blots));
        let colours = move |x: f64, y: f64| {
            let (x, y) = ((x / 60.0).floor(), (y / 60.0).floor());
            Rgb([
                noise(x, y, seed),
                noise(x, y, seed + 9),
                noise(x, y, seed + 99),
            ])
        };
        all.push((format!("tiles {seed}"), drawn(600, 400, colours)));
    }
    type Shade = fn(f64, f64) -> f64;
    let gradients: [(&str, Shade); 3] = [
        ("level gradient", |x, _| x / 600.0),
        ("slanted gradient", |x, y| (x + y) / 1000.0),
        ("vignette", |x, y| {
            1.0 - ((x - 300.0) / 420.0).hypot((y - 200.0) / 280.0)
        }),
    ];
    for (name, shade) in gradients {
        all.push((
            name.into(),
            drawn(600, 400, |x, y| grey(255.0 * shade(x, y))),
        ));
    }
    for side in [20.0, 50.0, 130.0] {
        let field = |x: f64, y: f64| {
            let dark = ((x / side).floor() + (y / side).floor()) % 2.0 == 0.0;
            if dark { GROUNDS } else { PORCELAIN }
        };
        all.push((format!("checkerboard {side}"), drawn(600, 400, field)));
    }
    let page = |x: f64, y: f64| {
        let line = (y / 18.0).fract() < 0.55 && (40.0..360.0).contains(&x) && y > 40.0 && y < 560.0;
        let ink = noise((x / 3.0).floor(), (y / 2.0).floor(), 3) > 110;
        if line && ink { GROUNDS } else { PORCELAIN }
    };
    all.push(("text page".into(), drawn(400, 600, page)));
    let tilted = |x: f64, y: f64| {
        let (u, v) = (x - 0.25 * y - 60.0, y + 0.2 * x - 60.0);
        let on_page = (0.0..280.0).contains(&u) && (0.0..360.0).contains(&v);
        if on_page {
            page(u + 60.0, v + 60.0)
        } else {
            WOOD
        }
    };
    all.push(("page on a table".into(), drawn(600, 500, tilted)));
    for colour in [[0, 0, 0], [255, 255, 255], [128, 128, 128], [200, 40, 40]] {
        all.push((
            format!("plain {colour:?}"),
            drawn(600, 400, |_, _| Rgb(colour)),
        ));
    }
    let bands = |x: f64, y: f64| match y + 14.0 * (x / 70.0).sin() {
        y if y < 130.0 => Rgb([150, 190, 235]),
        y if y < 190.0 => Rgb([230, 230, 240]),
        y if y < 260.0 => Rgb([70, 110, 60]),
        _ => Rgb([190, 170, 90]),
    };
    all.push(("landscape".into(), drawn(600, 400, bands)));
    let sun = |x: f64, y: f64| match (x - 420.0).hypot(y - 90.0) < 60.0 {
        true => Rgb([255, 250, 230]),
        false => bands(x, y),
    };
    all.push(("landscape with sun".into(), drawn(600, 400, sun)));
    let stripes = |x: f64, _| {
        if (x / 40.0).floor() % 2.0 == 0.0 {
            GROUNDS
        } else {
            PORCELAIN
        }
    };
    all.push(("stripes".into(), drawn(600, 400, stripes)));
    for (name, x, y, w, h) in [
        ("table, left", 0, 130, 80, 270),
        ("table, right", 485, 0, 115, 400),
        ("table, top right", 430, 0, 170, 90),
        ("table, bottom left", 0, 200, 78, 200),
        ("saucer and table", 320, 200, 280, 200),
        ("spoon", 400, 60, 200, 340),
    ] {
        all.push((name.into(), photo().crop_imm(x, y, w, h)));
    }
    all
}
