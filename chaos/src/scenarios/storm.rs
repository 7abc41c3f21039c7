//! Random faults of all kinds, one after the other, chosen by the seed.

use std::time::Duration;

use futures_util::FutureExt;
use testkit::database::connect_to_server;

use super::{Fault, postgres, redis};
use crate::servers::pause;
use crate::stage::Stage;

pub fn all_faults<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: usize = 30;
    async move {
        let mut counts = [0; 6];
        for _ in 0..TIMES {
            pause(stage.arena.dice.millis(200..2_000)).await;
            let what = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5][stage.arena.dice.one_of(12)];
            inject(stage, what).await?;
            counts[what] += 1;
        }
        let [killed, frozen, emptied, cut, without_redis, crashed] = counts;
        stage.notes.push(format!(
            "{killed} workers killed, {frozen} frozen, Redis emptied {emptied} and stopped {without_redis} \
             times, all sessions cut {cut} times, Postgres crashed {crashed} times"
        ));
        Ok(())
    }
    .boxed_local()
}

async fn inject(stage: &mut Stage<'_>, what: usize) -> anyhow::Result<()> {
    let arena = &mut stage.arena;
    match what {
        0 => arena.fleet.kill_one(&mut arena.dice).await,
        1 => {
            let frozen = arena.fleet.freeze_one(&mut arena.dice)?;
            pause(arena.dice.millis(500..5_000)).await;
            arena.fleet.thaw(frozen)
        }
        2 => redis::flush(stage).await,
        3 => {
            let mut outside = connect_to_server().await?;
            arena.cut_connections(&mut outside).await
        }
        4 => redis::away(stage, Duration::from_secs(2)).await,
        _ => postgres::crash(stage).await,
    }
}
