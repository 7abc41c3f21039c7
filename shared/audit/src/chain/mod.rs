//! The chain over the audit log: each line is sealed within two minutes, and each seal contains the one before. What was
//! changed, put in, or taken out afterwards is found by [`queries::verify`]; who holds a copy of the newest link also finds
//! that the end was cut off. An erasure takes out a person's values and leaves what [`rules::Digests::lasting`] covers;
//! pruning takes out lines that are 90 days old, and leaves their seals.

pub mod export;
pub mod queries;
pub mod rules;
