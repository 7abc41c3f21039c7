//! A copy of everything that is kept about a person, and its end (docs/PRIVACY.md). The statements
//! name the tables of all features, so this stands above all of them; what people ask for, and how
//! far that is, is `features/privacy`.

pub mod erase;
pub mod export;
