//! What the bot says by itself: a greeting, or a hint.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use delivery::message;
use kernel::ErrorCode;
use money::codes;

message! {
    /// A greeting or a hint. Once more after a crash does no harm.
    SendNotice, "notifications.send_notice.v1" { user_id: Uuid, chat_id: i64, notice: Notice }
}

/// Texts that depend on nothing but the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The answer to words of a person who may be in danger.
    Care,
    /// The answer to thanks.
    Welcome,
    /// The answer to `/start`.
    Greeting,
    /// The answer to what is no photo, and no question about a reading.
    PhotoHint,
    /// The answer to a photo when the plan is used up for today.
    DailyLimit,
    /// When it is used up for this month.
    MonthlyLimit,
    /// When it was a trial that is over.
    TrialOver,
}

impl Notice {
    /// What a refusal by a limit is told as.
    pub fn of_limit(code: ErrorCode) -> Self {
        if code == codes::TRIAL_EXPIRED {
            Self::TrialOver
        } else if code == codes::MONTHLY_LIMIT_EXCEEDED {
            Self::MonthlyLimit
        } else {
            Self::DailyLimit
        }
    }
}
