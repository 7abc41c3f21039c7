//! The audit log: actor, origin, old and new values of each change. Written in the transaction of the
//! change.

pub mod model;
pub mod operator;
pub mod queries;
