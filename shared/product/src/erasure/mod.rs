//! The export and the erasure of everything that is kept about a person (docs/PRIVACY.md). The
//! statements name the tables of all crates, so they are here; the requests are `people::privacy`.

pub mod erase;
pub mod export;
