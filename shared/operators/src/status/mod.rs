//! What is wrong with the deployment, worst first: [facts], the [rules] that judge them, and the [queries] of those that
//! only rows tell. The page of operators and `symancy status` show the same.

pub mod facts;
pub mod finding;
pub mod queries;
pub mod rules;
mod rules_of_rows;
#[cfg(test)]
mod rules_tests;

pub use facts::{Asked, Backups, Facts, Rows, Surroundings, Updates};
pub use finding::{CHAPTERS, Concerned, Finding, Level};
pub use rules::findings;
