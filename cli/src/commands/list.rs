//! `symancy jobs list`.

use std::io::Write;

use chrono::{DateTime, Utc};
use jobs::operate;
use jobs::operate::{Filter, JobView};
use jobs::words;
use product::JOBS;

use super::Output;
use crate::args::List;
use crate::failure::{Failure, to_stderr};
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 6] = [
    ("ID", Side::Left),
    ("STATE", Side::Left),
    ("KIND", Side::Left),
    ("ATTEMPT", Side::Right),
    ("WHEN", Side::Left),
    ("LAST ERROR", Side::Left),
];

/// Characters of an error in the table.
const ERROR_MAX: usize = 70;

pub(super) async fn list(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: List,
) -> Result<(), Failure> {
    let filter = Filter {
        state: wanted.state,
        queue: wanted.queue,
        kind: wanted.kind,
        key: wanted.key,
        before: wanted.before,
    };
    let jobs = operate::list(&mut operator.conn, &filter, wanted.limit).await?;
    if output.json {
        return jobs.iter().try_for_each(|job| output.object(job));
    }
    if jobs.is_empty() {
        writeln!(output.writer, "No such jobs.")?;
        hint(filter.kind.as_deref());
        return Ok(());
    }
    let now = Utc::now();
    let rows: Vec<Vec<String>> = jobs.iter().map(|job| row(job, now)).collect();
    table::write(output.writer, &COLUMNS, &rows)?;
    output.writer.flush()?;
    if let Some(last) = jobs.last().filter(|_| jobs.len() as i64 == wanted.limit) {
        to_stderr(&format!("There may be more: add --before {}", last.id));
    }
    Ok(())
}

fn row(job: &JobView, now: DateTime<Utc>) -> Vec<String> {
    vec![
        job.id.to_string(),
        state(job).to_owned(),
        job.kind.clone(),
        format!("{}/{}", job.attempt, job.max_attempts),
        words::from_now(job.moment(), now),
        job.last_error()
            .map_or(String::new(), |error| words::shortened(&error, ERROR_MAX)),
    ]
}

/// Its state; `cancelling` until a worker has ended it.
pub(super) fn state(job: &JobView) -> &str {
    if job.cancel_requested && !job.has_ended() {
        "cancelling"
    } else {
        &job.state
    }
}

/// Lists the known kinds if this one is mistyped or of another version.
pub(super) fn hint(kind: Option<&str>) {
    let known = JOBS.kind_names();
    if let Some(kind) = kind.filter(|kind| !known.contains(kind)) {
        let known = known.join(", ");
        to_stderr(&format!(
            "This version has no kind {kind}; its kinds: {known}"
        ));
    }
}
