//! A short-lived cache of the rows of Telegram ids: most requests come from a person who has just made
//! one.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use kernel::db::Pool;
use kernel::{Error, Language};
use moka::sync::Cache;
use people::abuse_memory::AbuseMemory;
use people::users::model::{PersonRef, TelegramProfile};
use people::users::queries;
use uuid::Uuid;

/// How long it is remembered. Another process may change the person meanwhile.
const LIFETIME: Duration = Duration::from_secs(30);

/// How many people are remembered; some 100 bytes each.
const PEOPLE_MAX: u64 = 20_000;

/// Whom a request acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    pub profile: TelegramProfile,
    /// The row with which their session began: only that is them. `None`: whichever row they have, or a new one.
    pub row: Option<Uuid>,
}

impl Whom {
    /// A person of whom only the id is known.
    pub fn of_id(telegram_id: i64) -> Self {
        TelegramProfile::of_id(telegram_id).into()
    }
}

impl From<TelegramProfile> for Whom {
    fn from(profile: TelegramProfile) -> Self {
        Self { profile, row: None }
    }
}

/// The cache of people. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Persons {
    memory: AbuseMemory,
    seen: Cache<i64, Seen>,
    hasher: RandomState,
}

/// A person, and a hash of the Telegram profile at the time of the lookup.
#[derive(Clone)]
struct Seen {
    id: Uuid,
    language: Language,
    profile_hash: u64,
}

impl Persons {
    /// `memory` has what new persons had used before a deletion.
    pub fn new(memory: AbuseMemory) -> Self {
        Self {
            memory,
            seen: Cache::builder()
                .max_capacity(PEOPLE_MAX)
                .time_to_live(LIFETIME)
                .build(),
            hasher: RandomState::new(),
        }
    }

    /// The person of a request. Created on first sight, unless a session began with their row.
    ///
    /// # Errors
    /// `NotFound` if the row of the session is gone; those of the database.
    pub async fn known(&self, db: &Pool, whom: &Whom) -> Result<(Uuid, Language), Error> {
        let profile = &whom.profile;
        let id_alone = *profile == TelegramProfile::of_id(profile.telegram_id);
        if let Some(seen) = self.seen.get(&profile.telegram_id)
            && (id_alone || seen.profile_hash == self.hasher.hash_one(profile))
            && whom.row.is_none_or(|row| row == seen.id)
        {
            return Ok((seen.id, seen.language));
        }
        let Some(row) = whom.row else {
            return self.proved(db, profile).await;
        };
        let known = queries::of_row(&mut *db.get().await?, row, profile.telegram_id).await?;
        Ok(self.remember(profile, &known.ok_or(Error::NotFound("user"))?))
    }

    /// The person of a profile as the database has them now, created on first sight.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn proved(
        &self,
        db: &Pool,
        profile: &TelegramProfile,
    ) -> Result<(Uuid, Language), Error> {
        let known = queries::find_or_create(&mut *db.get().await?, profile, &self.memory).await?;
        Ok(self.remember(profile, &known))
    }

    fn remember(&self, profile: &TelegramProfile, known: &PersonRef) -> (Uuid, Language) {
        let seen = Seen {
            id: known.id,
            language: known.language(),
            profile_hash: self.hasher.hash_one(profile),
        };
        let (id, language) = (seen.id, seen.language);
        self.seen.insert(profile.telegram_id, seen);
        (id, language)
    }

    /// The language of a person, if it is remembered.
    pub fn language(&self, telegram_id: i64) -> Option<Language> {
        self.seen.get(&telegram_id).map(|seen| seen.language)
    }

    /// Drops a person who has changed or was deleted.
    pub fn forget(&self, telegram_id: i64) {
        self.seen.invalidate(&telegram_id);
    }
}
