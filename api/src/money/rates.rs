//! How many requests a minute the plans of accounts allow, remembered for a minute.

use std::time::Duration;

use kernel::Error;
use kernel::db::Pool;
use moka::sync::Cache;
use money::subscriptions::queries;
use people::rate_limits::buckets::Holder;
use people::rate_limits::rules::RateLimits;
use people::users::model::PersonKey;

/// How long it is remembered: a plan that was bought, or that operators have changed, holds after that everywhere.
const LIFETIME: Duration = Duration::from_secs(60);

/// How many are remembered; some 100 bytes each.
const ACCOUNTS_MAX: u64 = 20_000;

/// The cache. Cheap to clone; clones share it.
#[derive(Clone)]
pub(crate) struct Rates {
    db: Pool,
    /// Whether plans matter.
    asked: bool,
    known: Cache<Holder, Option<u32>>,
}

impl Rates {
    /// Beside these limits.
    pub(crate) fn new(db: &Pool, limits: &RateLimits) -> Self {
        let cache = Cache::builder().max_capacity(ACCOUNTS_MAX);
        Self {
            db: db.clone(),
            asked: limits.has_plans(),
            known: cache.time_to_live(LIFETIME).build(),
        }
    }

    /// What the plan of an account says; `None`: nothing. While the database cannot say, what holds for all.
    pub(crate) async fn of(&self, holder: Holder) -> Option<u32> {
        if !self.asked {
            return None;
        }
        if let Some(known) = self.known.get(&holder) {
            return known;
        }
        match ask(&self.db, holder).await {
            Ok(found) => {
                self.known.insert(holder, found);
                found
            }
            Err(why) => {
                tracing::warn!(error = %why, "the rate of a plan could not be looked up");
                None
            }
        }
    }
}

async fn ask(db: &Pool, holder: Holder) -> Result<Option<u32>, Error> {
    let (account, telegram_id) = match holder {
        Holder::Person(PersonKey::Telegram(id)) => (None, Some(id)),
        Holder::Person(PersonKey::Row(id)) | Holder::Organization(id) => (Some(id), None),
    };
    let mut conn = db.get().await?;
    let rate = queries::requests_per_minute(&mut conn, account, telegram_id).await?;
    Ok(rate.and_then(|rate| rate.try_into().ok()))
}
