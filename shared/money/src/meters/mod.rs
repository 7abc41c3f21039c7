//! Meters: what plans allow of each unit, and how much of it accounts have used.

pub mod bonus;
pub mod change;
pub mod model;
pub mod preview;
pub mod queries;
pub mod rules;
