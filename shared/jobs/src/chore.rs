//! Chores: scheduled maintenance jobs.

/// Declares a chore: low in priority, one at a time, with a timeout in seconds for an attempt.
#[macro_export]
macro_rules! chore {
    ($(#[$meta:meta])* $name:ident, $kind:literal, $seconds:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {}

        impl $crate::Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: $crate::Queue = $crate::MAINTENANCE;
            const MAX_ATTEMPTS: u16 = 5;
            const TIMEOUT: std::time::Duration = std::time::Duration::from_secs($seconds);

            fn subject(&self) -> Option<$crate::Uuid> {
                None
            }

            /// One at a time.
            fn dedupe_key(&self) -> Option<String> {
                Some(String::new())
            }

            fn priority(&self) -> $crate::Priority {
                $crate::Priority::Low
            }
        }
    };
}
