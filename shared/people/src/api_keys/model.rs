//! A key, and its scopes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use ipnet::IpNet;
use serde::Serialize;
use uuid::Uuid;

use schema::api_keys;

macro_rules! scopes {
    ($($(#[$meta:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// One thing that a key may allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope { $($(#[$meta])* $name),+ }

        impl Scope {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The reason in the refusal of a key without it.
            pub fn lacking(self) -> &'static str {
                match self { $(Self::$name => concat!("the key lacks the scope ", $text)),+ }
            }
        }
    };
}

scopes! {
    AnalysesRead = "analyses:read",
    AnalysesWrite = "analyses:write",
    /// The addresses of the photos of readings.
    PhotosRead = "photos:read",
    UsersRead = "users:read",
    UsersWrite = "users:write",
    LimitsRead = "limits:read",
    SubscriptionsRead = "subscriptions:read",
    SubscriptionsWrite = "subscriptions:write",
    /// Export and deletion.
    Privacy = "privacy",
    /// What workflows of n8n report and ask, for all persons.
    Workflows = "workflows",
}

/// Stands for all scopes, those of later versions included.
pub const EVERYTHING: &str = "*";

/// What a key allows. A set of bits: it is checked on every request of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u16);

impl Scopes {
    /// Reads them as they are stored. Scopes of a newer version are ignored.
    pub fn of(texts: &[String]) -> Self {
        let bits = texts.iter().map(|text| match text.as_str() {
            EVERYTHING => u16::MAX,
            text => {
                let known = Scope::ALL.iter().find(|scope| scope.as_str() == text);
                known.map_or(0, |scope| 1 << *scope as u16)
            }
        });
        Self(bits.fold(0, |all, bit| all | bit))
    }

    pub fn allow(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// Whether these are all, those of later versions included.
    pub fn is_everything(self) -> bool {
        self.0 == u16::MAX
    }
}

/// A row of `api_keys`.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = api_keys, check_for_backend(diesel::pg::Pg))]
pub struct ApiKey {
    pub id: Uuid,
    pub name: String,
    /// The beginning of the key; for the key of the environment, `env:` and the variable's name.
    pub prefix: String,
    pub scopes: Vec<String>,
    /// Networks that it may come from; none: any.
    pub allowed_addresses: Vec<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that took its place.
    pub replaced_by: Option<Uuid>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_used_address: Option<IpNet>,
    pub created_at: DateTime<Utc>,
    /// The Telegram ids of the persons that it may act for; `None`: any.
    pub persons: Option<Vec<i64>>,
}

/// A key to be written.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub id: Uuid,
    pub name: String,
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    pub scopes: Vec<String>,
    pub allowed_addresses: Vec<String>,
    pub expires_at: Option<DateTime<Utc>>,
    /// As in [`ApiKey`].
    pub persons: Option<Vec<i64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_allows_what_it_names_and_no_more() {
        let some = Scopes::of(&["analyses:read".into(), "privacy".into(), "of:later".into()]);
        for scope in Scope::ALL {
            let named = matches!(scope, Scope::AnalysesRead | Scope::Privacy);
            assert_eq!(some.allow(*scope), named, "{scope:?}");
            assert!(Scopes::of(&[EVERYTHING.to_owned()]).allow(*scope));
            assert!(!Scopes::of(&[]).allow(*scope));
        }
    }
}
