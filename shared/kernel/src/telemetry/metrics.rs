//! Metrics for Prometheus: a feature lists its own, and a process installs all of them at once.

use std::net::SocketAddr;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_util::MetricKindMask;

use crate::error::Error;

/// A metric of a feature: its name, description and type.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub about: &'static str,
    pub kind: MetricKind,
}

/// The type of a metric.
#[derive(Clone, Copy, Debug)]
pub enum MetricKind {
    Counter,
    Gauge,
    /// Carries the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

impl Metric {
    /// A value that only grows.
    pub const fn counter(name: &'static str, about: &'static str) -> Self {
        let kind = MetricKind::Counter;
        Self { name, about, kind }
    }

    /// A value that rises and falls.
    pub const fn gauge(name: &'static str, about: &'static str) -> Self {
        let kind = MetricKind::Gauge;
        Self { name, about, kind }
    }

    /// A distribution of values.
    pub const fn histogram(
        name: &'static str,
        about: &'static str,
        buckets: &'static [f64],
    ) -> Self {
        let kind = MetricKind::Histogram(buckets);
        Self { name, about, kind }
    }

    fn describe(&self) {
        match self.kind {
            MetricKind::Counter => metrics::describe_counter!(self.name, self.about),
            MetricKind::Gauge => metrics::describe_gauge!(self.name, self.about),
            MetricKind::Histogram(_) => metrics::describe_histogram!(self.name, self.about),
        }
    }
}

/// Installs the metrics recorder of this process for these metrics; the handle renders `/metrics`.
///
/// # Errors
/// `Internal` if this process already has a recorder.
pub fn install(all: &[Metric]) -> Result<PrometheusHandle, Error> {
    let handle = builder(all)?.install_recorder().map_err(internal)?;
    describe(all);
    Ok(handle)
}

/// Installs the recorder and serves it at `http://<addr>/metrics`, on a listener of its own: metrics
/// say too much of a business to stand beside what the public reaches. To be called on the runtime.
///
/// # Errors
/// `Internal` if the address is taken, or if this process has a recorder already.
pub fn install_and_serve(addr: SocketAddr, all: &[Metric]) -> Result<PrometheusHandle, Error> {
    let (recorder, serving) = builder(all)?
        .with_http_listener(addr)
        .build()
        .map_err(internal)?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|why| Error::internal(format!("metrics: {why}")))?;
    tokio::spawn(serving);
    describe(all);
    Ok(handle)
}

/// Some gauges are set by a daily job, which runs in any worker: what another one saw days ago must not stand beside it.
const GAUGE_LASTS: Duration = Duration::from_secs(26 * 3600);

fn builder(all: &[Metric]) -> Result<PrometheusBuilder, Error> {
    let mut builder =
        PrometheusBuilder::new().idle_timeout(MetricKindMask::GAUGE, Some(GAUGE_LASTS));
    for metric in all {
        if let MetricKind::Histogram(buckets) = metric.kind {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
                .map_err(internal)?;
        }
    }
    Ok(builder)
}

fn internal(why: BuildError) -> Error {
    Error::internal(format!("metrics: {why}"))
}

fn describe(all: &[Metric]) {
    all.iter().for_each(Metric::describe);
}
