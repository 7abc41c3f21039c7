//! The metrics of the design document, section 8.1, by their names there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use metrics::{Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::error::Error;

const HTTP: &str = "http_request_duration_seconds";
const AI: &str = "ai_request_duration_seconds";
const AMOUNT: &str = "payment_amount_rub";
const TOKENS: &str = "ai_tokens_used_total";

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

/// The metrics of this file.
pub const METRICS: &[Metric] = &[
    Metric::counter("analysis_created_total", "Total number of analyses created"),
    Metric::counter(
        "analysis_completed_total",
        "Total number of analyses completed",
    ),
    Metric::counter(
        "subscription_upgraded_total",
        "Total number of subscription upgrades",
    ),
    Metric::counter(
        "payment_processed_total",
        "Total number of payments processed",
    ),
    Metric::counter("payment_astray_total", "Money that nothing was granted for"),
    Metric::histogram(
        AMOUNT,
        "Payment amounts in RUB",
        &[100.0, 299.0, 599.0, 1_000.0, 1_499.0, 5_000.0],
    ),
    Metric::histogram(
        HTTP,
        "HTTP request duration",
        &[0.1, 0.3, 0.5, 1.0, 3.0, 5.0, 10.0],
    ),
    Metric::histogram(
        AI,
        "AI API request duration",
        &[1.0, 5.0, 10.0, 20.0, 30.0, 60.0],
    ),
    Metric::histogram(
        TOKENS,
        "Total tokens used per request",
        &[100.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0],
    ),
    Metric::counter(
        "paid_calls_total",
        "Calls that cost money, by how they ended",
    ),
    Metric::counter(
        "ai_fallback_total",
        "Models that were asked in vain, so that another one was asked",
    ),
    Metric::counter(
        "ai_cost_micro_usd_total",
        "Cost of AI calls in millionths of a dollar",
    ),
    Metric::gauge(
        "ai_provider_open",
        "1 while a provider is left alone by its circuit breaker",
    ),
    Metric::counter(
        "ai_over_budget_total",
        "Calls that were not made because the money of the day is used up",
    ),
    Metric::counter(
        "ai_gate_unchecked_total",
        "Calls to providers that were not checked because Redis was away",
    ),
    Metric::counter("rate_limited_total", "Requests refused for being too many"),
    Metric::counter(
        "rate_limit_fallback_total",
        "Requests counted by one process alone because Redis was away",
    ),
    Metric::counter(
        "init_data_replayed_total",
        "Requests with initData of another client",
    ),
    Metric::counter(
        "init_data_unchecked_total",
        "Requests whose initData was not looked for with other clients because Redis was away",
    ),
];

/// An analysis was accepted.
pub fn analysis_created(focus_area: &'static str, tier: &'static str) {
    counter!("analysis_created_total", "focus_area" => focus_area, "tier" => tier).increment(1);
}

/// An analysis ended; `status` is `success` or `failed`.
pub fn analysis_completed(focus_area: &'static str, tier: &'static str, status: &'static str) {
    counter!("analysis_completed_total",
        "focus_area" => focus_area, "tier" => tier, "status" => status)
    .increment(1);
}

/// A payment ended; `status` is `succeeded`, `failed` or `refunded`.
pub fn payment_processed(provider: &'static str, status: &'static str) {
    counter!("payment_processed_total", "provider" => provider, "status" => status).increment(1);
}

/// What a plan was paid with, in roubles.
pub fn payment_amount(provider: &'static str, tier: &'static str, roubles: Option<f64>) {
    if let Some(roubles) = roubles {
        histogram!(AMOUNT, "provider" => provider, "tier" => tier).record(roubles);
    }
}

/// Money came that nothing was granted for; `why` is `mismatched`, `unknown`, `ownerless` or
/// `unreadable`. An operator has to look at each.
pub fn payment_astray(provider: &'static str, why: &'static str) {
    counter!("payment_astray_total", "provider" => provider, "why" => why).increment(1);
}

/// Somebody has a higher plan than before.
pub fn subscription_upgraded(from: &'static str, to: &'static str) {
    counter!("subscription_upgraded_total", "from_tier" => from, "to_tier" => to).increment(1);
}

/// What was counted before by this thread: finding a histogram by its labels costs more than
/// recording in it. There are as many as there are routes, methods and statuses.
type Known = HashMap<(&'static str, String, u16), Histogram>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// An HTTP request was answered; `route` is the pattern, never the path with its ids.
pub fn http_request(method: &'static str, route: String, status: u16, took: Duration) {
    KNOWN.with_borrow_mut(|known| {
        let kind = (method, route, status);
        if let Some(histogram) = known.get(&kind) {
            return histogram.record(took);
        }
        let histogram = histogram!(HTTP, "method" => method, "route" => kind.1.clone(),
            "status_code" => status.to_string());
        histogram.record(took);
        known.insert(kind, histogram);
    });
}

/// An AI call ended; `status` is `success` or `failed`.
pub fn ai_request(model: &str, status: &'static str, took: Duration) {
    histogram!(AI, "model" => model.to_owned(), "status" => status).record(took);
}

/// Tokens of one AI call; `kind` is `vision` or `text`.
pub fn ai_tokens(model: &str, kind: &'static str, tokens: u32) {
    histogram!(TOKENS, "model" => model.to_owned(), "type" => kind).record(f64::from(tokens));
}

/// A model was asked in vain, and another one is asked instead; `why` is the kind of the failure.
pub fn ai_fallback(step: &'static str, provider: &'static str, why: &'static str) {
    counter!("ai_fallback_total", "step" => step, "provider" => provider, "why" => why)
        .increment(1);
}

/// What a call cost, in millionths of a dollar; `source` says how that is known.
pub fn ai_cost(provider: &'static str, step: &'static str, source: &'static str, micro_usd: i64) {
    let cost = u64::try_from(micro_usd).unwrap_or(0);
    counter!("ai_cost_micro_usd_total",
        "provider" => provider, "step" => step, "source" => source)
    .increment(cost);
}

/// Whether a provider is left alone by its circuit breaker.
pub fn ai_provider_open(provider: &str, open: bool) {
    gauge!("ai_provider_open", "provider" => provider.to_owned()).set(f64::from(u8::from(open)));
}

/// A call was not made because the money of the day is used up.
pub fn ai_over_budget(of: &'static str) {
    counter!("ai_over_budget_total", "budget" => of).increment(1);
}

/// A provider was asked without the gate in front of it.
pub fn ai_gate_unchecked() {
    counter!("ai_gate_unchecked_total").increment(1);
}

/// Calls that cost money ended; `outcome` is `answered`, `remembered` (not called again),
/// `useless`, `refused` or `unknown`.
pub fn paid_call(provider: &str, outcome: &'static str, count: usize) {
    counter!("paid_calls_total", "provider" => provider.to_owned(), "outcome" => outcome)
        .increment(count as u64);
}

/// A request was refused for being one too many; `limit` is `address`, `person` or `key`.
pub fn rate_limited(limit: &'static str) {
    counter!("rate_limited_total", "limit" => limit).increment(1);
}

/// A request was counted by this process alone.
pub fn rate_limit_fallback() {
    counter!("rate_limit_fallback_total").increment(1);
}

/// Somebody sent the initData of another client.
pub fn init_data_replayed() {
    counter!("init_data_replayed_total").increment(1);
}

/// Nobody could say whether an initData is that of another client.
pub fn init_data_unchecked() {
    counter!("init_data_unchecked_total").increment(1);
}
