//! The messages about a reading: that it has begun, the reading, or why there is none.

use uuid::Uuid;

use delivery::message;

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
