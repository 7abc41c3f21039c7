//! A person and what they choose: their profile, and what they agree to.

pub(crate) mod consents;
pub(crate) mod profile;
