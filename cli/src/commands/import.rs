//! `symancy import`.

use std::io::Write;

use ::operators::imports::model::Report;
use ::operators::imports::run::{self, How};
use ::operators::imports::source::Source;
use ::operators::imports::verify::{self, Verified};
use ::operators::imports::{export, quarantine};
use chrono::{DateTime, Utc};
use kernel::db::{Address, DbConfig};
use people::abuse_memory::MemorySecret;
use serde_json::json;
use uuid::Uuid;

use super::Output;
use super::operators::{by, refused};
use crate::failure::{Failure, to_stderr};
use crate::import_args::{From, Import};
use crate::operator::{Operator, settings};
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 2] = [("PRE-MVP ID", Side::Right), ("WHY", Side::Left)];

/// Persons that are exported with one query.
const PAGE: i64 = 500;

/// `symancy import`
pub(super) async fn import(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Import,
) -> Result<(), Failure> {
    match command {
        Import::PreMvp { from, dry_run } => pre_mvp(operator, output, &from, dry_run).await,
        Import::Verify { from } => {
            let mut source = source(&from).await?;
            let conn = &mut operator.conn;
            let verified = verify::verify(conn, &mut source, from.batch, Utc::now()).await;
            tell_verified(output, &verified.map_err(refused)?)
        }
        Import::Quarantine => list(operator, output).await,
        Import::Export { since } => export_since(operator, output, since).await,
    }
}

async fn source(from: &From) -> Result<Source, Failure> {
    let (address, schema) = match from.from.contains("://") {
        false => (settings(DbConfig::read)?.address, &from.from),
        true => {
            let address: Result<Address, String> = from.from.parse();
            let address = address.map_err(|why| Failure::Refused(format!("--from: {why}.")))?;
            (address, &from.schema)
        }
    };
    Source::open(&address, schema).await.map_err(refused)
}

async fn pre_mvp(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    from: &From,
    dry_run: bool,
) -> Result<(), Failure> {
    let secret = settings(MemorySecret::read)?;
    let mut source = source(from).await?;
    let how = How {
        secret,
        batch: from.batch,
        dry_run,
        by: by(),
    };
    let progress = |report: &Report| {
        let Report {
            seen, quarantined, ..
        } = report;
        to_stderr(&format!("{seen} seen, {quarantined} into the quarantine"));
    };
    let report = run::run(&mut operator.conn, &mut source, &how, progress).await;
    let report = report.map_err(refused)?;
    for (id, why) in &report.refusals {
        to_stderr(&format!("{id}: the database refused a row: {why}"));
    }
    tell(output, &report)
}

fn tell(output: &mut Output<'_, impl Write>, report: &Report) -> Result<(), Failure> {
    let Report {
        imported,
        readings,
        quarantined,
        ..
    } = report;
    let dry = match report.dry_run {
        true => " Nothing was written.",
        false => "",
    };
    let sentence = format!(
        "{imported} persons imported with {readings} readings, {quarantined} in the quarantine.{dry}"
    );
    output.line(&sentence, report)?;
    if !output.json {
        for (reason, count) in &report.reasons {
            writeln!(output.writer, "  {reason}  {count}")?;
        }
    }
    Ok(())
}

fn tell_verified(output: &mut Output<'_, impl Write>, verified: &Verified) -> Result<(), Failure> {
    let (people, compared) = (verified.people, verified.compared);
    let differences = verified.differences.len();
    let sentence = format!(
        "{people} persons: {compared} compared, {} in the quarantine, {} deleted here; differences: {differences}.",
        verified.quarantined, verified.deleted_here
    );
    output.line(&sentence, verified)?;
    if !output.json {
        for one in &verified.differences {
            writeln!(output.writer, "  {}  {:?}", one.source_id, one.what)?;
        }
    }
    match differences {
        0 => Ok(()),
        _ => Err(Failure::Refused(format!(
            "{differences} differences between the pre-MVP and here."
        ))),
    }
}

async fn list(operator: &mut Operator, output: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    let all = quarantine::list(&mut operator.conn).await?;
    if output.json {
        return all.iter().try_for_each(|one| output.object(one));
    }
    let row =
        |one: &quarantine::Quarantined| vec![one.source_id.to_string(), one.reasons.join(", ")];
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

async fn export_since(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    since: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut after = Uuid::nil();
    let mut count = 0;
    loop {
        let page = export::page(&mut operator.conn, since, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        count += page.len();
        for one in &page {
            output.object(&one.person)?;
        }
    }
    let about = json!({ "since": since, "people": count });
    operator.note("people_exported", None, about).await
}
