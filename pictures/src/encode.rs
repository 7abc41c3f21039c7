//! JPEGs out of pictures: baseline, colours at half the size.

use jpeg_encoder::{ColorType, Encoder, ImageBuffer, JpegColorType, SamplingFactor};

use crate::Fault;
use crate::picture::{Picture, Pixels};

/// JPEG quality, of 100.
const QUALITY: u8 = 85;

/// Encodes a picture.
///
/// # Errors
/// None for a picture within 65,535 pixels a side.
pub(crate) fn jpeg(picture: &Picture) -> Result<Vec<u8>, Fault> {
    let mut jpeg = Vec::with_capacity(picture.width * picture.height / 4);
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = (picture.width as u16, picture.height as u16);
    let done = match &picture.pixels {
        Pixels::Grey(samples) => encoder.encode(samples, width, height, ColorType::Luma),
        Pixels::Rgb(samples) => encoder.encode(samples, width, height, ColorType::Rgb),
        Pixels::YCbCr(planes) => encoder.encode_image(Planes {
            planes,
            width,
            height,
        }),
    };
    done.map_err(Fault::broken)?;
    Ok(jpeg)
}

/// Planes as they come from a JPEG go into the next without becoming red, green and blue between.
struct Planes<'a> {
    planes: &'a [Vec<u8>; 3],
    width: u16,
    height: u16,
}

impl ImageBuffer for Planes<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (width, y) = (usize::from(self.width), usize::from(y));
        let [light, rest @ ..] = buffers;
        light.extend_from_slice(&self.planes[0][y * width..][..width]);
        // The encoder takes the mean of four, and so gets back what is written four times here.
        let half = width.div_ceil(2);
        for (buffer, plane) in rest.iter_mut().zip(&self.planes[1..]) {
            let row = &plane[y / 2 * half..][..half];
            buffer.extend(row.iter().flat_map(|sample| [*sample; 2]).take(width));
        }
    }
}
