//! The reader as its callers see it: bytes in, words out.

mod eye;
mod lexicon;
mod pictures;
mod writing;
