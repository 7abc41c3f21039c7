//! What Telegram does to a picture: turned upright, re-encoded as JPEG without metadata, in up
//! to four sizes. Pure and slow; `people` and `methods` call it on a blocking thread.

use image::DynamicImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

use reader::decode::upright;

/// Longest sides of the sizes s, m, x and y, smallest first; a small picture has fewer.
const SIDES: [u32; 4] = [90, 320, 800, 1280];

/// One size, encoded.
pub struct Size {
    /// JPEG.
    pub jpeg: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// The sizes, or Telegram's refusal.
pub fn sizes(bytes: &[u8]) -> Result<Vec<Size>, String> {
    let picture = upright(bytes).map_err(|e| format!("IMAGE_PROCESS_FAILED ({e})"))?;
    if picture.width() + picture.height() > 10_000 {
        return Err("PHOTO_INVALID_DIMENSIONS".into());
    }
    let longest = picture.width().max(picture.height());
    let own = SIDES.iter().position(|side| *side >= longest);
    let sides = &SIDES[..own.map_or(SIDES.len(), |at| at + 1)];
    sides.iter().map(|side| shrink(&picture, *side)).collect()
}

fn shrink(picture: &DynamicImage, side: u32) -> Result<Size, String> {
    let small = if picture.width().max(picture.height()) > side {
        picture.resize(side, side, FilterType::Triangle)
    } else {
        picture.clone()
    };
    let rgb = small.into_rgb8();
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 87);
    rgb.write_with_encoder(encoder).map_err(|e| e.to_string())?;
    Ok(Size {
        jpeg,
        width: rgb.width(),
        height: rgb.height(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUP: &[u8] = include_bytes!("../../../../fixtures/coffee-cup.png");

    #[test]
    fn a_photo_comes_in_sizes_never_larger_than_it_was() {
        let sizes = sizes(CUP).expect("a picture");
        let widths: Vec<_> = sizes.iter().map(|s| (s.width, s.height)).collect();
        assert_eq!(widths, [(90, 60), (320, 213), (600, 400)]);
        assert!(sizes.iter().all(|s| s.jpeg.starts_with(&[0xff, 0xd8])));
    }

    #[test]
    fn what_is_not_a_picture_is_refused() {
        assert!(sizes(b"hello").is_err());
        assert!(sizes(&CUP[..5_000]).is_err());
    }
}
