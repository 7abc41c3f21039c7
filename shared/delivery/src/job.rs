//! The common parts of jobs that send a message to a chat. Telegram has no idempotency key, so each
//! such job documents how it avoids sending a message twice, or why that would do no harm.

use std::time::Duration;

/// Enough for a day of retries, so that messages survive a long outage of Telegram.
pub const MAX_ATTEMPTS: u16 = 300;

/// Deadline of one attempt.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// The limit key of a chat.
pub fn key_of_chat(chat_id: i64) -> String {
    format!("chat:{chat_id}")
}

/// The limit keys of a message to a chat: Telegram as a whole, and that chat.
pub fn limit_keys(chat_id: i64) -> Vec<String> {
    vec!["telegram".to_owned(), key_of_chat(chat_id)]
}

/// Declares a job that sends a message to the chat in its field `chat_id`.
#[macro_export]
macro_rules! message {
    ($(#[$meta:meta])* $name:ident, $kind:literal { $($field:ident: $type:ty),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $(pub $field: $type),+ }

        impl $crate::jobs::Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: $crate::jobs::Queue = $crate::QUEUE;
            const MAX_ATTEMPTS: u16 = $crate::job::MAX_ATTEMPTS;
            const TIMEOUT: std::time::Duration = $crate::job::TIMEOUT;

            fn limit_keys(&self) -> Vec<String> {
                $crate::job::limit_keys(self.chat_id)
            }
        }
    };
}
