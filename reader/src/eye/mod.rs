//! Looks into a cup. Pure and deterministic: decode, find the cup, find what is dark in it,
//! measure each shape, name it by the lexicon.

mod blobs;
pub mod cup;
mod ellipse;
mod form;
mod hull;
mod mask;
pub mod picture;

use crate::lexicon::Lexicon;
use crate::{Pattern, Sight, Unreadable, UnsafeContent};
use blobs::{Blob, Kind};
use cup::Cup;
pub use form::Form;
use picture::Picture;

/// Fewer says nothing, more is a list.
const FEWEST: usize = 3;
const MOST: usize = 7;

/// Looks at the picture in `bytes`: JPEG, PNG or WebP.
///
/// # Errors
/// [`Unreadable`] if it cannot be decoded.
pub fn see(bytes: &[u8]) -> Result<Sight, Unreadable> {
    let picture = Picture::decode(bytes)?;
    let cup = cup::find(&picture);
    let mut blobs = blobs::find(&picture, &cup);
    let clear = blobs.len();
    if clear < FEWEST {
        blobs::add_shadows(&mut blobs, &picture, &cup, FEWEST);
    }
    blobs.truncate(MOST);
    // A disc without a mark on it is a plate, a lamp, the sun.
    let is_cup = cup.found && clear >= 1 && picture.contrast >= 24;
    let summary = summary(&picture, &cup, &blobs, clear);
    Ok(Sight {
        is_cup,
        unsafe_content: UnsafeContent::None,
        summary,
        patterns: name(&blobs, Lexicon::whole()),
    })
}

/// The nearest symbol for each shape; no symbol twice in one cup.
fn name(blobs: &[Blob], lexicon: &Lexicon) -> Vec<Pattern> {
    let mut taken = Vec::new();
    let mut patterns: Vec<Pattern> = Vec::new();
    for blob in blobs {
        let Some((symbol, distance)) = lexicon.nearest(&blob.form, &taken) else {
            break;
        };
        taken.push(symbol.key);
        let confidence = (blob.strength * (-0.6 * distance).exp()).clamp(0.05, 0.99);
        patterns.push(Pattern {
            shape: blob.form.words(blob.kind),
            symbol: symbol.key.to_owned(),
            place: blob.place.words(),
            confidence: (confidence * 100.0).round() / 100.0,
        });
    }
    patterns.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    patterns
}

fn summary(picture: &Picture, cup: &Cup, blobs: &[Blob], clear: usize) -> String {
    let share = 100.0 * cup.area() / (picture.width * picture.height) as f64;
    let (cx, cy) = (
        100.0 * cup.rim.x / picture.width as f64,
        100.0 * cup.rim.y / picture.height as f64,
    );
    let where_ = if cup.found {
        format!(
            "A round rim, taken for the cup, encloses {share:.0}% of the picture around {cx:.0}% from the left and {cy:.0}% from the top."
        )
    } else {
        "No round rim stands out, so the middle of the picture was read.".to_owned()
    };
    let dark: f64 = blobs
        .iter()
        .filter(|b| b.kind == Kind::Dark && b.depth == 0)
        .map(|b| b.form.share)
        .fold(0.0, |sum, share| sum + share);
    let what = match clear {
        0 => "No dark shape stands out in it; only soft shadows could be compared.".to_owned(),
        1 => format!(
            "One dark shape stands out in it and covers {:.0}%.",
            100.0 * dark
        ),
        n => format!(
            "{n} dark shapes stand out in it; the separate ones cover {:.0}%.",
            100.0 * dark
        ),
    };
    format!(
        "{where_} {what} Brightness ranges over {} of 255 levels.",
        picture.contrast
    )
}
