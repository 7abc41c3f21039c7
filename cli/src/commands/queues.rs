//! `symancy jobs pause` and `resume`.

use std::io::Write;

use jobs::stats::QueueStats;
use jobs::{Queue, operate, stats};
use product::JOBS;
use serde::Serialize;
use serde_json::json;

use super::Output;
use crate::failure::{Failure, to_stderr};
use crate::operator::{Operator, current_operator_name};

#[derive(Serialize)]
struct Answer {
    queue: &'static str,
    paused: bool,
    /// Whether this command changed it.
    changed: bool,
}

pub(super) async fn pause(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    queue: Queue,
    by: Option<String>,
) -> Result<(), Failure> {
    let by = by.unwrap_or_else(current_operator_name);
    let changed = operate::pause(&mut operator.conn, queue, &by).await?;
    let name = queue.name();
    if changed {
        operator.note("queue_paused", None, json!(name)).await?;
    }
    let sentence = if changed {
        format!(
            "{name} is paused. Running jobs continue; `symancy jobs resume {name}` ends the pause."
        )
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
    output.line(&sentence, &answer)
}

pub(super) async fn resume(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    queue: Queue,
) -> Result<(), Failure> {
    let changed = operate::resume(&mut operator.conn, queue).await?;
    operator.pusher.wake_queue(queue, WAKE).await;
    let name = queue.name();
    if changed {
        operator.note("queue_resumed", None, json!(name)).await?;
    }
    let sentence = if changed {
        format!("{name} is resumed.")
    } else {
        format!("{name} was not paused.")
    };
    let answer = Answer {
        queue: name,
        paused: false,
        changed,
    };
    output.line(&sentence, &answer)
}

/// How many workers to wake; each claims as long as there are jobs.
const WAKE: usize = 16;

/// Warns that a paused queue delays the command's effect.
pub(super) async fn warn_if_paused(operator: &mut Operator, queue: Queue) -> Result<(), Failure> {
    let by = paused_by(operator, queue).await?;
    if !by.is_empty() {
        let name = queue.name();
        to_stderr(&format!(
            "This waits for `symancy jobs resume {name}`: {name} is paused{by}."
        ));
    }
    Ok(())
}

/// ` by ann@host since ...`, or nothing.
async fn paused_by(operator: &mut Operator, queue: Queue) -> Result<String, Failure> {
    let all = stats::queues(&mut operator.conn, &JOBS).await?;
    let pause = |one: &QueueStats| {
        let (by, at) = (one.paused_by.as_ref()?, one.paused_at?);
        Some(format!(" by {by} since {}", at.format("%F %T UTC")))
    };
    let one = all.iter().find(|one| one.queue == queue.name());
    Ok(one.and_then(pause).unwrap_or_default())
}
