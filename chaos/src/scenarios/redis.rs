//! Faults of Redis, which may lose everything at any time.

use std::time::Duration;

use futures_util::FutureExt;
use product::config::Config;
use testkit::process::Signal;

use super::Fault;
use crate::servers::{Server, pause};
use crate::stage::Stage;

pub fn restarted<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        for _ in 0..3 {
            away(stage, Duration::ZERO).await?;
            pause(stage.arena.dice.millis(200..1_500)).await;
        }
        stage.notes.push("3 restarts".to_owned());
        Ok(())
    }
    .boxed_local()
}

pub fn gone<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        let begin = stage.arena.done().await?;
        let minute = Duration::from_secs(60);
        away(stage, minute).await?;
        let done = stage.arena.done().await? - begin;
        stage.notes.push(format!("{done} jobs done meanwhile"));
        Ok(())
    }
    .boxed_local()
}

pub fn frozen<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    async move {
        let begin = stage.arena.done().await?;
        stage.servers.signal(Server::Redis, Signal::STOP)?;
        pause(Duration::from_secs(8)).await;
        stage.servers.signal(Server::Redis, Signal::CONT)?;
        let done = stage.arena.done().await? - begin;
        stage.notes.push(format!("{done} jobs done meanwhile"));
        Ok(())
    }
    .boxed_local()
}

pub fn emptied<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: usize = 20;
    async move {
        for _ in 0..TIMES {
            pause(stage.arena.dice.millis(10..500)).await;
            flush(stage).await?;
        }
        stage.notes.push(format!("emptied {TIMES} times"));
        Ok(())
    }
    .boxed_local()
}

/// Stops Redis, and starts it again after a while.
pub(super) async fn away(stage: &Stage<'_>, time: Duration) -> anyhow::Result<()> {
    stage.servers.end(Server::Redis, Signal::TERM).await?;
    pause(time).await;
    stage.servers.start().await
}

/// FLUSHALL.
pub(super) async fn flush(stage: &Stage<'_>) -> anyhow::Result<()> {
    let client = stage.arena.world.read(Config::read)?.redis.client()?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    Ok(redis::cmd("FLUSHALL").exec_async(&mut redis).await?)
}
