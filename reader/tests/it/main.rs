//! The reader as its callers see it: bytes in, words out.

mod answers;
mod eye;
mod lexicon;
mod lots;
mod pictures;
mod writing;
