//! Keys by which services come in: how they look, what they allow, where they are kept.
//!
//! The api looks them up (`api/src/people/keys.rs`); `symancy keys` makes, replaces and ends them.

pub mod fresh;
pub mod model;
pub mod queries;
pub mod rules;
