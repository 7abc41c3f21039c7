//! `symancy migrate`.

use std::io::Write;

use kernel::Error;
use kernel::db::{self, Address, DbConfig, Found, Lost};
use kernel::telemetry::chain;
use product::MIGRATIONS;
use serde_json::json;

use super::Output;
use crate::failure::Failure;
use crate::migrate_args::Migrate;
use crate::operator::settings;

pub(super) async fn migrate(
    output: &mut Output<'_, impl Write>,
    command: Migrate,
) -> Result<(), Failure> {
    let address = settings(DbConfig::read)?.address;
    match command {
        Migrate::Plan => plan(output, &address).await,
        Migrate::Up => {
            let applied = product::migrate_up(&address).await.map_err(refused)?;
            each(output, "applied", &applied)?;
            output.line(
                "The database is that of this version.",
                &json!({ "up_to_date": true }),
            )
        }
        Migrate::Down { count, yes: false } => ask(output, &address, count.into()).await,
        Migrate::Down { count, yes: true } => {
            let reverted = db::down(&address, MIGRATIONS, count.into()).await;
            each(output, "taken back", &reverted.map_err(refused)?)
        }
    }
}

fn refused(why: Error) -> Failure {
    Failure::Refused(format!("{}.", chain(&why)))
}

fn each(output: &mut Output<'_, impl Write>, what: &str, names: &[String]) -> Result<(), Failure> {
    for name in names {
        output.line(
            &format!("{what}: {name}"),
            &json!({ "migration": name, "state": what }),
        )?;
    }
    Ok(())
}

async fn plan(output: &mut Output<'_, impl Write>, address: &Address) -> Result<(), Failure> {
    let planned = db::plan(address, MIGRATIONS, None).await;
    let (
        Found {
            pending,
            unknown,
            applied,
        },
        lost,
    ) = planned.map_err(refused)?;
    each(output, "pending", &pending)?;
    each(output, "of a newer release", &unknown)?;
    losses(output, &lost)?;
    let (applied, pending) = (applied.len(), pending.len());
    let sentence = format!("{applied} applied, {pending} pending.");
    output.line(
        &sentence,
        &json!({ "applied": applied, "pending": pending }),
    )
}

fn losses(output: &mut Output<'_, impl Write>, lost: &[Lost]) -> Result<(), Failure> {
    for Lost { name, rows } in lost {
        let sentence = format!("would be lost: {name} ({rows} rows)");
        output.line(&sentence, &json!({ "lost": name, "rows": rows }))?;
    }
    Ok(())
}

/// Changes nothing.
async fn ask(
    output: &mut Output<'_, impl Write>,
    address: &Address,
    count: usize,
) -> Result<(), Failure> {
    let planned = db::plan(address, MIGRATIONS, Some(count)).await;
    let (found, lost) = planned.map_err(refused)?;
    let newest: Vec<String> = found.applied.into_iter().rev().take(count).collect();
    each(output, "would be taken back", &newest)?;
    losses(output, &lost)?;
    Err(Failure::Refused(
        "Nothing was changed. Stop the programs, make a backup, and say --yes to lose what is named; a \
         program of this version that starts applies it again, empty."
            .to_owned(),
    ))
}
