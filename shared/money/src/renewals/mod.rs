//! Subscriptions that renew: a renewal is one more payment, which owns the next window. Explained in docs/PAYMENTS.md.

pub mod change;
pub mod charging;
pub mod customers;
mod effects;
pub mod elsewhere;
pub mod follow;
pub mod jobs;
pub mod lost;
pub mod messages;
pub mod methods;
pub mod model;
pub mod queries;
pub mod quotes;
mod recurring;
pub mod requests;
pub mod rules;
pub mod sealed;
pub mod texts;
pub mod turn;
