//! One file (or folder) a feature.

pub(crate) mod admin;
pub(crate) mod analyses;
pub(crate) mod health;
pub(crate) mod payments;
pub(crate) mod subscriptions;
pub(crate) mod telegram;
