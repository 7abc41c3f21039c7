//! Faults of workers: killed, frozen or replaced.

use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::Fault;
use crate::servers::pause;
use crate::stage::Stage;

pub fn killed<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    kill(stage, 15, 300..1_700).boxed_local()
}

/// No worker lives for as long as one of the long jobs lasts.
pub fn killed_faster_than_a_job<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    kill(stage, 30, 300..700).boxed_local()
}

async fn kill(
    stage: &mut Stage<'_>,
    times: usize,
    every: std::ops::Range<u64>,
) -> anyhow::Result<()> {
    for _ in 0..times {
        pause(stage.arena.dice.millis(every.clone())).await;
        stage.arena.fleet.kill_one(&mut stage.arena.dice).await?;
    }
    stage.notes.push(format!("{times} workers killed"));
    Ok(())
}

pub fn frozen<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: usize = 4;
    async move {
        let began = Instant::now();
        for _ in 0..TIMES {
            pause(stage.arena.dice.millis(300..2_000)).await;
            // Other workers have time to run its jobs before it continues.
            let more = stage.arena.dice.millis(100..3_000);
            stage.arena.freeze_one_at_work(more).await?;
        }
        let took = began.elapsed().as_secs();
        stage
            .notes
            .push(format!("{TIMES} workers frozen within {took} s"));
        Ok(())
    }
    .boxed_local()
}

pub fn rolled<'a>(stage: &'a mut Stage<'_>) -> Fault<'a> {
    const TIMES: usize = 6;
    async move {
        for _ in 0..TIMES {
            pause(Duration::from_millis(500)).await;
            stage.arena.fleet.replace_oldest().await?;
        }
        stage.notes.push(format!("{TIMES} workers replaced"));
        Ok(())
    }
    .boxed_local()
}
