//! The messages about a plan.

use chrono::{DateTime, Utc};

use super::model::SubscriptionTier;
use delivery::message;
use jobs::Entry;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<PlanEnded>(), Entry::of::<TrialEnding>()];

message! {
    /// The time of a person's own paid plan is over. A duplicate after a crash does no harm.
    PlanEnded, "notifications.plan_ended.v1" { user_id: Uuid, tier: SubscriptionTier, chat_id: i64 }
}
message! {
    /// The trial ends soon: due a day before its end. Not sent to a person who has bought or cancelled
    /// meanwhile, nor to one who has switched it off. A duplicate after a crash does no harm.
    TrialEnding, "notifications.trial_ending.v1" { user_id: Uuid, ends_at: DateTime<Utc>, chat_id: i64 }
}
