//! `symancy jobs stats`.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jobs::stats;
use jobs::stats::{QueueRate, QueueStats};
use jobs::words;
use product::JOBS;
use serde::Serialize;

use super::Output;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 11] = [
    ("QUEUE", Side::Left),
    ("WAITING", Side::Right),
    ("SCHEDULED", Side::Right),
    ("BLOCKED", Side::Right),
    ("RUNNING", Side::Right),
    ("DEAD", Side::Right),
    ("OLDEST", Side::Right),
    ("DONE/MIN", Side::Right),
    ("WAIT", Side::Right),
    ("RUN", Side::Right),
    ("PAUSED", Side::Left),
];

/// Moves the cursor to the upper left corner, and clears the screen.
const CLEAR: &str = "\x1b[H\x1b[2J";

#[derive(Serialize)]
struct Report {
    at: DateTime<Utc>,
    queues: Vec<Line>,
    /// See `ai::queries::doubted_calls`.
    unknown_paid_calls_of_7_days: i64,
}

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    now: QueueStats,
    done_last_minute: i64,
    waited_seconds: Option<f64>,
    ran_seconds: Option<f64>,
}

pub(super) async fn stats(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    watch: Option<u64>,
) -> Result<(), Failure> {
    let clear = watch.is_some() && !output.json && std::io::stdout().is_terminal();
    loop {
        let report = load(operator).await?;
        if clear {
            write!(output.writer, "{CLEAR}")?;
        }
        if output.json {
            output.object(&report)?;
        } else {
            show(output.writer, &report)?;
        }
        let Some(seconds) = watch else { return Ok(()) };
        if !output.json && !clear {
            writeln!(output.writer)?;
        }
        output.writer.flush()?;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

async fn load(operator: &mut Operator) -> Result<Report, Failure> {
    let (conn, at) = (&mut operator.conn, Utc::now());
    let rates = stats::rates(conn, &JOBS, at).await?;
    let queues = stats::queues(conn, &JOBS).await?;
    let line = |now: QueueStats| {
        let rate: Option<&QueueRate> = rates.iter().find(|rate| rate.queue == now.queue);
        Line {
            done_last_minute: rate.map_or(0, |rate| rate.done_last_minute),
            waited_seconds: rate.and_then(|rate| rate.waited_seconds),
            ran_seconds: rate.and_then(|rate| rate.ran_seconds),
            now,
        }
    };
    Ok(Report {
        at,
        queues: queues.into_iter().map(line).collect(),
        unknown_paid_calls_of_7_days: ai::queries::doubted_calls(conn).await?,
    })
}

fn show(out: &mut impl Write, report: &Report) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = report.queues.iter().map(row).collect();
    table::write(out, &COLUMNS, &rows)?;
    let doubted = report.unknown_paid_calls_of_7_days;
    if doubted > 0 {
        writeln!(
            out,
            "\n{doubted} paid calls of the last 7 days have an unknown outcome: they may be paid for."
        )?;
    }
    Ok(())
}

fn row(line: &Line) -> Vec<String> {
    let now = &line.now;
    let seconds = |value: Option<f64>| value.map_or("-".to_owned(), words::seconds);
    let oldest = Some(now.oldest_age_seconds).filter(|age| *age > 0.0);
    let paused = now.paused_by.as_ref().zip(now.paused_at);
    vec![
        now.queue.clone(),
        now.waiting.to_string(),
        now.scheduled.to_string(),
        now.blocked.to_string(),
        now.running.to_string(),
        now.dead.to_string(),
        seconds(oldest),
        line.done_last_minute.to_string(),
        seconds(line.waited_seconds),
        seconds(line.ran_seconds),
        paused.map_or(String::new(), |(by, at)| {
            format!("{} by {by}", words::from_now(at, Utc::now()))
        }),
    ]
}
