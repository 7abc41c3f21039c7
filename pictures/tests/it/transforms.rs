//! The transform of a block at each scale.

use pictures::inside::{NATURAL, Transforms};

/// A block as it is stored, of one coefficient by its frequencies.
fn wave(across: usize, down: usize) -> [i16; 64] {
    let mut block = [0; 64];
    let at = NATURAL
        .iter()
        .position(|at| usize::from(*at) == down * 8 + across);
    block[at.expect("a place")] = 400;
    block
}

#[test]
fn what_is_too_fine_for_a_scale_does_not_look_like_something_coarse() {
    let transforms = Transforms::default();
    for (scale, last) in [(1, 0), (2, 4), (4, 24), (8, 63)] {
        for (across, down) in (0..64).map(|at| (at % 8, at / 8)).skip(1) {
            let mut samples = [0; 64];
            let block = &wave(across, down)[..=last];
            transforms.block(scale, block, &[1; 64], &mut samples[..scale * scale], scale);
            let flat = samples[..scale * scale].iter().all(|sample| *sample == 128);
            let fine = across >= scale || down >= scale;
            assert_eq!(flat, fine, "{across}, {down} at {scale}/8");
        }
    }
}

#[test]
fn no_coefficients_are_too_large() {
    let transforms = Transforms::default();
    for value in [i16::MIN, i16::MAX] {
        for (scale, last) in [(1, 0), (2, 4), (4, 24), (8, 63)] {
            let mut samples = [0; 64];
            transforms.block(
                scale,
                &[value; 64][..=last],
                &[u16::MAX; 64],
                &mut samples,
                8,
            );
        }
    }
}
