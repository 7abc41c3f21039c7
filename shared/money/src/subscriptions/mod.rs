//! Who has which plan, until when. Paid time comes from `payments` alone: see docs/PAYMENTS.md.

pub mod jobs;
pub mod model;
pub mod queries;
pub mod rules;
