//! The offline reader: it looks into a photo of a cup, measures the shapes of the grounds, looks
//! them up in a lexicon of tasseography and writes about them. Pure and deterministic: no network,
//! no model, no clock; the same input gives the same bytes. Called by the offline provider of
//! `shared` and by the sandbox.
//!
//! [`see`] is CPU work of some tens of milliseconds: call it on a blocking thread.

pub mod decode;
mod eye;
pub mod lexicon;
mod model;
mod writing;

pub use eye::see;
pub use model::{
    Focus, Language, Pattern, Question, Reading, Section, Sight, Task, Unreadable, UnsafeContent,
};
pub use writing::{answer, notice, notice_of_words, read};
