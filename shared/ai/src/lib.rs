//! The use of AI providers: the journal of paid calls, budgets, the gate in front of each provider, and
//! the handling of failed calls. `worker/src/ai/` makes the calls.

pub mod codes;
pub mod config;
mod facts;
mod feature;
pub mod forget;
pub mod gate;
pub mod jobs;
pub mod journal;
pub mod metrics;
pub mod model;
pub mod queries;
pub mod rules;
pub mod settling;

pub use feature::FEATURE;

kernel::definitions! {
    "ai_budget_add",
    "ai_budget_refuses",
    "paid_call_counts",
    "paid_call_tells",
    "paid_calls_forget",
    "provider_calls_of_hour",
}
