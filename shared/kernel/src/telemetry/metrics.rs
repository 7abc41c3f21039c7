//! Metrics for Prometheus: a feature lists its own, and a process installs all lists at once.

use std::net::SocketAddr;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::error::Error;

/// A metric that a feature keeps: its name, and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub about: &'static str,
    pub form: Form,
}

/// How a metric counts.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

impl Metric {
    /// One that only grows.
    pub const fn counter(name: &'static str, about: &'static str) -> Self {
        let form = Form::Counter;
        Self { name, about, form }
    }

    /// One that rises and falls.
    pub const fn gauge(name: &'static str, about: &'static str) -> Self {
        let form = Form::Gauge;
        Self { name, about, form }
    }

    /// One that tells how values are spread.
    pub const fn histogram(
        name: &'static str,
        about: &'static str,
        buckets: &'static [f64],
    ) -> Self {
        let form = Form::Histogram(buckets);
        Self { name, about, form }
    }

    fn describe(&self) {
        match self.form {
            Form::Counter => metrics::describe_counter!(self.name, self.about),
            Form::Gauge => metrics::describe_gauge!(self.name, self.about),
            Form::Histogram(_) => metrics::describe_histogram!(self.name, self.about),
        }
    }
}

/// Installs the recorder of this process for the metrics of these lists; the handle renders
/// `/metrics`.
///
/// # Errors
/// `Internal` if this process has one already.
pub fn install(lists: &[&[Metric]]) -> Result<PrometheusHandle, Error> {
    let handle = builder(lists)?.install_recorder().map_err(internal)?;
    describe(lists);
    Ok(handle)
}

/// Installs the recorder and serves it at `http://<addr>/metrics`, for a process that serves
/// nothing else.
///
/// # Errors
/// `Internal` if the address is taken, or if this process has a recorder already.
pub fn install_and_serve(addr: SocketAddr, lists: &[&[Metric]]) -> Result<(), Error> {
    builder(lists)?
        .with_http_listener(addr)
        .install()
        .map_err(internal)?;
    describe(lists);
    Ok(())
}

fn builder(lists: &[&[Metric]]) -> Result<PrometheusBuilder, Error> {
    let mut builder = PrometheusBuilder::new();
    for metric in lists.iter().copied().flatten() {
        if let Form::Histogram(buckets) = metric.form {
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

fn describe(lists: &[&[Metric]]) {
    lists.iter().copied().flatten().for_each(Metric::describe);
}
