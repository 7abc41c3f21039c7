//! The messages about a reading: its beginning, its delay, the reading, or the reason of its failure.

use std::time::Duration;

use uuid::Uuid;

use crate::news;
use delivery::message;
use jobs::Entry;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[
    Entry::of::<AnnounceAnalysis>(),
    Entry::of::<DeliverAnalysis>(),
    Entry::of::<ReportFailure>(),
    Entry::of::<TellDelay>(),
    Entry::of::<ShowProgress>(),
    Entry::of::<ShowButtons>(),
];

message! {
    /// "Your cup is being read." A repetition after a crash does no harm.
    AnnounceAnalysis, "notifications.announce_analysis.v1" { user_id: Uuid, analysis_id: Uuid, chat_id: i64 }
    topic news::topic[analysis_id]
}
message! {
    /// The reading: the worker sends a message slot, stores its id, then edits it into the text. Editing
    /// is idempotent, so the reading stands in the chat once, also after a crash in between.
    DeliverAnalysis, "notifications.deliver_analysis.v1" { user_id: Uuid, analysis_id: Uuid, chat_id: i64 }
    topic news::topic[analysis_id]
    merged_by of_reading
}
message! {
    /// The reason of a failure; delivered like a reading.
    ReportFailure, "notifications.report_failure.v1" { user_id: Uuid, analysis_id: Uuid, chat_id: i64 }
    topic news::topic[analysis_id]
}
message! {
    /// "It takes longer." Said in the announcement, again every minute, a few times.
    TellDelay, "notifications.tell_delay.v1" { user_id: Uuid, analysis_id: Uuid, chat_id: i64 }
    topic news::topic[analysis_id]
}
message! {
    /// Brings the announcement up to date. Editing is idempotent.
    ShowProgress, "notifications.show_progress.v1" { user_id: Uuid, analysis_id: Uuid, chat_id: i64 }
    topic news::topic[analysis_id]
}
message! {
    /// Brings the buttons beneath a reading up to date. Editing is idempotent.
    ShowButtons, "notifications.show_buttons.v1" { user_id: Uuid, analysis_id: Uuid, chat_id: i64 }
    topic news::topic[analysis_id]
}

/// A reading is brought by one job at a time.
fn of_reading(message: &DeliverAnalysis) -> String {
    message.analysis_id.to_string()
}

impl TellDelay {
    /// How long a person waits before they are told. With the way to the chat it is less than 10 s.
    pub const AFTER: Duration = Duration::from_secs(8);

    /// The time between two words about it.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// How many minutes they are told of. The reading goes on after that.
    pub const MINUTES: i64 = 5;
}
