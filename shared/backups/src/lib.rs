//! Backups: what lies in their bucket, which files of the write-ahead log one needs, how long each is kept; and
//! the recovery journal beside the database, by which a restored one learns what happened after its last moment
//! (docs/BACKUPS.md). `symancy backup` and `symancy restore` make and use them; the programs write the journal.

pub mod config;
pub mod journal;
pub mod manifest;
pub mod metrics;
pub mod rules;
pub mod shelf;

use jobs::Feature;

/// The lists of this crate: it owns no table, because nothing of it may depend on the database.
pub const FEATURE: Feature = Feature {
    metrics: metrics::METRICS,
    ..Feature::new("backups")
};
