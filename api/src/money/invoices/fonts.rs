//! The letters of a PDF: DejaVu Sans for Latin, Greek and Cyrillic ones, and a font of the operator for Chinese ones.
//!
//! Letters stand side by side, from left to right: scripts that join or turn theirs are not shaped. A letter that no font has
//! is drawn as a box, and can still be copied.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use kernel::env::{Env, Setting};
use kernel::{Error, Language};
use krilla::Data;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

const LATIN: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");

pub(crate) const CJK: Setting = Setting::optional(
    "INVOICE_CJK_FONT",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "A font with Chinese letters for the PDFs of invoices. Not set: those of people who read Chinese are in English, and \
     Chinese letters in a name are boxes.",
);

/// The bytes of the fonts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Fonts {
    cjk: Option<Bytes>,
}

impl Fonts {
    /// Reads the font that the setting names; faults are kept in `env`.
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        let path = env.optional(&CJK);
        let read = path.map(|path| std::fs::read(path).map(Bytes::from));
        let cjk = read.transpose().unwrap_or_else(|why| {
            env.fault(&CJK, format!("it cannot be read: {why}"));
            None
        });
        if cjk.as_ref().is_some_and(|bytes| Face::of(bytes).is_none()) {
            env.fault(
                &CJK,
                "it must be a font: TrueType or OpenType, or a collection of them",
            );
        }
        Self { cjk }
    }

    /// The language that a document for a reader of this one is in.
    pub(super) fn speaks(&self, language: Language) -> Language {
        match language {
            Language::Zh if self.cjk.is_none() => Language::En,
            language => language,
        }
    }

    /// The faces, the preferred one first.
    ///
    /// # Errors
    /// A font that is none.
    pub(super) fn faces(&self) -> Result<Faces<'_>, Error> {
        let all = std::iter::once(Face::of_static()).chain(self.cjk.as_ref().map(Face::of));
        let all: Option<Vec<Face<'_>>> = all.collect();
        let all = all.ok_or_else(|| Error::internal("a font of invoices is none"))?;
        Ok(Faces(all))
    }
}

/// A font, ready to be looked up.
struct Face<'a> {
    font: Font,
    letters: Charmap<'a>,
    metrics: GlyphMetrics<'a>,
}

impl<'a> Face<'a> {
    fn of_static() -> Option<Self> {
        Self::new(LATIN, LATIN.into())
    }

    fn of(bytes: &'a Bytes) -> Option<Self> {
        let shared: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(bytes.clone());
        Self::new(bytes, shared.into())
    }

    /// The first font, where there are several.
    fn new(bytes: &'a [u8], data: Data) -> Option<Self> {
        let reference = FontRef::from_index(bytes, 0).ok()?;
        Some(Self {
            font: Font::new(data, 0)?,
            letters: reference.charmap(),
            metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    /// The glyph of a letter. 0 is the box.
    fn glyph(&self, letter: char, range: Range<usize>) -> KrillaGlyph {
        let id = self.letters.map(letter).unwrap_or_default();
        let advance = self.metrics.advance_width(id).unwrap_or_default();
        let advance = advance / self.font.units_per_em();
        let id = GlyphId::new(id.to_u32());
        KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None)
    }
}

/// All faces, the preferred one first.
pub(super) struct Faces<'a>(Vec<Face<'a>>);

/// Letters of one face, side by side.
pub(super) struct Run<'a> {
    pub font: &'a Font,
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
}

impl Run<'_> {
    /// Its width in a size of 1.
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

impl Faces<'_> {
    /// A text as letters of the first face that has each.
    pub fn runs(&self, text: &str) -> Vec<Run<'_>> {
        let mut runs: Vec<Run<'_>> = Vec::new();
        let mut last = None;
        for letter in text.chars() {
            let found = self
                .0
                .iter()
                .position(|face| face.letters.map(letter).is_some());
            let at = found.unwrap_or_default();
            let Some(face) = self.0.get(at) else {
                continue;
            };
            if last != Some(at) {
                runs.push(Run {
                    font: &face.font,
                    text: String::new(),
                    glyphs: Vec::new(),
                });
                last = Some(at);
            }
            if let Some(run) = runs.last_mut() {
                let from = run.text.len();
                run.text.push(letter);
                run.glyphs.push(face.glyph(letter, from..run.text.len()));
            }
        }
        runs
    }

    /// The width of a text in a size.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        self.runs(text).iter().map(Run::width).sum::<f32>() * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_and_what_is_no_font_are_faults() {
        let fault_of = |path: &'static str| {
            let lookup = move |_: &str| Some(path.to_owned());
            let mut env = Env::new(&lookup);
            let fonts = Fonts::read(&mut env);
            env.finish(fonts).err().map(|faults| faults.to_string())
        };
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/LICENSE");
        let font = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/DejaVuSans.ttf");
        for (path, expected) in [
            ("/no/such/file", "cannot be read"),
            (here, "must be a font"),
        ] {
            let fault = fault_of(path).expect(path);
            assert!(
                fault.contains(expected) && fault.contains("INVOICE_CJK_FONT"),
                "{fault}"
            );
        }
        assert_eq!(fault_of(font), None);
    }

    #[test]
    fn letters_of_three_alphabets_are_drawn_and_others_are_boxes_that_are_as_wide_as_they_look() {
        let fonts = Fonts { cjk: None };
        let faces = fonts.faces().expect("the font of the program");
        let runs = faces.runs("Añ Щё Ωβ 王");
        let [run] = &runs[..] else {
            panic!("one face, one run");
        };
        let boxes = run
            .glyphs
            .iter()
            .filter(|glyph| glyph.glyph_id == GlyphId::new(0));
        assert_eq!((boxes.count(), run.text.as_str()), (1, "Añ Щё Ωβ 王"));
        assert!(run.glyphs.iter().all(|glyph| glyph.x_advance > 0.0));
        let (once, twice) = (faces.width("Щ", 10.0), faces.width("ЩЩ", 10.0));
        assert!((once * 2.0 - twice).abs() < 0.001 && once > 5.0, "{once}");
    }
}
