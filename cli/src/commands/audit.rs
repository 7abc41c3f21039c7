//! `symancy audit list` and `verify`.

use std::io::Write;

use ::audit::chain::queries::{Report, verify as look};
use ::audit::chain::rules::{Fault, Hash};
use ::audit::queries::{self, Entry, Wanted};
use chrono::Utc;
use serde_json::json;

use super::Output;
use crate::audit_args::Filter;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 5] = [
    ("TIME", Side::Left),
    ("ACTION", Side::Left),
    ("ACTOR", Side::Left),
    ("PERSON", Side::Left),
    ("ABOUT", Side::Left),
];

/// `symancy audit list`
pub(super) async fn list(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    filter: Filter,
) -> Result<(), Failure> {
    let about = json!({ "action": filter.action, "actor": filter.actor, "person": filter.person });
    let wanted = Wanted {
        action: filter.action,
        actor: filter.actor,
        person: filter.person,
        since: filter.since.map(|age| Utc::now() - age),
        limit: filter.limit,
        ..Wanted::default()
    };
    let entries = queries::list(&mut operator.conn, &wanted).await?;
    // What persons have done was read.
    operator.note("audit_log_read", None, about).await?;
    if output.json {
        return entries.iter().try_for_each(|one| output.object(one));
    }
    if entries.is_empty() {
        writeln!(output.writer, "No such lines.")?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn row(entry: &Entry) -> Vec<String> {
    let id = |id: Option<uuid::Uuid>| id.map_or_else(String::new, |id| id.to_string());
    let about = entry.entity_type.as_deref().unwrap_or_default();
    vec![
        entry.created_at.format("%F %T UTC").to_string(),
        entry.action.clone(),
        entry.actor.clone(),
        id(entry.user_id),
        format!("{about} {}", id(entry.entity_id))
            .trim_end()
            .to_owned(),
    ]
}

/// `symancy audit verify`
pub(super) async fn verify(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    noted: Option<Hash>,
) -> Result<(), Failure> {
    let report = look(&mut operator.conn, noted.as_ref(), Utc::now()).await?;
    let head = report.head.map(hex::encode);
    let faults: Vec<String> = report
        .faults
        .iter()
        .map(told)
        .chain(others(&report))
        .collect();
    let object = json!({ "whole": report.is_whole(), "intact": report.intact, "erased": report.erased,
        "pruned": report.pruned, "unsealed": report.unsealed, "head": head, "faults": faults });
    let sentence = format!(
        "{} lines are as they were sealed, {} without a person's values, {} deleted after 90 days; {} wait for \
         their seal.\nNewest link: {}",
        report.intact,
        report.erased,
        report.pruned,
        report.unsealed,
        head.as_deref().unwrap_or("none yet")
    );
    output.line(&sentence, &object)?;
    if report.is_whole() {
        return Ok(());
    }
    Err(Failure::Refused(faults.join("\n")))
}

fn told((seq, fault): &(i64, Fault)) -> String {
    let what = match fault {
        Fault::Broken => "does not follow from the seal before it",
        Fault::Changed => "has another line than the one that was sealed",
        Fault::Missing => "has no line any more, and that was less than 90 days old",
    };
    format!("Seal {seq} {what}.")
}

fn others(report: &Report) -> impl Iterator<Item = String> {
    let put_in = (report.put_in > 0).then(|| {
        format!(
            "{} lines were put in among lines that are sealed.",
            report.put_in
        )
    });
    let cut = (report.has_noted == Some(false)).then(|| {
        "The given link is not in the chain: its end was cut off, or it is another chain."
            .to_owned()
    });
    put_in.into_iter().chain(cut)
}
