//! `symancy jobs pause` and `resume`.

use std::io::Write;

use jobs::stats::QueueStats;
use jobs::{Queue, operate, stats};
use product::JOBS;
use serde::Serialize;
use serde_json::json;

use super::Paper;
use crate::failure::{Failure, tell};
use crate::operator::{Operator, somebody};

#[derive(Serialize)]
struct Answer {
    queue: &'static str,
    paused: bool,
    /// Whether it was otherwise before.
    changed: bool,
}

pub(super) async fn pause(
    operator: &mut Operator,
    paper: &mut Paper<'_, impl Write>,
    queue: Queue,
    by: Option<String>,
) -> Result<(), Failure> {
    let by = by.unwrap_or_else(somebody);
    let changed = operate::pause(&mut operator.conn, queue, &by).await?;
    let name = queue.name();
    if changed {
        operator.note("queue_paused", None, json!(name)).await?;
    }
    let sentence = if changed {
        format!("{name} is paused. What runs goes on; `symancy jobs resume {name}` ends the pause.")
    } else {
        format!(
            "{name} was paused already{}.",
            paused_by(operator, queue).await?
        )
    };
    let answer = Answer {
        queue: name,
        paused: true,
        changed,
    };
    paper.line(&sentence, &answer)
}

pub(super) async fn resume(
    operator: &mut Operator,
    paper: &mut Paper<'_, impl Write>,
    queue: Queue,
) -> Result<(), Failure> {
    let changed = operate::resume(&mut operator.conn, queue).await?;
    operator.pusher.wake_queue(queue, WAKE).await;
    let name = queue.name();
    if changed {
        operator.note("queue_resumed", None, json!(name)).await?;
    }
    let sentence = if changed {
        format!("{name} goes on.")
    } else {
        format!("{name} was not paused.")
    };
    let answer = Answer {
        queue: name,
        paused: false,
        changed,
    };
    paper.line(&sentence, &answer)
}

/// How many workers to wake: each looks for as long as there is something to do.
const WAKE: usize = 16;

/// Says that what was asked for will take until the end of a pause.
pub(super) async fn tell_if_paused(operator: &mut Operator, queue: Queue) -> Result<(), Failure> {
    let by = paused_by(operator, queue).await?;
    if !by.is_empty() {
        let name = queue.name();
        tell(&format!(
            "Not before `symancy jobs resume {name}`, though: {name} is paused{by}."
        ));
    }
    Ok(())
}

/// ` by ann@host since ...`, or nothing.
async fn paused_by(operator: &mut Operator, queue: Queue) -> Result<String, Failure> {
    let all = stats::queues(&mut operator.conn, &JOBS).await?;
    let told = |one: &QueueStats| {
        let (by, at) = (one.paused_by.as_ref()?, one.paused_at?);
        Some(format!(" by {by} since {}", at.format("%F %T UTC")))
    };
    let one = all.iter().find(|one| one.queue == queue.name());
    Ok(one.and_then(told).unwrap_or_default())
}
