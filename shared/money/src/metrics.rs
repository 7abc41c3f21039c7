//! The metrics of plans and payments, by their names in the design document, section 8.1.

use kernel::telemetry::metrics::Metric;
use metrics::{counter, gauge, histogram};

const AMOUNT: &str = "payment_amount_rub";
const WEBHOOK: &str = "payment_webhook_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        "subscription_upgraded_total",
        "Total number of subscription upgrades",
    ),
    Metric::counter(
        "payment_processed_total",
        "Total number of payments processed",
    ),
    Metric::counter("payment_astray_total", "Money that nothing was granted for"),
    Metric::counter(
        "payment_disputed_total",
        "What was told of disputes; each wants an operator",
    ),
    Metric::counter(
        "renewals_total",
        "Periods of plans that renew: paid, refused, or ended unpaid",
    ),
    Metric::gauge(
        "renewals_past_due",
        "Plans that are kept although their next period was refused",
    ),
    Metric::counter(
        "refunds_total",
        "Money that operators give back, by how it ended",
    ),
    Metric::counter(
        "payment_webhooks_total",
        "Calls of the webhooks of payment vendors; those that are unreadable or failed wait for an operator",
    ),
    Metric::histogram(
        WEBHOOK,
        "Time from the first call of a payment vendor's webhook until what followed from it was written",
        // 5 is the objective.
        &[0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3_600.0],
    ),
    Metric::counter(
        "payments_asked_total",
        "Payments that vendors were asked about; they said something, nothing, or gave no answer",
    ),
    Metric::gauge(
        "statement_differences",
        "Payments that a vendor's statement or our books alone have; anything but 0 wants an operator",
    ),
    Metric::counter(
        "statements_missed_total",
        "Statements that a vendor did not give when it was asked",
    ),
    Metric::gauge(
        "payments_pending",
        "Payments that wait for their money, by age: less than an hour, less than a day, older",
    ),
    Metric::gauge(
        "books_difference_minor",
        "What the books say too much beside the payments, in the smallest unit; anything but 0 is a fault",
    ),
    Metric::gauge(
        "money_astray_minor",
        "Money that came astray and has not gone back, in the smallest unit",
    ),
    Metric::histogram(
        AMOUNT,
        "Payment amounts in RUB",
        &[100.0, 299.0, 599.0, 1_000.0, 1_499.0, 5_000.0],
    ),
];

/// A payment ended; `status` is `succeeded`, `failed` or `refunded`.
pub fn payment_processed(provider: &'static str, status: &'static str) {
    counter!("payment_processed_total", "provider" => provider, "status" => status).increment(1);
}

/// The price of a plan that was paid, in roubles.
pub fn payment_amount(provider: &'static str, tier: &'static str, roubles: Option<f64>) {
    if let Some(roubles) = roubles {
        histogram!(AMOUNT, "provider" => provider, "tier" => tier).record(roubles);
    }
}

/// Money came, but no plan was granted for it; `why` is `mismatched`, `unknown`, `ownerless` or
/// `unreadable`. An operator has to look at each.
pub fn payment_astray(provider: &'static str, why: &'static str) {
    counter!("payment_astray_total", "provider" => provider, "why" => why).increment(1);
}

/// A payment is disputed, or its dispute is over. An operator has to look at each.
pub fn payment_disputed(provider: &'static str, what: &'static str) {
    counter!("payment_disputed_total", "provider" => provider, "what" => what).increment(1);
}

/// A period of a plan that renews was `paid` or `refused`, or the plan `ended` unpaid.
pub fn renewed(provider: &'static str, outcome: &'static str) {
    counter!("renewals_total", "provider" => provider, "outcome" => outcome).increment(1);
}

/// How many plans are kept although their next period was refused.
pub fn past_due(renewals: i64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!("renewals_past_due").set(renewals as f64);
}

/// A refund has ended, or its end cannot be told (`unclear`).
pub fn refunded(provider: &'static str, state: &'static str) {
    counter!("refunds_total", "provider" => provider, "state" => state).increment(1);
}

/// A webhook was called; `end` is `kept`, `again`, `asked`, `strange`, `forged`, `malformed` or `unproven`; of a kept call besides
/// `unreadable` or `failed`.
pub fn webhook(provider: &'static str, end: &'static str) {
    counter!("payment_webhooks_total", "provider" => provider, "end" => end).increment(1);
}

/// What followed from a call of a webhook was written so many seconds after it came.
pub fn webhook_worked(provider: &'static str, seconds: f64) {
    histogram!(WEBHOOK, "provider" => provider).record(seconds);
}

/// A vendor was asked about payments; `found` is `something`, `nothing` or `no_answer`.
pub fn asked(provider: &'static str, found: &'static str, payments: usize) {
    counter!("payments_asked_total", "provider" => provider, "found" => found)
        .increment(payments as u64);
}

/// How many payments stand in a vendor's statement or in our books alone; `which` is `not_in_books` or
/// `not_in_statement`.
pub fn statement_differs(provider: &'static str, which: &'static str, payments: usize) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!("statement_differences", "provider" => provider, "which" => which).set(payments as f64);
}

/// A vendor gave no statement.
pub fn statement_missed(provider: &'static str) {
    counter!("statements_missed_total", "provider" => provider).increment(1);
}

/// How many payments of this age wait for their money.
pub fn payments_pending(provider: &'static str, age: &'static str, payments: i64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!("payments_pending", "provider" => provider, "age" => age).set(payments as f64);
}

/// A person has a higher plan than before.
pub fn subscription_upgraded(from: &'static str, to: &'static str) {
    counter!("subscription_upgraded_total", "from_tier" => from, "to_tier" => to).increment(1);
}

/// The books were compared with the payments of a vendor.
pub fn books_compared(compared: &crate::books::compare::Compared) {
    let labels = [
        ("provider", compared.provider.clone()),
        ("currency", compared.currency.clone()),
    ];
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let set = |name, minor: i64| gauge!(name, &labels).set(minor as f64);
    set("books_difference_minor", compared.difference());
    set("money_astray_minor", compared.astray);
}
