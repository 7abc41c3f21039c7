//! Rows of `users`.

use std::fmt::{self, Display, Formatter};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use kernel::Language;
use schema::users;
use vendors::messenger::telegram_update::Sender;
pub use vendors::messenger::telegram_update::TELEGRAM_ID_MAX;

/// A person, as readings and messages need them.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    pub id: Uuid,
    /// Also the id of their chat with the bot; `None`: they did not come by Telegram.
    pub telegram_id: Option<i64>,
    pub first_name: Option<String>,
    pub language_code: String,
    /// Since when messages do not reach them.
    pub bot_blocked_at: Option<DateTime<Utc>>,
    /// A name of the tz database.
    pub timezone: String,
    /// Whether the person has chosen it; otherwise it is guessed.
    pub timezone_chosen: bool,
    #[diesel(embed)]
    pub notices: Notices,
}

impl User {
    /// The language of messages to them.
    pub fn language(&self) -> Language {
        Language::from_tag(&self.language_code).unwrap_or(Language::En)
    }

    /// Whether the bot can write to them, as far as is known.
    pub fn is_reached(&self) -> bool {
        self.telegram_id.is_some() && self.bot_blocked_at.is_none()
    }
}

/// A person as they see themselves.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Profile {
    pub id: Uuid,
    pub telegram_id: Option<i64>,
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub language_code: String,
    /// Whether the person has chosen it; otherwise it follows Telegram.
    pub language_chosen: bool,
    pub timezone: String,
    /// Whether the person has chosen it; otherwise it is guessed.
    pub timezone_chosen: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[diesel(embed)]
    pub notices: Notices,
}

/// Which notices a person gets in the chat. Readings, answers and what concerns money always come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Notices {
    /// That a reading has begun.
    #[diesel(column_name = notice_analysis_started)]
    pub analysis_started: bool,
    /// That there are units again after the quota was used up.
    #[diesel(column_name = notice_limit_free)]
    pub limit_free: bool,
    /// That the trial ends soon.
    #[diesel(column_name = notice_trial_ending)]
    pub trial_ending: bool,
}

/// What a person changes of their notices; `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = users)]
pub struct NoticesChange {
    #[diesel(column_name = notice_analysis_started)]
    pub analysis_started: Option<bool>,
    #[diesel(column_name = notice_limit_free)]
    pub limit_free: Option<bool>,
    #[diesel(column_name = notice_trial_ending)]
    pub trial_ending: Option<bool>,
}

/// What a person changes of themselves; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub first_name: Option<String>,
    pub language: Option<Language>,
    /// A name of the tz database.
    pub timezone: Option<String>,
    pub notices: NoticesChange,
}

/// The version of the terms of use that a person agrees to now. Another one asks all persons again.
pub const TERMS: &str = "2026-11-30";

/// The version of the privacy policy (docs/PRIVACY.md), likewise.
pub const PRIVACY: &str = "2026-11-30";

/// What a person has agreed to, and when.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Consents {
    pub consent_terms: bool,
    pub consent_terms_at: Option<DateTime<Utc>>,
    pub consent_privacy: bool,
    pub consent_privacy_at: Option<DateTime<Utc>>,
    pub consent_terms_version: Option<String>,
    pub consent_privacy_version: Option<String>,
    /// Since when product analytics may be told what they do. Asked for by nothing, and needed for nothing.
    pub consent_analytics_at: Option<DateTime<Utc>>,
}

/// The row of a Telegram id.
#[derive(Clone, Debug, QueryableByName)]
pub struct PersonRef {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub language_code: String,
    /// Whether they were made just now.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_new: bool,
}

impl PersonRef {
    /// The language of answers to them.
    pub fn language(&self) -> Language {
        Language::from_tag(&self.language_code).unwrap_or(Language::En)
    }
}

/// A person, as Telegram describes them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TelegramProfile {
    pub telegram_id: i64,
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// IETF tag; Telegram leaves it out for some clients.
    pub language_code: Option<String>,
}

/// What a proof names a person by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PersonKey {
    /// A Telegram id.
    Telegram(i64),
    /// The id of their row.
    Row(Uuid),
}

impl PersonKey {
    /// For fingerprints.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Telegram(id) => id.to_le_bytes().to_vec(),
            Self::Row(id) => id.into_bytes().to_vec(),
        }
    }
}

impl Display for PersonKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Telegram(id) => id.fmt(f),
            Self::Row(id) => id.fmt(f),
        }
    }
}

/// The longest name that is stored, in characters; Telegram's are shorter.
const NAME_MAX: usize = 255;

/// A name from outside, as it is stored.
pub(crate) fn name(raw: Option<String>) -> Option<String> {
    raw.map(|name| name.chars().take(NAME_MAX).collect())
}

impl TelegramProfile {
    /// A person of whom only the id is known.
    pub fn of_id(telegram_id: i64) -> Self {
        Self {
            telegram_id,
            username: None,
            first_name: None,
            last_name: None,
            language_code: None,
        }
    }
}

impl From<Sender> for TelegramProfile {
    fn from(sender: Sender) -> Self {
        Self {
            telegram_id: sender.telegram_id,
            username: name(sender.username),
            first_name: name(sender.first_name),
            last_name: name(sender.last_name),
            language_code: sender.language_code,
        }
    }
}
