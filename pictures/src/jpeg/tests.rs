//! Planes, beside those that libjpeg-turbo decodes (see fixtures/images/make.py).

use super::*;

const LIMITS: Limits = Limits {
    pixels: 50_000_000,
    memory: 200_000_000,
};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../fixtures/images/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn decoded(name: &str, side: u32) -> Decoded {
    decode(&fixture(name), side, &LIMITS, &Cancel::default()).expect(name)
}

fn plane_of_libjpeg(name: &str) -> Vec<u8> {
    let plane = image::load_from_memory(&fixture(name)).expect(name);
    plane.into_luma8().into_raw()
}

/// The samples of the first plane that the picture covers, where its sides are whole blocks.
fn samples(of: &Decoded, plane: usize) -> &[u8] {
    let plane = &of.planes[plane];
    assert_eq!(plane.stride as f64, plane.width);
    &plane.samples[..plane.stride * plane.height as usize]
}

#[test]
fn at_full_size_each_sample_is_libjpegs_give_or_take_one() {
    let expected = plane_of_libjpeg("cup-444.y.png");
    for name in [
        "cup-444.jpg",
        "cup-422.jpg",
        "cup-420.jpg",
        "cup-444-progressive.jpg",
        "cup-422-progressive.jpg",
        "cup-420-progressive.jpg",
        "cup-restarts.jpg",
        "cup-progressive-restarts.jpg",
    ] {
        let decoded = decoded(name, 96);
        let found = samples(&decoded, 0);
        assert_eq!(found.len(), expected.len(), "{name}");
        let worst = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst <= Some(1), "{name}: {worst:?}");
    }
}

#[test]
fn at_every_scale_progressive_and_sequential_are_the_same() {
    for sampling in ["444", "422", "420"] {
        for side in [10, 20, 40, 96] {
            let sequential = decoded(&format!("cup-{sampling}.jpg"), side);
            let progressive = decoded(&format!("cup-{sampling}-progressive.jpg"), side);
            for (a, b) in sequential.planes.iter().zip(&progressive.planes) {
                assert_eq!(a.samples, b.samples, "{sampling} within {side}");
            }
        }
    }
}

#[test]
fn a_smaller_scale_shows_the_means_of_what_the_larger_one_shows() {
    let whole = plane_of_libjpeg("cup-444.y.png");
    for (side, scale) in [(48, 2), (24, 4), (12, 8)] {
        let decoded = decoded("cup-444.jpg", side);
        let found = samples(&decoded, 0);
        let width = 96 / scale;
        assert_eq!(found.len(), width * 64 / scale);
        let mut off = 0.0;
        for (at, sample) in found.iter().enumerate() {
            let (x, y) = (at % width * scale, at / width * scale);
            let square = (0..scale * scale).map(|i| whole[(y + i / scale) * 96 + x + i % scale]);
            let mean = square.map(f64::from).sum::<f64>() / (scale * scale) as f64;
            off += (mean - f64::from(*sample)).abs();
        }
        off /= found.len() as f64;
        assert!(off < 3.0, "1/{scale}: {off}");
    }
}
