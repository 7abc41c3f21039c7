//! The messages about privacy requests.

use uuid::Uuid;

use delivery::message;
use jobs::Entry;
use kernel::Language;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<TellExport>(), Entry::of::<TellDeletion>()];

message! {
    /// A copy of their data is ready, with a link; or it could not be made. A duplicate after a crash
    /// does no harm.
    TellExport, "notifications.tell_export.v1" { user_id: Uuid, request_id: Uuid, chat_id: i64 }
}
message! {
    /// "Your data is deleted." Their row is gone, so chat and language are arguments of
    /// this job, and are deleted with it. It has no subject: it runs after the erasure. A duplicate
    /// after a crash does no harm.
    TellDeletion, "notifications.tell_deletion.v1" { chat_id: i64, language: Language }
}
