//! API keys: their form, their scopes, whose they are, their rows.
//!
//! The api looks them up (`api/src/people/keys.rs`). `symancy keys` and `/v1/api-keys` make, replace and revoke them, both
//! by [`acts`].

pub mod acts;
pub mod fresh;
pub mod limits;
pub mod model;
pub mod news;
pub mod queries;
pub mod quota;
pub mod rules;
pub mod uses;
