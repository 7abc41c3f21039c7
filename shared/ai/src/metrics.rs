//! The metrics of calls to models, named as in the design document, section 8.1.

use std::time::Duration;

use kernel::telemetry::metrics::Metric;
use metrics::{counter, gauge, histogram};

const AI: &str = "ai_request_duration_seconds";
const TOKENS: &str = "ai_tokens_used_total";

/// All of them.
pub const METRICS: &[Metric] = &[
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
    Metric::counter("paid_calls_total", "Paid calls, by outcome"),
    Metric::counter(
        "ai_fallback_total",
        "Fallbacks to another model after a failed call",
    ),
    Metric::counter(
        "ai_cost_micro_usd_total",
        "Cost of AI calls in millionths of a dollar",
    ),
    Metric::gauge(
        "ai_provider_open",
        "1 while the circuit breaker of a provider is not closed",
    ),
    Metric::counter(
        "ai_over_budget_total",
        "Calls that were not made because the daily budget is spent",
    ),
    Metric::counter(
        "ai_vendor_refused_total",
        "Calls that a vendor refused for our key, our account or a withdrawn model",
    ),
    Metric::counter(
        "ai_gate_unchecked_total",
        "Calls that were admitted unchecked because Redis was unreachable",
    ),
];

/// An AI call ended; `status` is `success` or `failed`.
pub fn ai_request(model: &str, status: &'static str, took: Duration) {
    histogram!(AI, "model" => model.to_owned(), "status" => status).record(took);
}

/// Tokens of one AI call; `kind` is `vision` or `text`.
pub fn ai_tokens(model: &str, kind: &'static str, tokens: u32) {
    histogram!(TOKENS, "model" => model.to_owned(), "type" => kind).record(f64::from(tokens));
}

/// A call to a model failed, and another model is called instead; `why` is the kind of the failure.
pub fn ai_fallback(step: &'static str, provider: &'static str, why: &'static str) {
    counter!("ai_fallback_total", "step" => step, "provider" => provider, "why" => why)
        .increment(1);
}

/// The cost of a call, in millionths of a dollar; `source` is where it is known from.
pub fn ai_cost(provider: &'static str, step: &'static str, source: &'static str, micro_usd: i64) {
    let cost = u64::try_from(micro_usd).unwrap_or(0);
    counter!("ai_cost_micro_usd_total",
        "provider" => provider, "step" => step, "source" => source)
    .increment(cost);
}

/// Whether the circuit breaker of a provider is not closed.
pub fn ai_provider_open(provider: &str, open: bool) {
    gauge!("ai_provider_open", "provider" => provider.to_owned()).set(f64::from(u8::from(open)));
}

/// A call was not made because the daily budget is spent.
pub fn ai_over_budget(of: &'static str) {
    counter!("ai_over_budget_total", "budget" => of).increment(1);
}

/// A vendor refused a call for our key, our account or a model; `why` is the kind of the failure.
pub fn ai_vendor_refused(provider: &'static str, why: &'static str) {
    counter!("ai_vendor_refused_total", "provider" => provider, "why" => why).increment(1);
}

/// A call was admitted without checking the gate.
pub fn ai_gate_unchecked() {
    counter!("ai_gate_unchecked_total").increment(1);
}

/// Paid calls ended; `outcome` is `answered`, `remembered` (not called again),
/// `useless`, `refused` or `unknown`.
pub fn paid_call(provider: &str, outcome: &'static str, count: usize) {
    counter!("paid_calls_total", "provider" => provider.to_owned(), "outcome" => outcome)
        .increment(count as u64);
}
