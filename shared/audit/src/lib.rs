//! The audit log: actor, origin, old and new values of each change. Written in the transaction of the
//! change.

pub mod chain;
mod feature;
pub mod jobs;
pub mod model;
pub mod operator;
pub mod queries;
pub mod secrets;

pub use feature::FEATURE;

kernel::definitions! {
    "audit_log_digests",
    "audit_logs_forget",
    "audit_logs_prune",
    "audit_logs_seal",
}
