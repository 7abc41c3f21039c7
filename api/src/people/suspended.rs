//! Which accounts are suspended, remembered for a moment: a suspension, and its end, take effect after that.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::Error;
use kernel::db::Pool;
use moka::sync::Cache;
use people::suspensions::{self, Suspension};
use people::users::model::PersonKey;

/// How long it is remembered.
const LIFETIME: Duration = Duration::from_secs(5);

/// How many are remembered, suspended or not; some 100 bytes each.
const ACCOUNTS_MAX: u64 = 50_000;

/// The cache of suspensions. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Suspended(Cache<PersonKey, Option<Suspension>>);

impl Default for Suspended {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(ACCOUNTS_MAX);
        Self(cache.time_to_live(LIFETIME).build())
    }
}

impl Suspended {
    /// Refuses what is asked for an account that is suspended: a person's, or that of an organization's row.
    ///
    /// # Errors
    /// E215; those of the database.
    pub(crate) async fn check(
        &self,
        db: &Pool,
        whose: PersonKey,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let known = match self.0.get(&whose) {
            Some(known) => known,
            None => {
                let found = suspensions::of(&mut *db.get().await?, whose, now).await?;
                self.0.insert(whose, found.clone());
                found
            }
        };
        match known {
            Some(suspension) => Err(suspension.refusal()),
            None => Ok(()),
        }
    }

    /// Forgets one that has changed.
    pub(crate) fn forget(&self, whose: PersonKey) {
        self.0.invalidate(&whose);
    }
}
