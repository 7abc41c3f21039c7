//! The lists of this crate.

use ::jobs::Feature;

use crate::{jobs, metrics};

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    schedules: jobs::SCHEDULES,
    metrics: metrics::METRICS,
    ..Feature::new("publishers")
};
