//! Plans, and how much of them people have used. A unit of a plan is one reading.

pub mod model;
pub mod queries;
pub mod rules;
