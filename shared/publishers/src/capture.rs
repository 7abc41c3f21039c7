//! From the outbox to product analytics: what persons did after they had agreed to that.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::{Event, ahead, pass};
use kernel::Error;
use kernel::db::Pool;
use people::abuse_memory::MemorySecret;
use people::users::product_analytics;
use uuid::Uuid;
use vendors::product_analytics::{Captured, ProductAnalytics};
use vendors::{ProviderError, ProviderErrorKind};

use crate::{Step, metrics, rules};

/// The cursor of this publisher, and its name in metrics.
pub const POSTHOG: &str = "posthog";

/// Events of a step.
const BATCH: usize = 200;

/// Tells product analytics the next events behind the cursor, and moves it behind them. What it cannot read is dropped
/// and counted: it would hold up all else.
///
/// # Errors
/// Those of the database. A service that is away is a [`Step::failure`].
pub async fn capture(
    db: &Pool,
    service: &dyn ProductAnalytics,
    secret: &MemorySecret,
) -> Result<Step, Error> {
    let mut conn = db.get().await?;
    let found = ahead(&mut conn, POSTHOG, BATCH as i64).await?;
    let persons: Vec<Uuid> = found.events.iter().filter_map(|one| one.user_id).collect();
    let since = product_analytics::since(&mut conn, &persons).await?;
    // Not held while the service is waited for.
    drop(conn);
    let agreed = found
        .events
        .iter()
        .filter_map(|one| told(one, &since, secret));
    let agreed: Vec<Captured> = agreed.collect();
    if let Some(failure) = tell(service, &agreed).await {
        metrics::failed(POSTHOG);
        return Ok(Step {
            failure: Some(failure),
            ..Step::default()
        });
    }
    let count = found.events.len();
    let moved = pass(&mut *db.get().await?, POSTHOG, &found, count).await?;
    let passed = if moved { count } else { 0 };
    metrics::passed(POSTHOG, passed);
    Ok(Step {
        passed,
        more: count == BATCH,
        failure: None,
    })
}

/// Why the events have to be told again.
async fn tell(service: &dyn ProductAnalytics, events: &[Captured]) -> Option<ProviderError> {
    if events.is_empty() {
        return None;
    }
    let why = service.capture(events).await.err()?;
    if why.kind != ProviderErrorKind::Rejected {
        return Some(why);
    }
    // One that cannot be read takes none of the others with it. Told again they are copies, which the service knows.
    for event in events {
        match service.capture(std::slice::from_ref(event)).await {
            Ok(()) => {}
            Err(why) if why.kind == ProviderErrorKind::Rejected => drop_one(event, &why),
            Err(why) => return Some(why),
        }
    }
    None
}

fn drop_one(event: &Captured, why: &ProviderError) {
    tracing::error!(error = %why, event = %event.id, "an event was dropped: product analytics cannot read it");
    metrics::dropped(1);
}

/// An event as it is told, if its person had agreed when it happened.
fn told(
    event: &Event,
    since: &HashMap<Uuid, DateTime<Utc>>,
    secret: &MemorySecret,
) -> Option<Captured> {
    let person = event.user_id?;
    since
        .get(&person)
        .filter(|since| **since <= event.occurred_at)?;
    Some(Captured {
        id: event.id,
        name: event.name.clone(),
        person: hex::encode(secret.key("product_analytics", &person.to_string())),
        at: event.occurred_at,
        properties: rules::properties(&event.data),
    })
}
