//! `symancy mail list` and `lift`.

use std::io::Write;

use ::mail::address::Address;
use ::operators::letters::{self, Letter, Wanted};
use ::operators::model::reason;
use chrono::Utc;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use people::abuse_memory::MemorySecret;
use serde_json::json;

use super::Output;
use super::operators::{by, moment, refused};
use crate::desk_args::Mail;
use crate::failure::Failure;
use crate::operator::{Operator, settings};
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 6] = [
    ("ID", Side::Left),
    ("TO", Side::Left),
    ("TEMPLATE", Side::Left),
    ("STATUS", Side::Left),
    ("MADE", Side::Left),
    ("SAID", Side::Left),
];

/// `symancy mail`
pub(super) async fn mail(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Mail,
) -> Result<(), Failure> {
    let conn = &mut operator.conn;
    match command {
        Mail::List { status, to, limit } => {
            let wanted = Wanted {
                status,
                to,
                limit,
                ..Wanted::default()
            };
            list(conn, output, &wanted).await
        }
        Mail::Lift {
            address,
            reason: why,
        } => lift(conn, output, &address, &why).await,
    }
}

async fn list(
    conn: &mut AsyncPgConnection,
    output: &mut Output<'_, impl Write>,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let found = letters::list(conn, wanted, &by()).await.map_err(refused)?;
    if output.json {
        return found.iter().try_for_each(|one| output.object(one));
    }
    if found.is_empty() {
        writeln!(output.writer, "No such letters.")?;
        return Ok(());
    }
    let row = |one: &Letter| {
        vec![
            one.id.to_string(),
            one.to.clone(),
            one.template.clone(),
            one.status.as_str().to_owned(),
            moment(one.created_at),
            one.detail.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

async fn lift(
    conn: &mut AsyncPgConnection,
    output: &mut Output<'_, impl Write>,
    address: &Address,
    why: &str,
) -> Result<(), Failure> {
    let key = settings(MemorySecret::read)?.key("email", &address.key);
    let (why, by, now) = (reason(why).map_err(refused)?, by(), Utc::now());
    conn.transaction(async |conn| letters::lift(conn, &key, &why, &by, now).await)
        .await
        .map_err(refused)?;
    let object = json!({ "email": address.key, "done": "lifted" });
    output.line(&format!("{}  lifted", address.key), &object)
}
