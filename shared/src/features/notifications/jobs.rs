//! Messages to send. Telegram has no idempotency key, so each job says how it is not sent twice,
//! or why that would do no harm.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::features::delivery::job::message;
use crate::{ErrorCode, Language};

message! {
    /// A greeting or a hint. Once more after a crash does no harm.
    SendNotice, "notifications.send_notice.v1" { user_id: Uuid, chat_id: i64, notice: Notice }
}

message! {
    /// "Paid, and yours until then." Not told again once it is written down that it was; a crash
    /// in between may tell it once more, which does no harm.
    PaymentSuccess, "notifications.payment_success.v1" { payment_id: Uuid, chat_id: i64 }
}
message! {
    /// A copy of their data is ready, with a link; or it could not be made. Once more after a crash
    /// does no harm.
    TellExport, "notifications.tell_export.v1" { request_id: Uuid, chat_id: i64 }
}
message! {
    /// "Your data is deleted." Nobody can be looked up any more: chat and language travel here, and
    /// go with this job. Once more after a crash does no harm.
    TellDeletion, "notifications.tell_deletion.v1" { chat_id: i64, language: Language }
}

/// Texts that depend on nothing but the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The answer to words of somebody who may be in danger.
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
        match code {
            ErrorCode::TrialExpired => Self::TrialOver,
            ErrorCode::MonthlyLimitExceeded => Self::MonthlyLimit,
            _ => Self::DailyLimit,
        }
    }
}
