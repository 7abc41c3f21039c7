//! API keys of services: their form, their scopes, their rows.
//!
//! The api looks them up (`api/src/people/keys.rs`); `symancy keys` creates, replaces and revokes them.

pub mod fresh;
pub mod model;
pub mod queries;
pub mod rules;
