//! Photos without what they say beside their pixels.

use std::io::Cursor;
use std::path::PathBuf;

use image::ImageFormat;

use super::made::png_of;
use super::{fixture, prepare};

fn stripped(photo: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut sink = Cursor::new(Vec::new());
    pictures::strip(Cursor::new(photo), &mut sink)?;
    Ok(sink.into_inner())
}

/// The names of all photos of the fixtures that can be prepared.
fn photos() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/images");
    let files = std::fs::read_dir(folder).expect("a folder");
    let mut all: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .filter_map(|path| Some((path.clone(), std::fs::read(path).ok()?)))
        .filter(|(_, bytes)| prepare(bytes).is_ok())
        .collect();
    all.sort();
    assert!(all.len() > 15, "{} photos", all.len());
    all
}

const WORDS: &[u8] = b"52 31 12 N 13 24 18 E, Ann's kitchen";

/// Puts the words into every place that a format has for them.
fn talkative(photo: &[u8]) -> Vec<u8> {
    let mut all = match photo {
        [0xFF, 0xD8, rest @ ..] => {
            let mut all = vec![0xFF, 0xD8];
            for (marker, name) in [
                (0xE1, &b"http://ns.adobe.com/xap/1.0/\0"[..]),
                (0xE2, b"MPF\0"),
                (0xED, b"Photoshop 3.0\0"),
                (0xE4, b""),
                (0xFE, b""),
            ] {
                let body = [name, WORDS].concat();
                all.extend([0xFF, marker]);
                all.extend((body.len() as u16 + 2).to_be_bytes());
                all.extend(body);
            }
            all.extend(rest);
            all
        }
        [0x89, ..] => {
            let made = png_of(
                1,
                1,
                &[
                    (b"tEXt", WORDS.to_vec()),
                    (b"eXIf", WORDS.to_vec()),
                    (b"prVt", WORDS.to_vec()),
                ],
            );
            // Behind the header of 8 + 25 bytes.
            [&photo[..33], &made[33..], &photo[33..]].concat()
        }
        _ => {
            let mut chunk = b"XMP ".to_vec();
            chunk.extend((WORDS.len() as u32).to_le_bytes());
            chunk.extend(WORDS);
            chunk.resize(chunk.len() + WORDS.len() % 2, 0);
            let mut all = photo.to_vec();
            let whole = 8 + u32::from_le_bytes(photo[4..8].try_into().expect("a length")) as usize;
            all.truncate(whole);
            all.extend(chunk);
            let length = all.len() as u32 - 8;
            all[4..8].copy_from_slice(&length.to_le_bytes());
            all
        }
    };
    all.extend(WORDS);
    all
}

#[test]
fn the_pixels_of_every_photo_stay_and_its_words_go() {
    for (path, photo) in photos() {
        let name = path.display();
        let said = talkative(&photo);
        let clean = stripped(&said).expect("a photo");
        let holds = |words: &[u8]| clean.windows(words.len()).any(|part| part == words);
        assert!(!holds(WORDS), "{name}");
        assert_eq!(clean, stripped(&photo).expect("a photo"), "{name}");
        assert_eq!(stripped(&clean).expect("a photo"), clean, "{name}");
        assert!(clean.len() <= photo.len() + 64, "{name}");
        // Upright, in its colours: what decodes here reads orientation and profile.
        let (before, after) = (
            prepare(&photo).expect("whole"),
            prepare(&clean).expect("whole"),
        );
        assert_eq!(before.for_ai, after.for_ai, "{name}");
        // And by another decoder, every pixel.
        let format = image::guess_format(&photo).expect("a format");
        let pixels = |bytes| image::load_from_memory_with_format(bytes, format).ok();
        assert_eq!(pixels(&photo), pixels(&clean), "{name}");
    }
}

#[test]
fn of_exif_data_only_which_way_is_up_stays() {
    for name in ["turned-6.jpg", "turned-6.png", "turned-6.webp"] {
        let clean = stripped(&fixture(name)).expect("a photo");
        let exif = clean.windows(4).position(|part| part == b"II*\0");
        let tiff = &clean[exif.expect("EXIF data")..][..26];
        assert_eq!(
            tiff[8..20],
            [1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0],
            "{name}"
        );
    }
}

#[test]
fn what_is_truncated_or_spoilt_is_refused_or_copied_but_never_panics() {
    for name in ["turned-6.jpg", "turned-6.png", "turned-6.webp"] {
        let photo = fixture(name);
        for end in 0..photo.len() {
            let _ = stripped(&photo[..end]);
        }
        assert!(stripped(&photo[..photo.len() / 2]).is_err() || name.ends_with("webp"));
        let mut random = 0x9E37_79B9_u64;
        for _ in 0..3_000 {
            let mut spoilt = photo.clone();
            for _ in 0..4 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = (random >> 33) as usize % spoilt.len();
                spoilt[at] = (random >> 24) as u8;
            }
            if let Ok(once) = stripped(&spoilt) {
                assert_eq!(stripped(&once).ok(), Some(once), "{name}");
            }
        }
    }
    assert!(stripped(b"<svg></svg> and more").is_err());
    assert_eq!(
        image::guess_format(&fixture("turned-6.png")).ok(),
        Some(ImageFormat::Png)
    );
}
