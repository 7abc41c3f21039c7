//! What a request is about, as data and not as a prompt: for the offline reader, which understands
//! no prompts. Shapes and sections are of its own types.

use bytes::Bytes;
pub use reader::{Focus, Pattern, Section, Sight, UnsafeContent};

use kernel::Language;

/// The task.
#[derive(Clone, Debug, PartialEq)]
pub enum Material {
    /// See what is in this JPEG.
    See(Bytes),
    /// Write a reading.
    Read(Brief),
    /// Answer the person's words about their last reading, of which these are the sections.
    Answer {
        brief: Brief,
        sections: Vec<Section>,
    },
}

/// For whom, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    pub language: Language,
    pub focus: Focus,
    /// What was seen in the cup that it is about.
    pub sight: Option<Sight>,
    /// What the person says.
    pub words: Option<String>,
    /// Symbols of their earlier readings, the newest first.
    pub earlier: Vec<String>,
}
