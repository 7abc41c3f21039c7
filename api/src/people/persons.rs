//! A short-lived cache of the rows of people: most requests come from a person who has just made
//! one.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use kernel::codes::TOKEN_EXPIRED;
use kernel::db::Pool;
use kernel::{Error, Language};
use moka::sync::Cache;
use people::abuse_memory::AbuseMemory;
use people::users::model::{PersonKey, PersonRef, TelegramProfile};
use people::users::queries;
use uuid::Uuid;

/// How long it is remembered. Another process may change the person meanwhile.
const LIFETIME: Duration = Duration::from_secs(30);

/// How many people are remembered; some 100 bytes each.
const PEOPLE_MAX: u64 = 20_000;

/// Whom a request acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The person of a Telegram account: whichever row they have, or a new one.
    OfTelegram(TelegramProfile),
    /// The person of a row, with which their session began. With a Telegram id: as long as it is theirs.
    OfRow { id: Uuid, telegram_id: Option<i64> },
}

impl Whom {
    /// A person of whom only the Telegram id is known.
    pub fn of_id(telegram_id: i64) -> Self {
        Self::OfTelegram(TelegramProfile::of_id(telegram_id))
    }

    pub fn telegram_id(&self) -> Option<i64> {
        match self {
            Self::OfTelegram(profile) => Some(profile.telegram_id),
            Self::OfRow { telegram_id, .. } => *telegram_id,
        }
    }

    /// What they are remembered, counted and told from others by.
    pub fn key(&self) -> PersonKey {
        match self {
            Self::OfTelegram(profile) => PersonKey::Telegram(profile.telegram_id),
            Self::OfRow { id, telegram_id } => match telegram_id {
                Some(telegram_id) => PersonKey::Telegram(*telegram_id),
                None => PersonKey::Row(*id),
            },
        }
    }
}

/// The cache of people. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Persons {
    memory: AbuseMemory,
    seen: Cache<PersonKey, Seen>,
    hasher: RandomState,
}

/// A person, and a hash of the Telegram profile at the time of the lookup.
#[derive(Clone)]
struct Seen {
    id: Uuid,
    language: Language,
    profile_hash: Option<u64>,
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
    /// E203 if the row of the session is gone; those of the database.
    pub async fn known(&self, db: &Pool, whom: &Whom) -> Result<(Uuid, Language), Error> {
        let is_same = |seen: &Seen| match whom {
            Whom::OfTelegram(profile) => {
                *profile == TelegramProfile::of_id(profile.telegram_id)
                    || seen.profile_hash == Some(self.hasher.hash_one(profile))
            }
            Whom::OfRow { id, .. } => *id == seen.id,
        };
        if let Some(seen) = self.seen.get(&whom.key()).filter(is_same) {
            return Ok((seen.id, seen.language));
        }
        match whom {
            Whom::OfTelegram(profile) => self.proved(db, profile).await,
            Whom::OfRow { id, telegram_id } => {
                let known = queries::of_row(&mut *db.get().await?, *id, *telegram_id).await?;
                let known = known.ok_or(Error::Unauthenticated(TOKEN_EXPIRED))?;
                Ok(self.remember(whom.key(), &known, None))
            }
        }
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
        let hash = self.hasher.hash_one(profile);
        Ok(self.remember(PersonKey::Telegram(profile.telegram_id), &known, Some(hash)))
    }

    fn remember(
        &self,
        key: PersonKey,
        known: &PersonRef,
        profile_hash: Option<u64>,
    ) -> (Uuid, Language) {
        let seen = Seen {
            id: known.id,
            language: known.language(),
            profile_hash,
        };
        let (id, language) = (seen.id, seen.language);
        self.seen.insert(key, seen);
        (id, language)
    }

    /// The language of a person, if it is remembered.
    pub fn language(&self, person: PersonKey) -> Option<Language> {
        self.seen.get(&person).map(|seen| seen.language)
    }

    /// Drops a person who has changed or was deleted.
    pub fn forget(&self, person: PersonKey) {
        self.seen.invalidate(&person);
    }
}
