//! What happened lately, remembered for a moment for all who look.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use analytics::reports::realtime::Realtime;
use kernel::Error;
use tokio::sync::Mutex;
use uuid::Uuid;

/// What was found, and when.
type Found = Arc<Mutex<Option<(Instant, Realtime)>>>;

/// What was found lately, of all or of an organization; shared by all threads. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Moments(Arc<std::sync::Mutex<HashMap<Option<Uuid>, Found>>>);

impl Moments {
    /// What was found so lately. One request asks, the others about the same wait for what it finds.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) async fn of(
        &self,
        whose: Option<Uuid>,
        fresh: Duration,
        ask: impl AsyncFnOnce() -> Result<Realtime, Error>,
    ) -> Result<Realtime, Error> {
        let place = self.place(whose, fresh);
        let mut known = place.lock().await;
        if let Some((at, found)) = &*known
            && at.elapsed() < fresh
        {
            return Ok(found.clone());
        }
        let found = ask().await?;
        *known = Some((Instant::now(), found.clone()));
        Ok(found)
    }

    /// Forgets all others that are old, and that no request waits for.
    fn place(&self, whose: Option<Uuid>, fresh: Duration) -> Found {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |found: &Option<(Instant, Realtime)>| {
            found.as_ref().is_some_and(|(at, _)| at.elapsed() < fresh)
        };
        all.retain(|_, one| {
            Arc::strong_count(one) > 1 || one.try_lock().is_ok_and(|found| is_fresh(&found))
        });
        Arc::clone(all.entry(whose).or_default())
    }
}
