//! A short-lived cache of the keys of services and their scopes.
//!
//! A text without the form of a key never gets as far as the database. The rest is looked up by its
//! digest and kept for [`LIFETIME`], also if the key is unknown. A change of a key is announced
//! (`people::api_keys::news`), and takes effect at once; without Redis it does everywhere within that time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::Error;
use kernel::db::Pool;
use moka::sync::Cache;
use people::api_keys::model::{ApiKey, Owner, Scopes};
use people::api_keys::quota::{self, Spent};
use people::api_keys::{queries, rules, uses};
use people::codes;
use subtle::ConstantTimeEq;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

use super::persons::Whom;

/// How long an entry is valid.
const LIFETIME: Duration = Duration::from_secs(5);

/// How often the use of a key is recorded.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// For how long a key that was good is looked up for a blocked address too.
const GOOD_FOR: Duration = Duration::from_secs(3_600);

/// How many keys are remembered; some 500 bytes each.
const KEYS_MAX: u64 = 10_000;

/// How many are looked up at once: made-up keys of the right form must not take every connection.
const LOOKUPS_MAX: usize = 4;

/// The cache of keys. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Keys {
    db: Pool,
    /// Of the keys of the environment.
    n8n: Arc<[[u8; 32]]>,
    seen: Cache<[u8; 32], Arc<OnceCell<Seen>>>,
    noted: Cache<Uuid, ()>,
    /// Keys that were good a while ago.
    good: Cache<[u8; 32], ()>,
    turns: Arc<Semaphore>,
}

#[derive(Clone)]
enum Seen {
    Known(Arc<Known>),
    Unknown,
    /// The database did not answer. All requests that wait for it get this, then it is forgotten.
    Away,
}

struct Known {
    key: Arc<ApiKey>,
    prefix: Arc<str>,
    scopes: Scopes,
    owner: Owner,
}

/// How long a lookup may take, with the wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest key that is looked at, in bytes; only that of the environment can be of any length.
const LENGTH_MAX: usize = 1_024;

/// A service and its key.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub id: Uuid,
    /// What the key is called in logs: its beginning, or its name.
    pub prefix: Arc<str>,
    pub scopes: Scopes,
    pub owner: Owner,
    pub key: Arc<ApiKey>,
}

impl Service {
    /// The person of this Telegram id, if the service may act for them.
    ///
    /// # Errors
    /// E204 if not.
    pub(crate) fn person(&self, telegram_id: i64) -> Result<Whom, Error> {
        if self.owner == Owner::Operator {
            rules::judge_person(self.key.persons.as_deref(), telegram_id)?;
            return Ok(Whom::of_id(telegram_id));
        }
        let own = self.only_person()?;
        own.filter(|own| own.telegram_id() == Some(telegram_id))
            .ok_or(Error::Forbidden(
                "the key acts for the person whose account it belongs to, and for no other",
            ))
    }

    /// The person whom the service acts for, if it names none; `None`: all.
    ///
    /// # Errors
    /// E204 for a key of an organization; for one of operators as [`rules::only_person`].
    pub(crate) fn only_person(&self) -> Result<Option<Whom>, Error> {
        match self.owner {
            Owner::Operator => {
                Ok(rules::only_person(self.key.persons.as_deref())?.map(Whom::of_id))
            }
            Owner::Person { id, telegram_id } => Ok(Some(Whom::OfRow { id, telegram_id })),
            Owner::Organization(_) => Err(Error::Forbidden(
                "the key belongs to an organization, and acts for no person",
            )),
        }
    }

    /// How many requests a minute this key alone may send, if that was said. No account gives its keys more than
    /// operators give all, `most` (0: no limit).
    pub(crate) fn rate(&self, most: u32) -> Option<u32> {
        let rate: u32 = self.key.rate_per_minute?.try_into().ok()?;
        match self.owner {
            Owner::Operator => Some(rate),
            _ if most == 0 => Some(rate),
            _ => Some(rate.min(most)),
        }
    }
}

impl Keys {
    /// `n8n_keys` are those of the environment, which may have any form: one, and a second one while it is rotated.
    pub fn new(db: &Pool, n8n_keys: [Option<&str>; 2]) -> Self {
        let n8n_keys = n8n_keys.into_iter().flatten();
        Self {
            db: db.clone(),
            n8n: n8n_keys.map(|key| rules::digest(key.as_bytes())).collect(),
            seen: Cache::builder()
                .max_capacity(KEYS_MAX)
                .time_to_live(LIFETIME)
                .build(),
            noted: Cache::builder()
                .max_capacity(KEYS_MAX)
                .time_to_live(NOTED_EVERY)
                .build(),
            good: Cache::builder()
                .max_capacity(KEYS_MAX)
                .time_to_live(GOOD_FOR)
                .build(),
            turns: Arc::new(Semaphore::new(LOOKUPS_MAX)),
        }
    }

    /// Gives the keys of the environment their rows, so that operators see them. If that fails now, their
    /// first use does it.
    pub async fn register(&self) {
        for n8n in self.n8n.iter().copied() {
            let written = async {
                Ok::<_, Error>(queries::ensure_n8n(&mut *self.db.get().await?, n8n).await?)
            };
            if let Err(why) = written.await {
                tracing::warn!(error = %why, "a key of n8n has no row yet");
            }
        }
    }

    /// The service that brings this key from this address. `admitted` is asked before a key that has not
    /// been good lately is looked up.
    ///
    /// # Errors
    /// What `admitted` says; E202 for an unknown key, E203 and E204 as [`rules::judge`] has it; `Unavailable` while the
    /// database cannot say.
    pub(crate) async fn find(
        &self,
        given: &[u8],
        address: Option<IpAddr>,
        now: DateTime<Utc>,
        admitted: impl AsyncFnOnce() -> Result<(), Error>,
    ) -> Result<Service, Error> {
        if given.len() > LENGTH_MAX {
            return Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
        }
        let digest = rules::digest(given);
        let n8n = self.n8n.iter().any(|n8n| bool::from(n8n.ct_eq(&digest)));
        if !n8n && !rules::is_well_formed(given) {
            return Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
        }
        let slot = self.seen.get_with(digest, Arc::default);
        if !n8n && slot.get().is_none() && !self.good.contains_key(&digest) {
            admitted().await?;
        }
        let mut seen = slot.get_or_init(|| self.look_up(digest, n8n)).await.clone();
        // Forgotten meanwhile: the key may have been revoked after it was read. What was read is not put back.
        let is_current = |now: Arc<OnceCell<Seen>>| Arc::ptr_eq(&now, &slot);
        if matches!(seen, Seen::Known(_)) && !self.seen.get(&digest).is_some_and(is_current) {
            let slot = self.seen.get_with(digest, Arc::default);
            seen = slot.get_or_init(|| self.look_up(digest, n8n)).await.clone();
        }
        let known = match seen {
            Seen::Known(known) => known,
            Seen::Unknown => return Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN)),
            Seen::Away => {
                return Err(Error::Unavailable {
                    code: kernel::codes::DATABASE_ERROR,
                    source: "a key could not be looked up".into(),
                });
            }
        };
        rules::judge(&known.key, now, address)?;
        self.good.insert(digest, ());
        self.note_use(known.key.id, address, now);
        Ok(Service {
            id: known.key.id,
            prefix: known.prefix.clone(),
            scopes: known.scopes,
            owner: known.owner.clone(),
            key: known.key.clone(),
        })
    }

    /// Forgets a key that has changed.
    pub(crate) fn forget(&self, digest: &[u8; 32]) {
        self.seen.invalidate(digest);
    }

    /// Counts a request against the quota of its key, if that has one.
    ///
    /// # Errors
    /// E310 when it is used up; `Unavailable` while the database cannot say.
    pub(crate) async fn spend(&self, service: &Service, now: DateTime<Utc>) -> Result<(), Error> {
        if service.key.quota.is_none() {
            return Ok(());
        }
        match quota::spend(&mut *self.db.get().await?, service.id, now).await? {
            Spent::Admitted => Ok(()),
            Spent::UsedUp(until) => Err(Error::NotYet {
                code: codes::KEY_QUOTA_USED,
                retry_after: (until - now).to_std().unwrap_or_default() + Duration::from_secs(1),
            }),
        }
    }

    async fn look_up(&self, digest: [u8; 32], n8n: bool) -> Seen {
        let found = async {
            let _turn = self.turns.acquire().await.map_err(Error::internal)?;
            let mut conn = self.db.get().await?;
            if n8n {
                let key = queries::ensure_n8n(&mut conn, digest).await?;
                return Ok::<_, Error>(Some((key, Owner::Operator)));
            }
            Ok(queries::by_hash(&mut conn, &digest).await?)
        };
        let why = match tokio::time::timeout(PATIENCE, found).await {
            Ok(Ok(Some((key, owner)))) => {
                return Seen::Known(Arc::new(Known {
                    prefix: key.prefix.as_str().into(),
                    scopes: Scopes::of(&key.scopes),
                    owner,
                    key: Arc::new(key),
                }));
            }
            Ok(Ok(None)) => return Seen::Unknown,
            Ok(Err(why)) => why.to_string(),
            Err(_) => "took too long".to_owned(),
        };
        tracing::warn!(error = why, "a key could not be looked up");
        self.seen.invalidate(&digest);
        Seen::Away
    }

    /// On a task of its own: no request waits for it, and if it fails the next minute does it.
    fn note_use(&self, id: Uuid, address: Option<IpAddr>, now: DateTime<Utc>) {
        if self.noted.contains_key(&id) {
            return;
        }
        self.noted.insert(id, ());
        let db = self.db.clone();
        actix_web::rt::spawn(async move {
            let noted = async {
                Ok::<_, Error>(uses::note(&mut *db.get().await?, id, address, now).await?)
            };
            if let Err(why) = noted.await {
                tracing::warn!(key = %id, error = %why, "the use of a key was not written down");
            }
        });
    }
}
