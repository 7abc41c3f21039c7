//! Writes: readings of a cup, and answers to questions about them. Pure and deterministic: chance
//! is a hash of the task. The words are in `en`, `ru` and `zh`, the meanings in the lexicon.

mod answer;
mod book;
mod en;
mod fill;
mod pen;
pub mod place;
mod quote;
mod reading;
mod ru;
mod sign;
mod topic;
mod whole;
mod zh;

use crate::Language;
pub use answer::answer;
use book::Book;
pub use reading::read;

/// The sentence that says what this reader is; every reading and answer about a cup ends in it.
pub fn notice(language: Language) -> &'static str {
    Book::of(language).notice
}

/// The same where there was no cup, so nothing was measured.
pub fn notice_of_words(language: Language) -> &'static str {
    Book::of(language).notice_of_words
}
