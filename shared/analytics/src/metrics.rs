//! The metrics of the sums.

use kernel::telemetry::metrics::Metric;

/// All of them.
pub const METRICS: &[Metric] = &[];
