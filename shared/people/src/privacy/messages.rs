//! The messages about privacy requests.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use delivery::message;
use jobs::Entry;
use kernel::Language;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[
    Entry::of::<TellExport>(),
    Entry::of::<TellDeletion>(),
    Entry::of::<AskLink>(),
    Entry::of::<TellLinked>(),
];

message! {
    /// Whether the Telegram account is to be connected with the account by whose link its owner has come. A duplicate
    /// after a crash does no harm.
    AskLink, "notifications.ask_link.v1" {
        user_id: Uuid,
        chat_id: i64,
        /// As the button names it (`accounts::start_links::link_of`). Jobs of the previous release have none.
        #[serde(default)]
        link: String
    }
}
message! {
    /// What became of that, or of another way in. A duplicate after a crash does no harm.
    TellLinked, "notifications.tell_linked.v1" { user_id: Uuid, chat_id: i64, news: LinkNews }
}

/// What has happened to the ways into an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkNews {
    Linked,
    Unlinked,
    /// The link was used, or is too old.
    Over,
    /// The person of the Telegram account has something to lose.
    NotEmpty,
    /// The account has another Telegram account.
    HasOther,
}

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
