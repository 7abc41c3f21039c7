//! `symancy backup list` and `verify`

use std::io::Write;
use std::time::Instant;

use backups::manifest::Manifest;
use backups::rules;
use serde_json::json;

use super::super::Output;
use super::{Place, Unpacked, unpack};
use crate::failure::Failure;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 5] = [
    ("BACKUP", Side::Left),
    ("FINISHED", Side::Left),
    ("BYTES", Side::Right),
    ("POSTGRES", Side::Right),
    ("LOG", Side::Left),
];

pub(super) async fn list(
    output: &mut Output<'_, impl Write>,
    place: &Place,
) -> Result<(), Failure> {
    let (all, log) = (place.backups().await?, place.log().await?);
    if output.json {
        return all
            .iter()
            .try_for_each(|one| output.object(&about(one, &log)));
    }
    let row = |one: &Manifest| {
        let missing = gaps(one, &log).len();
        vec![
            one.id.clone(),
            one.finished_at.format("%F %T").to_string(),
            one.bytes().to_string(),
            one.postgres.to_string(),
            match missing {
                0 if one.has_own_log => "this moment only".to_owned(),
                0 => "whole".to_owned(),
                count => format!("{count} gaps"),
            },
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn gaps(one: &Manifest, log: &[String]) -> Vec<String> {
    rules::gaps(one, log.iter().map(String::as_str))
}

fn about(one: &Manifest, log: &[String]) -> serde_json::Value {
    json!({
        "backup": one.id, "started_at": one.started_at, "finished_at": one.finished_at,
        "bytes": one.bytes(), "postgres": one.postgres, "database": one.database,
        "archives_log": !one.has_own_log, "gaps": gaps(one, log),
    })
}

pub(super) async fn verify(
    output: &mut Output<'_, impl Write>,
    place: &Place,
    id: Option<String>,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let all = place.backups().await?;
    let chosen = match &id {
        Some(id) => all.iter().find(|one| one.id == *id),
        None => all.last(),
    };
    let Some(one) = chosen else {
        return Err(Failure::Refused("There is no such backup.".to_owned()));
    };
    unpack(place, one, Unpacked::Nothing).await?;
    let missing = gaps(one, &place.log().await?);
    if !missing.is_empty() {
        return Err(Failure::Refused(format!(
            "The log behind {} has gaps: {} is missing. Moments after it cannot be restored by this backup.",
            one.id,
            missing.join(", ")
        )));
    }
    let (id, seconds) = (&one.id, begun.elapsed().as_secs_f64());
    output.line(
        &format!("{id} is whole, and so is the log behind it ({seconds:.1} s)."),
        &json!({ "backup": id, "seconds": seconds, "bytes": one.bytes(), "gaps": [] }),
    )
}
