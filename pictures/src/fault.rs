//! Why no picture comes of a photo, and what is too much.

/// What is wrong with a photo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it is not a JPEG, PNG or WebP image")]
    UnknownFormat,
    #[error("it cannot be read: {0}")]
    Broken(String),
    #[error("its end is missing")]
    Truncated,
    #[error("it has {width} x {height} pixels")]
    TooManyPixels { width: u32, height: u32 },
    /// Small as it is, it would take more memory or time than a photo may.
    #[error("it unpacks to too much: {0}")]
    TooMuch(String),
    /// It was asked for; says nothing about the photo.
    #[error("cancelled")]
    Cancelled,
}

impl Fault {
    pub(crate) fn broken(why: impl ToString) -> Self {
        Self::Broken(why.to_string())
    }
}

/// What a photo may take. Held against what it claims, before memory is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Pixels of the whole photo.
    pub pixels: u64,
    /// Bytes for samples and coefficients, at one time.
    pub memory: usize,
}

impl Limits {
    pub(crate) fn check_pixels(&self, width: usize, height: usize) -> Result<(), Fault> {
        if width as u64 * height as u64 <= self.pixels {
            return Ok(());
        }
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        Err(Fault::TooManyPixels {
            width: side(width),
            height: side(height),
        })
    }

    pub(crate) fn check_memory(&self, bytes: usize) -> Result<(), Fault> {
        match bytes <= self.memory {
            true => Ok(()),
            false => Err(Fault::TooMuch(format!("{bytes} bytes"))),
        }
    }
}
