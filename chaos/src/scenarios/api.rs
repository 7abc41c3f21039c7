//! The API dies after its commit: the row exists, and no wake-up was pushed.

use anyhow::ensure;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt;
use testkit::eventually;
use testkit::process::Signal;

use super::Fault;
use crate::readings;
use crate::servers::Server;
use crate::stage::Stage;

/// The first Telegram id, far from those of [`readings::stream`].
const FIRST: i64 = 900_000;

pub fn killed_before_push<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: i64 = 5;
    async move {
        for person in FIRST..FIRST + TIMES {
            kill_once(stage, person).await?;
        }
        stage.notes.push(format!(
            "killed {TIMES} times after the commit, before any answer"
        ));
        Ok(())
    }
    .boxed_local()
}

/// Freezes Redis, so that the push of a wake-up hangs, and kills the API then.
async fn kill_once(stage: &mut Stage<'_>, person: i64) -> anyhow::Result<()> {
    stage.servers.signal(Server::Redis, Signal::STOP)?;
    let (world, url) = (stage.arena.world.clone(), stage.api.url.clone());
    let sending = tokio::spawn(async move { readings::send(&world, &url, person).await });
    let committed = eventually(async || Ok((count(stage, person).await? == 1).then_some(()))).await;
    let killed = stage.api.kill().await;
    stage.servers.signal(Server::Redis, Signal::CONT)?;
    committed?;
    killed?;
    ensure!(
        sending.await?.is_none(),
        "the API answered before it was killed"
    );
    stage.api.start(&stage.arena.world).await
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn count(stage: &Stage<'_>, person: i64) -> anyhow::Result<i64> {
    let of_person = diesel::sql_query(
        "SELECT count(*) AS count FROM analysis_history
         JOIN users ON users.id = analysis_history.user_id WHERE telegram_id = $1",
    )
    .bind::<BigInt, _>(person);
    let row: Count = of_person
        .get_result(&mut stage.arena.pool.get().await?)
        .await?;
    Ok(row.count)
}
