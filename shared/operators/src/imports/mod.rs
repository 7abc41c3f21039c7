//! Persons of the pre-MVP, with their readings and plans (docs/MIGRATION.md): bringing them over, comparing both sides
//! afterwards, and giving back what was made here meanwhile.

pub mod export;
pub mod model;
mod plans;
pub mod quarantine;
mod queries;
mod rules;
pub mod run;
pub mod source;
pub mod verify;
