//! A key, and its scopes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organizations::roles::{Permission, Role};
use schema::api_keys;

macro_rules! scopes {
    ($($(#[$meta:meta])* $name:ident = $text:literal [$($permission:ident)?]),+ $(,)?) => {
        /// One thing that a key may allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope { $($(#[$meta])* $name),+ }

        impl Scope {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What a member has to be allowed to give it to a key of their account; `None`: it is for keys of operators
            /// alone.
            pub fn permission(self) -> Option<Permission> {
                match self { $(Self::$name => None$(.or(Some(Permission::$permission)))?),+ }
            }

            /// The reason in the refusal of a key without it.
            pub fn lacking(self) -> &'static str {
                match self { $(Self::$name => concat!("the key lacks the scope ", $text)),+ }
            }
        }
    };
}

scopes! {
    AnalysesRead = "analyses:read" [ContentRead],
    AnalysesWrite = "analyses:write" [ContentWrite],
    /// The addresses of the photos of readings.
    PhotosRead = "photos:read" [ContentRead],
    UsersRead = "users:read" [MembersRead],
    UsersWrite = "users:write" [MembersWrite],
    LimitsRead = "limits:read" [UsageRead],
    SubscriptionsRead = "subscriptions:read" [BillingRead],
    SubscriptionsWrite = "subscriptions:write" [BillingWrite],
    /// Export and deletion.
    Privacy = "privacy" [OrgDelete],
    /// What workflows of n8n report and ask, for all persons.
    Workflows = "workflows" [],
    OrganizationsRead = "organizations:read" [OrgRead],
    /// Members and invitations too.
    OrganizationsWrite = "organizations:write" [MembersWrite],
    KeysRead = "keys:read" [KeysRead],
    KeysWrite = "keys:write" [KeysWrite],
    UsageRead = "usage:read" [UsageRead],
    /// Events of the account's own.
    EventsWrite = "events:write" [ContentWrite],
    /// Figures over many: a key of operators sees those of all.
    AnalyticsRead = "analytics:read" [AnalyticsRead],
    WebhooksRead = "webhooks:read" [WebhooksRead],
    WebhooksWrite = "webhooks:write" [WebhooksWrite],
}

/// Stands for all scopes, those of later versions included.
pub const EVERYTHING: &str = "*";

/// What a key allows. A set of bits: it is checked on every request of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u32);

impl Scopes {
    /// Reads them as they are stored. Scopes of a newer version are ignored.
    pub fn of(texts: &[String]) -> Self {
        let bits = texts.iter().map(|text| match text.as_str() {
            EVERYTHING => u32::MAX,
            text => {
                let known = Scope::ALL.iter().find(|scope| scope.as_str() == text);
                known.map_or(0, |scope| 1 << *scope as u32)
            }
        });
        Self(bits.fold(0, |all, bit| all | bit))
    }

    pub fn allow(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u32) != 0
    }

    /// Those that a member with this role can give to a key of their account.
    pub fn of_role(role: Role) -> Self {
        let given = Scope::ALL.iter().filter(|scope| {
            let needed = scope.permission();
            needed.is_some_and(|permission| role.may(permission))
        });
        Self(given.fold(0, |all, scope| all | 1 << *scope as u32))
    }

    /// Whether these are all, those of later versions included.
    pub fn is_everything(self) -> bool {
        self.0 == u32::MAX
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
    /// SHA-256 of the whole key.
    #[serde(skip)]
    pub hash: Vec<u8>,
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
    /// The Telegram ids of the persons that it may act for; `None`: any. Of a key of an account: none.
    pub persons: Option<Vec<i64>>,
    /// The account that it belongs to; `None`: it is one of the operators.
    pub account_id: Option<Uuid>,
    /// The person who made it.
    pub created_by: Option<Uuid>,
    /// Whether it is switched on.
    pub enabled: bool,
    pub note: Option<String>,
    /// Requests a minute; `None`: as all keys.
    pub rate_per_minute: Option<i32>,
    /// Requests in a day or a month (UTC), if there is such a limit.
    pub quota: Option<i64>,
    /// `day` or `month`.
    pub quota_period: Option<String>,
    /// Up to `quota_resets_at`.
    pub quota_used: i64,
    pub quota_resets_at: Option<DateTime<Utc>>,
}

/// Whom a key acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It is one of the operators: for the persons that it is bound to, or for any.
    Operator,
    /// It is of the account of this person, and acts for them alone.
    Person { id: Uuid, telegram_id: Option<i64> },
    /// It is of an organization, and acts for no person.
    Organization(Uuid),
}

/// The stretch of time that a quota is for, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    Day,
    Month,
}

impl Period {
    /// Its spelling in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// How many requests a key may send in a day or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit: i64,
    pub period: Period,
}

/// What a key is made of, besides chance.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    pub name: String,
    pub note: Option<String>,
    pub scopes: Vec<String>,
    pub allowed_addresses: Vec<String>,
    pub expires_at: Option<DateTime<Utc>>,
    /// As in [`ApiKey`].
    pub persons: Option<Vec<i64>>,
    pub account_id: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub rate_per_minute: Option<i32>,
    pub quota: Option<Quota>,
}

/// A key to be written.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub id: Uuid,
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    pub rights: Rights,
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

    #[test]
    fn a_member_gives_what_their_role_may_and_nobody_what_is_the_operators() {
        let given = |role| -> Vec<&str> {
            let scopes = Scopes::of_role(role);
            let all = Scope::ALL.iter().filter(|scope| scopes.allow(**scope));
            all.map(|scope| scope.as_str()).collect()
        };
        assert_eq!(
            given(Role::Viewer),
            [
                "analyses:read",
                "photos:read",
                "users:read",
                "organizations:read"
            ]
        );
        assert!(!given(Role::Admin).contains(&"privacy"));
        let of_owner = given(Role::Owner);
        assert_eq!(of_owner.len(), Scope::ALL.len() - 1);
        assert!(!of_owner.contains(&"workflows") && !Scopes::of_role(Role::Owner).is_everything());
    }
}
