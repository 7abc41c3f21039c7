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

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    const FRESH: Duration = Duration::from_secs(60);

    fn found(active_5m: i64) -> Realtime {
        Realtime {
            active_5m,
            active_30m: 0,
            messages_per_minute: Vec::new(),
            tokens_per_minute: None,
            requests_per_minute: None,
            errors_per_minute: None,
            queue_depth: None,
            lag_seconds: None,
        }
    }

    #[tokio::test]
    async fn one_asks_and_what_others_ask_for_does_not_wait_for_it() {
        let (moments, organization) = (Moments::default(), Some(Uuid::from_u128(7)));
        let (go, gone) = oneshot::channel();
        let slow = moments.of(None, FRESH, async || {
            gone.await.map_err(Error::internal)?;
            Ok(found(1))
        });
        let quick = async {
            let of_other = moments.of(organization, FRESH, async || Ok(found(2)));
            let of_other = of_other.await.expect("it is found");
            go.send(()).expect("the first one waits");
            of_other
        };
        let both = timeout(FRESH / 4, async { tokio::join!(slow, quick) });
        let (first, second) = both.await.expect("none waits for the other");
        assert_eq!(
            (first.expect("it is found").active_5m, second.active_5m),
            (1, 2)
        );
        let again = moments.of(None, FRESH, async || Ok(found(3))).await;
        assert_eq!(again.expect("it is remembered").active_5m, 1);
    }
}
