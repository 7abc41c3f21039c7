//! `symancy jobs show`.

use std::io::Write;

use ai::model::{CallView, CostSource};
use ai::queries;
use chrono::{DateTime, Utc};
use jobs::operate;
use jobs::operate::JobView;
use jobs::words;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::ai_health::dollars;
use super::{Output, list};
use crate::failure::Failure;
use crate::operator::Operator;

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    job: JobView,
    paid_calls: Vec<CallView>,
}

pub(super) async fn show(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    id: Uuid,
) -> Result<(), Failure> {
    let conn = &mut operator.conn;
    let Some(job) = operate::show(conn, id).await? else {
        return Err(Failure::Refused(format!("{id}: no such job.")));
    };
    let paid_calls = queries::calls_of_job(conn, id).await?;
    if output.json {
        let answers = paid_calls.iter().filter(|call| call.answer.is_some());
        let about = json!({ "answers": answers.count() });
        // They hold readings, and people's words in them.
        if about["answers"] != 0 {
            operator.note("job_viewed", Some(id), about).await?;
        }
        return output.object(&Whole { job, paid_calls });
    }
    for (name, value) in facts(&job) {
        writeln!(output.writer, "{name:<14}{value}")?;
    }
    writeln!(output.writer, "args")?;
    for line in serde_json::to_string_pretty(&job.args)?.lines() {
        writeln!(output.writer, "  {line}")?;
    }
    show_errors(output.writer, &job)?;
    show_calls(output.writer, &paid_calls)
}

fn facts(job: &JobView) -> Vec<(&'static str, String)> {
    let now = Utc::now();
    let moment = |at: DateTime<Utc>| format!("{}  {}", utc(at), words::from_now(at, now));
    let class = match job.priority {
        1 => "high",
        2 => "normal",
        _ => "low",
    };
    let attempts = format!("{} of {}", job.attempt, job.max_attempts);
    let again = match job.redrives {
        0 => String::new(),
        times => format!(", sent round again {times} times"),
    };
    let facts = [
        ("job", Some(job.id.to_string())),
        ("kind", Some(job.kind.clone())),
        ("state", Some(list::state(job).to_owned())),
        ("queue", Some(format!("{}, class {class}", job.queue))),
        ("attempts", Some(attempts + &again)),
        ("enqueued", Some(moment(job.created_at))),
        ("due", Some(moment(job.run_at))),
        ("started", job.started_at.map(moment)),
        ("worker", job.worker.clone()),
        ("lease until", job.lease_until.map(moment)),
        ("ended", job.finished_at.map(moment)),
        ("blocked on", job.blocked_on.clone()),
        ("dedupe key", job.dedupe_key.clone()),
        ("limit keys", Some(job.limit_keys.join(", "))),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%F %T UTC").to_string()
}

fn show_errors(out: &mut impl Write, job: &JobView) -> Result<(), Failure> {
    let failures = job.failures();
    if failures.is_empty() {
        return Ok(());
    }
    writeln!(out, "errors")?;
    for failure in failures {
        writeln!(
            out,
            "  attempt {:>3}  {}  {}",
            failure.attempt,
            utc(failure.at),
            words::shortened(&failure.error, usize::MAX)
        )?;
    }
    Ok(())
}

/// What a call cost; `at most` where the vendor did not report it.
fn cost(call: &CallView) -> String {
    let known = call.cost_source != Some(CostSource::Reserved);
    match call.cost_micro_usd {
        Some(0) => String::new(),
        Some(cost) if known => format!(", {}", dollars(cost)),
        Some(cost) => format!(", {} at most", dollars(cost)),
        None => format!(", {} reserved", dollars(call.reserved_micro_usd)),
    }
}

fn show_calls(out: &mut impl Write, calls: &[CallView]) -> Result<(), Failure> {
    if calls.is_empty() {
        return Ok(());
    }
    writeln!(out, "paid calls")?;
    for call in calls {
        let took = call.ended_at.map(|at| words::span(at - call.began_at));
        let cost = cost(call);
        let doubted = call.doubted_at.map_or("", |_| "; may be paid for and lost");
        writeln!(
            out,
            "  attempt {:>3}  {}  {} of {} in {}{cost}{doubted}  {}",
            call.attempt,
            utc(call.began_at),
            call.state.as_str(),
            call.provider,
            took.as_deref().unwrap_or("progress"),
            call.error.as_deref().unwrap_or_default(),
        )?;
    }
    Ok(())
}
