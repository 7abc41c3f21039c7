//! Probes: jobs that follow a script and record how they were run. An operator enqueues one to check a
//! deployment end to end; the chaos suite and the benchmark enqueue many.

pub mod jobs;
pub mod queries;
