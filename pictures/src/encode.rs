//! JPEGs out of pictures: baseline, colours at half the size.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

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
    encoder.encode_image(Rows(picture)).map_err(Fault::broken)?;
    Ok(jpeg)
}

/// One type for all pictures: the encoder is compiled anew for each. Planes as they come from a
/// JPEG go into the next without becoming red, green and blue between.
struct Rows<'a>(&'a Picture);

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        match self.0.pixels {
            Pixels::Grey(_) => JpegColorType::Luma,
            _ => JpegColorType::Ycbcr,
        }
    }

    fn width(&self) -> u16 {
        self.0.width as u16
    }

    fn height(&self) -> u16 {
        self.0.height as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (width, y) = (self.0.width, usize::from(y));
        let [light, cb, cr, _] = buffers;
        match &self.0.pixels {
            Pixels::Grey(samples) => light.extend_from_slice(&samples[y * width..][..width]),
            Pixels::YCbCr(planes) => {
                light.extend_from_slice(&planes[0][y * width..][..width]);
                // The encoder takes the mean of four, and so gets back what is written four times.
                let half = width.div_ceil(2);
                for (buffer, plane) in [(cb, &planes[1]), (cr, &planes[2])] {
                    let row = &plane[y / 2 * half..][..half];
                    buffer.extend(row.iter().flat_map(|sample| [*sample; 2]).take(width));
                }
            }
            Pixels::Rgb(samples) => {
                for pixel in samples[y * width * 3..][..width * 3].chunks_exact(3) {
                    let (of_light, of_cb, of_cr) = rgb_to_ycbcr(pixel[0], pixel[1], pixel[2]);
                    light.push(of_light);
                    cb.push(of_cb);
                    cr.push(of_cr);
                }
            }
        }
    }
}
