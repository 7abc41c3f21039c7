//! Nothing runs until an operator has looked: what a job did after the moment it may do again.

use std::time::Duration;

use jobs::operate;
use kernel::Error;
use kernel::redis::Connection;
use product::{Core, JOBS};
use redis::aio::MultiplexedConnection;
use serde_json::json;

use super::Step;
use crate::failure::{Failure, to_stderr};

/// For one answer of Redis.
const PATIENCE: Duration = Duration::from_secs(10);
/// Beside a pause, who has made it.
const BY: &str = "symancy restore";

/// Pauses every queue, and empties Redis. Leases need nothing: in a restored database they are over.
pub(super) async fn pause(core: &Core) -> Result<Step, Failure> {
    let mut conn = core.db.get().await.map_err(Error::from)?;
    for queue in &JOBS.queues {
        operate::pause(&mut conn, *queue, BY).await?;
    }
    let removed = empty(core).await?;
    let queues = JOBS.queues.len();
    Ok(Step {
        step: "queues",
        said: format!("{queues} queues are paused, {removed} keys of Redis removed."),
        found: json!({ "queues_paused": queues, "redis_keys_removed": removed }),
    })
}

/// Wake-ups, limits and published ids of after the moment.
async fn empty(core: &Core) -> Result<usize, Error> {
    let config = &core.config.redis;
    let mut all = config.connection(PATIENCE, 1)?;
    let (mut removed, mut reached, mut failed) = (0, 0, None);
    for (place, one) in config.each().await? {
        match one {
            Ok(mut one) => {
                removed += empty_one(&mut one, &mut all, &config.prefix).await?;
                reached += 1;
            }
            Err(why) => {
                to_stderr(&format!(
                    "Redis at {place} does not answer ({why}). If another server has taken its place, name that one in its \
                     stead and repeat this: what it holds is not removed."
                ));
                failed = Some(why);
            }
        }
    }
    match failed {
        Some(why) if reached == 0 => Err(why.into()),
        _ => Ok(removed),
    }
}

/// What `one` server has, removed by way of `all`.
async fn empty_one(
    one: &mut MultiplexedConnection,
    all: &mut Connection,
    prefix: &str,
) -> Result<usize, Error> {
    let (mut cursor, mut removed) = (0_u64, 0);
    loop {
        let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(format!("{prefix}:*"))
            .arg("COUNT")
            .arg(1_000)
            .query_async(one)
            .await?;
        cursor = next;
        removed += unlink(all, &keys).await?;
        if cursor == 0 {
            return Ok(removed);
        }
    }
}

async fn unlink(redis: &mut Connection, keys: &[String]) -> Result<usize, Error> {
    if keys.is_empty() {
        return Ok(0);
    }
    Ok(redis::cmd("UNLINK").arg(keys).query_async(redis).await?)
}
