//! Whether what the API stands on answers, asked once for all who want to know.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{Error, db};
use product::Core;
use tokio::sync::Mutex;

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a verdict is shared.
const FRESH: Duration = Duration::from_secs(1);

/// The same of a bucket that answered: each question to it is billed.
const FRESH_BUCKET: Duration = Duration::from_secs(30);

/// The last verdict, shared by all threads. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Verdicts(Arc<Mutex<Option<Verdict>>>);

#[derive(Clone, Copy)]
pub(super) struct Verdict {
    pub postgres: bool,
    pub redis: bool,
    pub storage: bool,
    at: Instant,
    /// When the bucket was asked.
    storage_at: Instant,
}

impl Verdicts {
    /// The verdict of at most [`FRESH`] ago. One request probes, the others wait for what it finds.
    pub(super) async fn current(&self, core: &Core) -> Verdict {
        let mut last = self.0.lock().await;
        let verdict = match *last {
            Some(verdict) if verdict.at.elapsed() < FRESH => verdict,
            before => Verdict::of(core, before).await,
        };
        *last = Some(verdict);
        verdict
    }
}

impl Verdict {
    async fn of(core: &Core, before: Option<Self>) -> Self {
        let bucket = before.filter(|it| it.storage && it.storage_at.elapsed() < FRESH_BUCKET);
        let storage = async {
            if let Some(known) = bucket {
                return (true, known.storage_at);
            }
            let ping = async { Ok(core.providers.bucket.ping().await?) };
            (alive("storage", ping).await, Instant::now())
        };
        let (postgres, redis, (storage, storage_at)) = tokio::join!(
            alive("postgres", db::ping(&core.db)),
            alive("redis", core.pusher.ping()),
            storage,
        );
        Self {
            postgres,
            redis,
            storage,
            at: Instant::now(),
            storage_at,
        }
    }
}

async fn alive(name: &str, sign: impl Future<Output = Result<(), Error>>) -> bool {
    match tokio::time::timeout(PATIENCE, sign).await {
        Ok(Ok(())) => true,
        Ok(Err(why)) => {
            tracing::warn!(dependency = name, error = %why, "is down");
            false
        }
        Err(_) => {
            tracing::warn!(dependency = name, "does not answer");
            false
        }
    }
}
