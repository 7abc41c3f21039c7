//! Probes: jobs that do what their script says and tell how they were run. An operator sends one
//! to see that a deployment works from end to end; the chaos suite and the benchmark send many.

pub mod jobs;
pub mod queries;
