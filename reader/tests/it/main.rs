//! The reader as its callers see it: bytes in, words out.

mod answers;
mod drawn;
mod eye;
mod forms;
mod lexicon;
mod lots;
mod pictures;
mod places;
mod request;
mod writing;
