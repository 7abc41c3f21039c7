//! `symancy secrets list` and `reseal`.

use std::io::Write;

use ::audit::secrets::{self, Seen};
use ::money::renewals::sealed;
use chrono::{DateTime, Utc};
use kernel::Error;
use kernel::telemetry::chain;
use people::factors::reseal::{self, Resealed, SealedTable};
use people::factors::vault::Vault;
use serde_json::json;

use super::Output;
use crate::failure::Failure;
use crate::operator::{Operator, settings};
use crate::secrets_args::Secrets;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 3] = [
    ("SECRET", Side::Left),
    ("SINCE", Side::Left),
    ("DAYS", Side::Right),
];

/// `symancy secrets`
pub(super) async fn secrets(
    output: &mut Output<'_, impl Write>,
    command: Secrets,
) -> Result<(), Failure> {
    match command {
        Secrets::List => {
            let operator = &mut Operator::connect().await?;
            list(
                &secrets::newest(&mut operator.conn).await?,
                Utc::now(),
                output,
            )
        }
        Secrets::Reseal => {
            let vault = settings(Vault::read)?;
            let operator = &mut Operator::connect().await?;
            reseal_all(operator, output, &vault).await
        }
    }
}

fn list(
    seen: &[Seen],
    now: DateTime<Utc>,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let days = |one: &Seen| (now - one.first_seen_at).num_days();
    if output.json {
        return seen.iter().try_for_each(|one| {
            let (name, since) = (&one.name, one.first_seen_at);
            output.object(&json!({ "name": name, "first_seen_at": since, "days": days(one) }))
        });
    }
    let row = |one: &Seen| {
        let since = one.first_seen_at.format("%Y-%m-%d").to_string();
        vec![one.name.clone(), since, days(one).to_string()]
    };
    let rows: Vec<Vec<String>> = seen.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

/// Of all features.
fn sealed_tables() -> impl Iterator<Item = &'static SealedTable> {
    let all = [reseal::TABLES, sealed::TABLES, webhooks::sealed::TABLES];
    all.into_iter().flatten()
}

async fn reseal_all(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    vault: &Vault,
) -> Result<(), Failure> {
    if !vault.can_seal() {
        return Err(Failure::Refused(
            "ENCRYPTION_KEY is not set: there is nothing to seal with.".to_owned(),
        ));
    }
    let mut unreadable = 0;
    for table in sealed_tables() {
        let counts = reseal::run(&mut operator.conn, vault, table).await;
        let counts = counts.map_err(refused)?;
        unreadable += counts.unreadable;
        tell(output, table, counts)?;
        let about = json!({ "table": table.name, "rows": counts.done });
        operator.note("secrets_resealed", None, about).await?;
    }
    match unreadable {
        0 => Ok(()),
        _ => Err(Failure::Refused(format!(
            "{unreadable} are sealed with a key that is neither ENCRYPTION_KEY nor among \
             ENCRYPTION_KEYS_BEFORE, or damaged. They were left as they are."
        ))),
    }
}

fn tell(
    output: &mut Output<'_, impl Write>,
    table: &SealedTable,
    counts: Resealed,
) -> Result<(), Failure> {
    let (name, Resealed { done, unreadable }) = (table.name, counts);
    output.line(
        &format!("{name}: {done} sealed anew, {unreadable} that cannot be opened"),
        &json!({ "table": name, "resealed": done, "unreadable": unreadable }),
    )
}

fn refused(why: Error) -> Failure {
    Failure::Refused(format!("{}.", chain(&why)))
}
