//! Which crate owns which table or view. Each of the database stands here once:
//! `tests/database/tables.rs` compares the list with the catalogue of a migrated database.

/// Crates, their tables and their views.
pub const OWNERS: &[(&str, &[&str])] = &[
    ("kernel", &["sql_definitions"]),
    ("jobs", &["jobs", "job_keys", "job_pauses", "cron_ticks"]),
    ("audit", &["audit_logs"]),
    ("probes", &["probe_runs", "probe_results"]),
    (
        "ai",
        &[
            "paid_calls",
            "ai_budgets",
            "provider_health",
            "provider_calls_of_hour",
        ],
    ),
    (
        "people",
        &["users", "api_keys", "idempotency_keys", "privacy_requests"],
    ),
    (
        "money",
        &[
            "plans",
            "subscriptions",
            "payments",
            "payment_events",
            "usage_limits",
            "current_usage",
        ],
    ),
    (
        "readings",
        &["analysis_history", "analysis_steps", "message_context"],
    ),
    ("bot", &["telegram_updates"]),
];

/// Each table and view with its owner.
pub fn owned() -> impl Iterator<Item = (&'static str, &'static str)> {
    let pairs = |(owner, tables): &(&'static str, &'static [&'static str])| {
        let owner = *owner;
        tables.iter().map(move |table| (owner, *table))
    };
    OWNERS.iter().flat_map(pairs)
}
