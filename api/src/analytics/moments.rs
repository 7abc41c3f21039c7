//! What happened lately, remembered for a moment for all who look.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use analytics::reports::realtime::Realtime;
use kernel::Error;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::meta::Meta;

type Found = (Realtime, Meta);

/// What was found lately, of all or of an organization; shared by all threads. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Moments(Arc<Mutex<HashMap<Option<Uuid>, (Instant, Found)>>>);

impl Moments {
    /// What was found so lately. One request asks, the others wait for what it finds.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) async fn of(
        &self,
        whose: Option<Uuid>,
        fresh: Duration,
        ask: impl AsyncFnOnce() -> Result<Found, Error>,
    ) -> Result<Found, Error> {
        let mut all = self.0.lock().await;
        all.retain(|_, (at, _)| at.elapsed() < fresh);
        if let Some((_, found)) = all.get(&whose) {
            return Ok(found.clone());
        }
        let found = ask().await?;
        all.insert(whose, (Instant::now(), found.clone()));
        Ok(found)
    }
}
