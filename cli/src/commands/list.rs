//! `symancy jobs list`.

use std::io::Write;

use chrono::{DateTime, Utc};
use jobs::operate;
use jobs::operate::{Filter, JobView};
use jobs::words;
use product::JOBS;

use super::Paper;
use crate::args::List;
use crate::failure::{Failure, tell};
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

/// What of an error fits into a line.
const ERROR_MAX: usize = 70;

pub(super) async fn list(
    operator: &mut Operator,
    paper: &mut Paper<'_, impl Write>,
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
    if paper.json {
        return jobs.iter().try_for_each(|job| paper.object(job));
    }
    if jobs.is_empty() {
        writeln!(paper.out, "No such jobs.")?;
        hint(filter.kind.as_deref());
        return Ok(());
    }
    let now = Utc::now();
    let rows: Vec<Vec<String>> = jobs.iter().map(|job| row(job, now)).collect();
    table::write(paper.out, &COLUMNS, &rows)?;
    paper.out.flush()?;
    if let Some(last) = jobs.last().filter(|_| jobs.len() as i64 == wanted.limit) {
        tell(&format!("There may be more: add --before {}", last.id));
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

/// Its state, and whether it is about to be another.
pub(super) fn state(job: &JobView) -> &str {
    if job.cancel_requested && !job.has_ended() {
        "cancelling"
    } else {
        &job.state
    }
}

/// A kind that is not in the catalogue is a slip, or of another version.
pub(super) fn hint(kind: Option<&str>) {
    let known = JOBS.kind_names();
    if let Some(kind) = kind.filter(|kind| !known.contains(kind)) {
        let known = known.join(", ");
        tell(&format!("This version knows no kind {kind}, only: {known}"));
    }
}
