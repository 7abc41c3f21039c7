//! Who changed what, from where, from what to what. Written in the transaction of the change.

pub mod model;
pub mod operator;
pub mod queries;
