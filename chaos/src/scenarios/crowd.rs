//! Ten thousand updates at once, doubled and in any order, while Telegram asks to wait again and again.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt;
use serde_json::json;
use world::crowd::Crowd;

use super::Fault;
use crate::readings;
use crate::servers::pause;
use crate::stage::{Stage, usual_faults};

/// Ten updates each.
const PEOPLE: i64 = 1_000;

/// A storm of 429 begins whenever so many more of their jobs are done, so that slow machines are not kept in one.
const JOBS_OF_A_STORM: i64 = 1_000;

/// The time between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// The longest time without a job done.
const PATIENCE: Duration = Duration::from_secs(120);

pub fn of_people<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        let begin = Instant::now();
        let crowd = crowd()?;
        let bad = json!({ "duplicate_rate": 0.3, "reorder": true, "error_rate": 0.05 });
        let world = stage.arena.world.clone();
        world.faults(json!({ "webhook": bad })).await?;
        let acting = world.clone();
        let acting = tokio::spawn(async move { crowd.acts(&acting).await });
        let storms = until_done(stage, crowd).await?;
        acting.await??;
        world.no_faults().await?;
        world.faults(usual_faults()).await?;
        crowd.has_its_answers(&world).await?;
        stage.notes.push(format!(
            "{} updates of {} people answered in {:.0} s, through {storms} storms of 429",
            crowd.people * Crowd::EACH as i64,
            crowd.people,
            begin.elapsed().as_secs_f64()
        ));
        Ok(())
    }
    .boxed_local()
}

/// As many as `PEOPLE` says.
fn crowd() -> anyhow::Result<Crowd> {
    let people = std::env::var("PEOPLE").map_or(Ok(PEOPLE), |people| people.parse());
    Ok(Crowd {
        first: readings::CROWD,
        people: people.context("PEOPLE")?,
    })
}

/// Raises storms until every update is taken and every job of the crowd is done; returns how many.
async fn until_done(stage: &Stage<'_>, crowd: Crowd) -> anyhow::Result<i64> {
    let storm = json!({ "rate_limit": { "retry_after": 1 }, "times": 100 });
    let storm = json!({ "telegram": { "methods":
        { "sendMessage": storm, "editMessageText": storm, "sendPhoto": storm } } });
    // Each of the others has said hello.
    let updates = "SELECT (SELECT count(*) FROM telegram_updates)
                       - (SELECT count(*) FROM users WHERE telegram_id < 2000000) AS count";
    let done = "SELECT count(*) AS count FROM jobs JOIN users ON users.id = jobs.subject_id
                WHERE telegram_id >= 2000000 AND jobs.state = 'done'";
    let (mut storms, mut best, mut since) = (0, 0, Instant::now());
    loop {
        if best >= storms * JOBS_OF_A_STORM {
            stage.arena.world.faults(storm.clone()).await?;
            storms += 1;
        }
        pause(LOOK).await;
        let all = count(stage, updates).await? >= crowd.remembered();
        if all && count(stage, &crowd.unfinished()).await? == 0 {
            return Ok(storms);
        }
        let now = count(stage, done).await?;
        if now > best {
            (best, since) = (now, Instant::now());
        }
        ensure!(
            since.elapsed() < PATIENCE,
            "nothing was done for {PATIENCE:?}"
        );
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn count(stage: &Stage<'_>, query: &str) -> anyhow::Result<i64> {
    let mut conn = stage.arena.pool.get().await?;
    let row: Count = diesel::sql_query(query).get_result(&mut conn).await?;
    Ok(row.count)
}
