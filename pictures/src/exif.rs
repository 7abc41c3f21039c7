//! Which way up a photo is, by its EXIF data (a TIFF file with one tag of interest).

/// The eight ways of EXIF 2.3, tag 0x0112: 1 is upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

const TAG: u16 = 0x0112;
const SHORT: u16 = 3;
/// Not by the standard, but written by some programs and read by all viewers.
const LONG: u16 = 4;

impl Orientation {
    pub(crate) const UPRIGHT: Self = Self(1);

    /// From EXIF data, with or without the "Exif" in front that JPEGs have there; upright if they
    /// say nothing, or nothing that makes sense.
    pub(crate) fn read(exif: &[u8]) -> Self {
        let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        find(tiff).unwrap_or(Self::UPRIGHT)
    }

    /// EXIF data that say this and nothing else, without the "Exif" that JPEGs have in front; none for
    /// upright.
    pub(crate) fn as_exif(self) -> Option<[u8; 26]> {
        let mut tiff = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
        tiff[18] = self.0;
        (self != Self::UPRIGHT).then_some(tiff)
    }

    /// Whether width and height change places.
    pub(crate) fn lies(self) -> bool {
        self.0 >= 5
    }

    /// Where in a picture of `width` x `height`, as it is stored, the pixel comes from that belongs
    /// at `x`, `y`.
    pub(crate) fn source(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        let (right, low) = (width - 1, height - 1);
        match self.0 {
            2 => (right - x, y),
            3 => (right - x, low - y),
            4 => (x, low - y),
            5 => (y, x),
            6 => (y, low - x),
            7 => (right - y, low - x),
            8 => (right - y, x),
            _ => (x, y),
        }
    }
}

fn find(tiff: &[u8]) -> Option<Orientation> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    };
    let long = |at: usize| {
        let (high, low) = match little {
            true => (short(at + 2)?, short(at)?),
            false => (short(at)?, short(at + 2)?),
        };
        Some(usize::from(high) << 16 | usize::from(low))
    };
    let directory = long(4)?;
    for entry in 0..usize::from(short(directory)?) {
        let at = directory + 2 + entry * 12;
        if short(at)? == TAG {
            let value = match short(at + 2)? {
                SHORT => usize::from(short(at + 8)?),
                LONG => long(at + 8)?,
                _ => return None,
            };
            let value = u8::try_from(value).ok()?;
            return (1..=8).contains(&value).then_some(Orientation(value));
        }
    }
    None
}
