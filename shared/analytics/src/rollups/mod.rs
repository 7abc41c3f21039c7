//! The projection: what each fact adds to which sums.

pub mod check;
pub mod counts;
mod cursor;
pub mod facts;
pub mod known;
pub mod meet;
mod money;
mod people;
pub mod queries;
pub mod rebuild;
pub mod rules;
pub mod step;
pub mod sums;
pub mod tables;
mod turn;
pub mod usage;
pub mod zone;

/// The cursor of the projection.
pub const CURSOR: &str = "analytics";
