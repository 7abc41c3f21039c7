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

/// Declares a job that sends a message to the chat in its field `chat_id`, about the person in its first
/// field `user_id`; after `topic`, what clients may be waiting for, as a function of a field; after
/// `attempts`, how many there are, of a message that is of no use later; after `merged_by`, what messages have in
/// common of which one is enough, as a function of the message.
#[macro_export]
macro_rules! message {
    ($(#[$meta:meta])* $name:ident, $kind:literal { user_id: Uuid, $($(#[$attr:meta])* $field:ident: $type:ty),+ }
        $(topic $topic:path[$of:ident])? $(attempts $attempts:literal)? $(merged_by $key:path)?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            // Rows of earlier versions have none; a migration gave them their subject.
            #[serde(default)]
            pub user_id: $crate::jobs::Uuid,
            $($(#[$attr])* pub $field: $type),+
        }

        $crate::message! { @job $name, $kind, $crate::message!(@attempts $($attempts)?),
            fn subject(&self) -> Option<$crate::jobs::Uuid> {
                Some(self.user_id)
            }
            $(fn topic(&self) -> Option<String> {
                Some($topic(self.$of))
            })?
            $(fn dedupe_key(&self) -> Option<String> {
                $key(self).into()
            })?
        }
    };
    ($(#[$meta:meta])* $name:ident, $kind:literal { $($field:ident: $type:ty),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $(pub $field: $type),+ }

        $crate::message! { @job $name, $kind, $crate::message!(@attempts),
            fn subject(&self) -> Option<$crate::jobs::Uuid> {
                None
            }
        }
    };
    (@attempts) => { $crate::job::MAX_ATTEMPTS };
    (@attempts $attempts:literal) => { $attempts };
    (@job $name:ident, $kind:literal, $most:expr, $($method:item)+) => {
        impl $crate::jobs::Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: $crate::jobs::Queue = $crate::QUEUE;
            const MAX_ATTEMPTS: u16 = $most;
            const TIMEOUT: std::time::Duration = $crate::job::TIMEOUT;

            $($method)+

            fn limit_keys(&self) -> Vec<String> {
                $crate::job::limit_keys(self.chat_id)
            }
        }
    };
}
