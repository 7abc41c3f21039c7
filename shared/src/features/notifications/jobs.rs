//! Messages to send. Telegram has no idempotency key, so each job says how it is not sent twice,
//! or why that would do no harm.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::jobs::{Job, Queue, limits};
use crate::{ErrorCode, Language};

macro_rules! message {
    ($(#[$meta:meta])* $name:ident, $kind:literal { $($field:ident: $type:ty),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $(pub $field: $type),+ }

        impl Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = super::QUEUE;
            // A day of tries: what was accepted is delivered, however long Telegram is away.
            const MAX_ATTEMPTS: u16 = 300;
            const TIMEOUT: Duration = Duration::from_secs(120);

            fn limit_keys(&self) -> Vec<String> {
                limits::of_chat(self.chat_id)
            }
        }
    };
}

message! {
    /// "Your cup is being read." Once more after a crash does no harm.
    AnnounceAnalysis, "notifications.announce_analysis.v1" { analysis_id: Uuid, chat_id: i64 }
}
message! {
    /// The reading: an empty slot is sent and remembered, then edited into the text. Editing is
    /// idempotent, so the reading stands in the chat once, whatever dies in between.
    DeliverAnalysis, "notifications.deliver_analysis.v1" { analysis_id: Uuid, chat_id: i64 }
}
message! {
    /// Why there is no reading; delivered like one.
    ReportFailure, "notifications.report_failure.v1" { analysis_id: Uuid, chat_id: i64 }
}
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
