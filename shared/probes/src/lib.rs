//! Probes: jobs that follow a script and record how they were run. An operator enqueues one to check a
//! deployment end to end; the chaos suite and the benchmark enqueue many.

pub mod jobs;
pub mod queries;

use ::jobs::Feature;
use kernel::tables::{ALL, READ, Table};

/// The lists of this crate.
pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    tables: &[
        Table::impersonal("probe_runs", "runs of probes").rights(READ, ALL),
        Table::impersonal("probe_results", "results of probes").rights(READ, ALL),
    ],
    prune: &[queries::PRUNE],
    ..Feature::new("probes")
};
