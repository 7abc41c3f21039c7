//! The audit log: actor, origin, old and new values of each change. Written in the transaction of the
//! change.

mod feature;
pub mod model;
pub mod operator;
pub mod queries;

pub use feature::FEATURE;

kernel::definitions! {
    "audit_logs_forget",
    "audit_logs_prune",
}
