//! What a request is about, as data and not as a prompt: for the reader that understands no prompts.

use bytes::Bytes;

use crate::Language;
use crate::features::analyses::model::{FocusArea, Reading, Vision};

/// The task.
#[derive(Clone, Debug, PartialEq)]
pub enum Material {
    /// See what is in this JPEG.
    See(Bytes),
    /// Write a reading.
    Read(Reader),
    /// Answer the person's words about their last reading.
    Answer {
        reader: Reader,
        reading: Option<Reading>,
    },
}

/// For whom, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    pub language: Language,
    pub focus_area: FocusArea,
    /// What was seen in the cup that it is about.
    pub vision: Option<Vision>,
    /// What the person says.
    pub words: Option<String>,
    /// Symbols of their earlier readings, the newest first.
    pub earlier: Vec<String>,
}
