//! The outbox: what happened is a row of `events`, written in the transaction in which it happened, so that it is
//! recorded if and only if it is so. Readers (projections, webhooks, publishers) read it at their own pace, each
//! from its cursor. See `docs/ARCHITECTURE.md`, "Events".
//!
//! A row holds ids and small values, nothing that a person has said or is called by.

mod ahead;
mod envelope;
mod feature;
pub mod jobs;
pub mod metrics;
pub mod months;
mod outbox;

pub use ahead::{Ahead, ahead, pass};
pub use envelope::envelope;
pub use feature::FEATURE;
pub use outbox::{
    Event, Fact, Lag, find, forget, lags, note, read, record, record_new, record_of, replay, shape,
};

kernel::definitions! {
    "analytics_events",
    "events_drop_months",
    "events_make_months",
}
