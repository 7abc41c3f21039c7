//! The blocks of one process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use kernel::db::Pool;
use uuid::Uuid;

use super::queries::{self, Block, Fresh};
use crate::codes::REQUESTS_USED;

/// For how long a block is kept: after that what is left of it is given back, and the next request takes another.
const KEPT: TimeDelta = TimeDelta::seconds(60);

/// For how long it is remembered that a plan has no quota.
const UNLIMITED_FOR: TimeDelta = TimeDelta::seconds(60);

/// For how long it is remembered that nothing is left: who asks again and again costs no round trips.
const USED_UP_FOR: TimeDelta = TimeDelta::seconds(1);

/// For how long it is remembered that the database has not answered: each request that waits for its turn would wait for a
/// connection as well, one behind the other.
const AWAY_FOR: TimeDelta = TimeDelta::seconds(1);

/// How long a unit that could not be given back waits for the other try.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The accounts whose keys this process has served lately. Cheap to clone; clones share it.
#[derive(Clone, Default)]
pub struct Holder {
    slots: Arc<RwLock<HashMap<Uuid, Arc<Slot>>>>,
}

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    /// Of several requests at once one takes the next block, and the others wait for it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Empty,
    Block(Block),
    Unlimited {
        until: DateTime<Utc>,
    },
    UsedUp {
        until: DateTime<Utc>,
        free_at: DateTime<Utc>,
    },
    Away {
        until: DateTime<Utc>,
        /// That there was before.
        block: Option<Block>,
    },
}

impl Slot {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spends a unit of what is known; `None`: the database has to be asked.
    fn spend(&self, now: DateTime<Utc>) -> Option<Result<(), Error>> {
        match &mut *self.state() {
            State::Block(block)
                if block.left > 0 && block.ends_at().is_none_or(|end| now < end) =>
            {
                block.left -= 1;
                Some(Ok(()))
            }
            State::Unlimited { until } if now < *until => Some(Ok(())),
            State::UsedUp { until, free_at } if now < *until => Some(Err(refusal(*free_at, now))),
            State::Away { until, .. } if now < *until => Some(Err(away())),
            _ => None,
        }
    }

    /// Takes out the block, if it is older than so long.
    fn take_old(&self, now: DateTime<Utc>, kept: TimeDelta) -> Option<Block> {
        let mut state = self.state();
        match *state {
            State::Block(block)
            | State::Away {
                block: Some(block), ..
            } if now - block.taken_at >= kept => {
                *state = State::Empty;
                Some(block)
            }
            _ => None,
        }
    }

    fn block(&self) -> Option<Block> {
        match *self.state() {
            State::Block(block) => Some(block),
            State::Away { block, .. } => block,
            _ => None,
        }
    }

    /// Takes what the database has, in turn, and spends a unit of it.
    async fn refill(&self, db: &Pool, account: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        if let Some(said) = self.spend(now) {
            return said;
        }
        let (began, before) = (Instant::now(), self.block());
        let (state, said) = match fresh(db, account, before, now).await {
            Ok(Fresh::Block(mut block)) => {
                block.left -= 1;
                (State::Block(block), Ok(()))
            }
            Ok(Fresh::Unlimited) => {
                let until = now + UNLIMITED_FOR;
                (State::Unlimited { until }, Ok(()))
            }
            Ok(Fresh::UsedUp(free_at)) => {
                let until = now + USED_UP_FOR;
                (State::UsedUp { until, free_at }, Err(refusal(free_at, now)))
            }
            // Whether its key is still good is asked elsewhere.
            Ok(Fresh::Gone) => (State::Empty, Ok(())),
            Err(why) => {
                let until = now + began.elapsed() + AWAY_FOR;
                let block = before;
                (State::Away { until, block }, Err(why))
            }
        };
        *self.state() = state;
        said
    }
}

async fn fresh(
    db: &Pool,
    account: Uuid,
    before: Option<Block>,
    now: DateTime<Utc>,
) -> Result<Fresh, Error> {
    let spent = match before {
        // Its window is over.
        Some(block) if block.left > 0 => {
            give_back(db, &block).await?;
            None
        }
        spent => spent.map(|block| block.lease),
    };
    queries::take(&mut *db.get().await?, account, spent, now).await
}

/// Tries once more where a connection fails, as those do whose thread ends with the server: the lease of the block says
/// whether the first try has come through.
async fn give_back(db: &Pool, block: &Block) -> Result<(), Error> {
    let give =
        async || Result::<_, Error>::Ok(queries::give_back(&mut *db.get().await?, block).await?);
    match give().await {
        Err(_) => {
            tokio::time::sleep(AGAIN_AFTER).await;
            give().await
        }
        done => done,
    }
}

fn away() -> Error {
    Error::Unavailable {
        code: kernel::codes::DATABASE_ERROR,
        source: "requests of an account could not be counted".into(),
    }
}

fn refusal(free_at: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    Error::NotYet {
        code: REQUESTS_USED,
        retry_after: (free_at - now).to_std().unwrap_or_default() + Duration::from_secs(1),
    }
}

impl Holder {
    fn slot(&self, account: Uuid) -> Arc<Slot> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(&account) {
            return slot.clone();
        }
        drop(slots);
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.entry(account).or_default().clone()
    }

    /// Counts a request of an account's key.
    ///
    /// # Errors
    /// E311 when the plan has none left; `Unavailable` while the database cannot say.
    pub async fn spend(&self, db: &Pool, account: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
        let slot = self.slot(account);
        if let Some(said) = slot.spend(now) {
            return said;
        }
        // A task of its own: with a request that its client drops, the block that it has just taken would be lost.
        let db = db.clone();
        let refilled = tokio::spawn(async move { slot.refill(&db, account, now).await });
        refilled.await.map_err(Error::internal)?
    }

    /// Gives back what is left of blocks that are a minute old.
    ///
    /// # Errors
    /// The first one of the database: what could not be given back counts as used.
    pub async fn sweep(&self, db: &Pool, now: DateTime<Utc>) -> Result<(), Error> {
        self.give_back(db, now, KEPT).await
    }

    /// Gives back what is left of all blocks: this process ends.
    ///
    /// # Errors
    /// Those of [`Self::sweep`].
    pub async fn close(&self, db: &Pool, now: DateTime<Utc>) -> Result<(), Error> {
        self.give_back(db, now, TimeDelta::MIN).await
    }

    async fn give_back(&self, db: &Pool, now: DateTime<Utc>, kept: TimeDelta) -> Result<(), Error> {
        let mut all = Ok(());
        for slot in self.all() {
            if let Some(block) = slot.take_old(now, kept) {
                all = all.and(give_back(db, &block).await);
            }
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        // No request holds it, and none can get it now.
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.block().is_some());
        all
    }

    fn all(&self) -> Vec<Arc<Slot>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.values().cloned().collect()
    }
}
