//! The one task that loads the readings that are waited for.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use kernel::Error;
use product::Core;
use readings::model::Analysis;
use readings::queries;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::hub::Hub;

/// How often everything that is waited for is compared with the database.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long announcements gather before they are looked up together.
const GATHER: Duration = Duration::from_millis(5);

/// The most readings of one statement.
const BATCH: usize = 1_000;

/// Looks up what was announced, and everything now and then, until this process stops.
pub(super) async fn run(hub: Hub, core: Core, mut announced: mpsc::UnboundedReceiver<Uuid>) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !hub.is_closed() {
        let looked = tokio::select! {
            Some(first) = announced.recv() => {
                tokio::time::sleep(GATHER).await;
                let mut changed = HashSet::from([first]);
                while let Ok(id) = announced.try_recv() {
                    changed.insert(id);
                }
                load(&hub, &core, changed.into_iter().collect()).await
            }
            _ = look.tick() => compare(&hub, &core).await,
        };
        if let Err(why) = looked {
            tracing::warn!(error = %why, "cannot look at what is waited for; will look again");
        }
    }
}

/// Finds what has changed without an announcement having come.
async fn compare(hub: &Hub, core: &Core) -> Result<(), Error> {
    for known in hub.wanted().chunks(BATCH) {
        let ids: Vec<Uuid> = known.iter().map(|(id, _)| *id).collect();
        let rows = queries::revisions(&mut *core.db.get().await?, &ids).await?;
        let rows: HashMap<Uuid, i32> = rows.into_iter().collect();
        let changed = known
            .iter()
            .filter(|(id, sent)| rows.get(id).is_none_or(|revision| revision > sent))
            .map(|(id, _)| *id)
            .collect();
        load(hub, core, changed).await?;
    }
    Ok(())
}

/// Loads readings once for all requests that wait for them.
async fn load(hub: &Hub, core: &Core, ids: Vec<Uuid>) -> Result<(), Error> {
    for ids in ids.chunks(BATCH) {
        let rows = queries::by_ids(&mut *core.db.get().await?, ids).await?;
        let mut rows: HashMap<Uuid, Analysis> = rows.into_iter().map(|row| (row.id, row)).collect();
        for id in ids {
            hub.publish(*id, rows.remove(id));
        }
    }
    Ok(())
}
