//! What a request is about, as data and not as a prompt: for the offline reader, which understands
//! no prompts. Shapes and sections are of the reader's types.

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

/// What a reading is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    pub language: Language,
    pub focus: Focus,
    /// What the vision step saw in the cup.
    pub sight: Option<Sight>,
    /// The person's words.
    pub words: Option<String>,
    /// Symbols of their earlier readings, the newest first.
    pub earlier: Vec<String>,
}
