//! `symancy status`: what is wrong at this moment, worst first.

use std::io::Write;

use chrono::{DateTime, Utc};
use jobs::workers::Seen;
use kernel::clock::Clock;
use kernel::telemetry::chain;
use operators::status::queries::{Archive, Waiting};
use operators::status::{Backups, Facts, Finding, Level, Updates, findings};
use product::{Config, Core, status};
use serde::Serialize;

use super::Output;
use crate::failure::Failure;
use crate::operator::settings;

/// For programs.
#[derive(Serialize)]
struct Report<'a> {
    at: DateTime<Utc>,
    /// Whether there is neither an outage nor a fault.
    ok: bool,
    findings: &'a [Finding],
    /// Of this program.
    release: &'a str,
    /// `null` for what could not be asked.
    workers: Option<&'a [Seen]>,
    schema: Option<&'a str>,
    pending_migrations: Option<&'a [String]>,
    waiting: Option<&'a Waiting>,
    archive: Option<&'a Archive>,
    /// `null` too if nothing is backed up by us.
    backups: Option<&'a Backups>,
    updates: Option<&'a Updates>,
}

/// Prints what is wrong. Asks Postgres, Redis, the bucket and Telegram, and no process of ours.
///
/// # Errors
/// `Reported` if there is an outage or a fault; a setting that cannot be used.
pub(super) async fn status(output: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    let config = settings(Config::read)?;
    let core = Core::new(config, Clock::system());
    let core = core.map_err(|why| Failure::Refused(format!("{}.", chain(&why))))?;
    let facts = status::look(&core).await;
    let found = findings(&facts);
    let ok = found.iter().all(|one| one.level == Level::Notice);
    match output.json {
        true => output.object(&report(&facts, &found, ok))?,
        false => text(output.writer, &facts, &found, ok)?,
    }
    match ok {
        true => Ok(()),
        false => Err(Failure::Reported),
    }
}

fn report<'a>(facts: &'a Facts, findings: &'a [Finding], ok: bool) -> Report<'a> {
    let rows = facts.rows.as_ref().ok();
    Report {
        at: facts.at,
        ok,
        findings,
        release: &facts.release,
        workers: rows.map(|rows| rows.workers.as_slice()),
        schema: rows.map(|rows| rows.schema()),
        pending_migrations: rows.map(|rows| rows.migrations.pending.as_slice()),
        waiting: rows.map(|rows| &rows.waiting),
        archive: rows.map(|rows| &rows.archive),
        backups: facts
            .surroundings
            .backups
            .as_ref()
            .ok()
            .and_then(Option::as_ref),
        updates: facts.surroundings.updates.as_ref().ok(),
    }
}

fn text(out: &mut impl Write, facts: &Facts, found: &[Finding], ok: bool) -> Result<(), Failure> {
    for one in found {
        let Finding {
            level,
            about,
            text,
            runbook,
            jobs,
        } = one;
        let level = level.as_str().to_uppercase();
        writeln!(out, "{level:<6}  {about}: {text}")?;
        writeln!(out, "        docs/OPERATIONS.md#{runbook}")?;
        if let Some(jobs) = jobs {
            let (state, queue) = (jobs.state, &jobs.queue);
            writeln!(
                out,
                "        symancy jobs list --state {state} --queue {queue}"
            )?;
        }
    }
    if ok {
        writeln!(out, "OK      nothing is wrong")?;
    }
    if let Ok(rows) = &facts.rows {
        let run = rows.workers.iter().filter(|one| one.runs()).count();
        writeln!(
            out,
            "release {}, schema {}, {run} workers",
            facts.release,
            rows.schema()
        )?;
    }
    Ok(())
}
