//! `symancy payments inbox` and `replay`: calls of vendors' webhooks.

use std::io::Write;

use chrono::Utc;
use diesel_async::AsyncConnection;
use jobs::words;
use money::payments::inbox::{self, Again, Shown};
use serde_json::json;
use uuid::Uuid;

use super::Output;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

/// At most so many are listed.
const LISTED: i64 = 1_000;

const COLUMNS: [(&str, Side); 7] = [
    ("ID", Side::Left),
    ("PROVIDER", Side::Left),
    ("KIND", Side::Left),
    ("STATE", Side::Left),
    ("TRIES", Side::Right),
    ("CAME", Side::Left),
    ("WHY", Side::Left),
];

/// `symancy payments inbox`
pub(super) async fn list(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let all = inbox::not_done(&mut operator.conn, LISTED).await?;
    if output.json {
        return all.iter().try_for_each(|one| output.object(one));
    }
    if all.is_empty() {
        writeln!(output.writer, "All calls are done.")?;
        return Ok(());
    }
    let now = Utc::now();
    let row = |one: &Shown| {
        let at = [one.provider.as_str(), &one.endpoint];
        let at: Vec<&str> = at.into_iter().filter(|part| !part.is_empty()).collect();
        vec![
            one.id.to_string(),
            at.join("/"),
            one.kind.clone(),
            one.state.clone(),
            one.attempts.to_string(),
            words::from_now(one.received_at, now),
            one.error.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

/// `symancy payments replay`
pub(super) async fn replay(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    id: Option<Uuid>,
) -> Result<(), Failure> {
    let again = id.map_or(Again::Failed, Again::One);
    let conn = &mut operator.conn;
    let tickets = conn
        .transaction(async |conn| inbox::replay(conn, again).await)
        .await?;
    if tickets.is_empty() && id.is_some() {
        let why = "There is no call with this id, or its body is deleted.";
        return Err(Failure::Refused(why.to_owned()));
    }
    let about = json!({ "id": id, "calls": tickets.len() });
    operator.note("webhooks_replayed", None, about).await?;
    operator.pusher.wake(&tickets).await;
    let calls = tickets.len();
    if output.json {
        return output.object(&json!({ "calls": calls }));
    }
    writeln!(
        output.writer,
        "{calls} to be worked: `symancy payments inbox` shows those that are not done."
    )?;
    Ok(())
}
