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
pub mod request;
mod writing;

/// For the tests: what they look into, and no part of the interface. They stand in `tests/`, because
/// unit tests would compile all of this a second time, and optimised.
#[doc(hidden)]
pub mod inside {
    pub use crate::eye::cup::find as find_cup;
    pub use crate::eye::{Form, picture::Picture};
    pub use crate::writing::place::Place;
}

pub use eye::see;
pub use model::{
    Focus, Language, Pattern, Question, Reading, Section, Sight, Task, Unreadable, UnsafeContent,
};
pub use writing::{answer, notice, notice_of_words, read};
