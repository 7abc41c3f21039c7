//! One file (or folder) a feature.

pub(crate) mod admin;
pub(crate) mod analyses;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod limits;
pub(crate) mod payments;
pub(crate) mod privacy;
pub(crate) mod subscriptions;
pub(crate) mod telegram;
pub(crate) mod users;
