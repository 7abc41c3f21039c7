//! Faults of Postgres. Its crashes may undo claims, which are not flushed, but no other commit.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use testkit::database::connect_to_server;
use testkit::eventually;
use testkit::process::{Signal, signal};

use super::Fault;
use crate::servers::{Server, pause};
use crate::stage::Stage;

pub fn restarted<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        for _ in 0..2 {
            stage.servers.end(Server::Postgres, Signal::INT).await?;
            stage.servers.start().await?;
            pause(stage.arena.dice.millis(500..2_000)).await;
        }
        stage.notes.push("2 restarts".to_owned());
        Ok(())
    }
    .boxed_local()
}

/// Claims are committed without waiting for the disk: both kinds of crash undo those of the last
/// moments, while the workers that hold them go on.
pub fn crashed<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: usize = 5;
    async move {
        for _ in 0..TIMES {
            kill_backend(stage).await?;
            pause(stage.arena.dice.millis(500..2_000)).await;
            crash(stage).await?;
            pause(stage.arena.dice.millis(500..2_000)).await;
        }
        let note = format!("{TIMES} backends killed, {TIMES} immediate stops");
        stage.notes.push(note);
        Ok(())
    }
    .boxed_local()
}

/// SIGQUIT is the immediate stop, without a checkpoint.
pub(super) async fn crash(stage: &Stage<'_>) -> anyhow::Result<()> {
    stage.servers.end(Server::Postgres, Signal::QUIT).await?;
    stage.servers.start().await?;
    ensure!(stage.servers.has_recovered()?, "Postgres did not crash");
    Ok(())
}

#[derive(QueryableByName)]
struct Session {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

/// SIGKILL of a backend that writes: Postgres drops its shared memory and recovers from the disk.
async fn kill_backend(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let mut outside = connect_to_server().await?;
    let name = stage.arena.world.database_name()?;
    let session: Session = diesel::sql_query(format!(
        "SELECT pid FROM pg_stat_activity
         WHERE datname = '{name}' AND backend_type = 'client backend'
         ORDER BY query_start DESC LIMIT 1"
    ))
    .get_result(&mut outside)
    .await?;
    signal(u32::try_from(session.pid)?, Signal::KILL)?;
    // The session of the suite ends as well.
    eventually(async || {
        Ok(outside
            .batch_execute("SELECT 1")
            .await
            .is_err()
            .then_some(()))
    })
    .await?;
    eventually(async || Ok(connect_to_server().await.ok())).await?;
    Ok(())
}

pub fn cut<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: usize = 25;
    async move {
        let mut outside = connect_to_server().await?;
        for _ in 0..TIMES {
            pause(stage.arena.dice.millis(50..700)).await;
            stage.arena.cut_connections(&mut outside).await?;
        }
        stage.notes.push(format!("all sessions cut {TIMES} times"));
        Ok(())
    }
    .boxed_local()
}

/// Locks the table into which every probe first writes a row: each holds a connection and waits, so that
/// none is left for leases and outcomes.
pub fn pool_exhausted<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        let url = stage
            .arena
            .world
            .env
            .get("DATABASE_URL")
            .context("no database")?;
        let mut holder = AsyncPgConnection::establish(url).await?;
        for _ in 0..2 {
            let held = stage.arena.dice.millis(6_000..9_000);
            holder
                .batch_execute("BEGIN; LOCK TABLE probe_runs IN ACCESS EXCLUSIVE MODE")
                .await?;
            pause(held).await;
            holder.batch_execute("COMMIT").await?;
            pause(stage.arena.dice.millis(200..1_000)).await;
        }
        stage.notes.push("2 locks of 6 to 9 s".to_owned());
        Ok(())
    }
    .boxed_local()
}

/// The time for which no process of the product can connect.
const FULL_FOR: Duration = Duration::from_secs(10);

pub fn server_full<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        let mut outside = connect_to_server().await?;
        let (mut held, mut full_since) = (Vec::new(), Instant::now());
        while full_since.elapsed() < FULL_FOR {
            if sessions(stage, &mut outside).await? > 0 {
                full_since = Instant::now();
                stage.arena.cut_connections(&mut outside).await?;
            }
            // The suite takes the connections that the product has lost, unless it reconnects first.
            while let Ok(conn) = connect_to_server().await {
                held.push(conn);
            }
            pause(Duration::from_millis(20)).await;
        }
        let (held, seconds) = (held.len(), FULL_FOR.as_secs());
        stage
            .notes
            .push(format!("all {held} connections held for {seconds} s"));
        Ok(())
    }
    .boxed_local()
}

#[derive(QueryableByName)]
struct Sessions {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Number of sessions of the product.
async fn sessions(stage: &Stage<'_>, outside: &mut AsyncPgConnection) -> anyhow::Result<i64> {
    let name = stage.arena.world.database_name()?;
    let sessions: Sessions = diesel::sql_query(format!(
        "SELECT count(*) AS count FROM pg_stat_activity
         WHERE datname = '{name}' AND backend_type = 'client backend'"
    ))
    .get_result(outside)
    .await?;
    Ok(sessions.count)
}
