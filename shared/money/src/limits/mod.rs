//! The quotas of plans, and how much of them people have used. A unit of a quota is one reading.

pub mod bonus;
pub mod model;
pub mod queries;
pub mod rules;
