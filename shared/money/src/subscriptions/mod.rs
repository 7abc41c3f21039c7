//! The plan of each person, and its end. Paid time comes from `payments` alone: see docs/PAYMENTS.md.

pub mod change;
pub mod history;
pub mod jobs;
pub mod messages;
pub mod model;
pub mod prices;
pub mod queries;
pub mod rules;
