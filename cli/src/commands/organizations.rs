//! `symancy organizations find`, `show`, `suspend` and `restore`.

use std::io::Write;

use ::operators::accounts::{self, Whose};
use ::operators::model::reason;
use ::operators::search::{self, Organization};
use ::people::users;
use chrono::Utc;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Output;
use super::operators::{by, moment, refused};
use crate::desk_args::Organizations;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::operators_args::ahead;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 6] = [
    ("ID", Side::Left),
    ("NAME", Side::Left),
    ("MEMBERS", Side::Right),
    ("KEYS", Side::Right),
    ("MADE", Side::Left),
    ("SUSPENDED SINCE", Side::Left),
];

/// `symancy organizations`
pub(super) async fn organizations(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Organizations,
) -> Result<(), Failure> {
    let (conn, now) = (&mut operator.conn, Utc::now());
    match command {
        Organizations::Find {
            query,
            suspended,
            limit,
        } => {
            let which = (query.as_deref(), suspended.then_some(true));
            let found = search::organizations(conn, which, (None, limit), now).await?;
            list(&found, output)
        }
        Organizations::Show { id } => {
            let which = id.to_string();
            let which = (Some(which.as_str()), None);
            let found = search::organizations(conn, which, (None, 1), now).await?;
            if found.is_empty() {
                let why = "There is no such organization.".to_owned();
                return Err(Failure::Refused(why));
            }
            list(&found, output)
        }
        Organizations::Suspend { id, reason, r#for } => {
            suspend(conn, id, (reason, true), ahead(r#for)).await?;
            users::news::announce_now(&operator.publisher, id, None).await;
            done(output, id, "suspended")
        }
        Organizations::Restore { id, reason } => {
            suspend(conn, id, (reason, false), None).await?;
            users::news::announce_now(&operator.publisher, id, None).await;
            done(output, id, "restored")
        }
    }
}

/// Suspends an organization, or takes its suspension back.
async fn suspend(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    (why, is_suspended): (String, bool),
    until: Option<chrono::DateTime<Utc>>,
) -> Result<(), Failure> {
    let (by, now, whose) = (by(), Utc::now(), Whose::Organization(id));
    let why = reason(&why).map_err(refused)?;
    let done = conn.transaction(async |conn| match is_suspended {
        true => accounts::suspend(conn, whose, (why, until), &by, now)
            .await
            .map(drop),
        false => accounts::restore(conn, whose, &why, &by, now).await,
    });
    done.await.map_err(refused)
}

fn done(output: &mut Output<'_, impl Write>, id: Uuid, done: &str) -> Result<(), Failure> {
    let object = json!({ "organization_id": id, "done": done });
    output.line(&format!("{id}  {done}"), &object)
}

fn list(found: &[Organization], output: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    if output.json {
        return found.iter().try_for_each(|one| output.object(&object(one)));
    }
    if found.is_empty() {
        writeln!(output.writer, "No such organizations.")?;
        return Ok(());
    }
    let row = |one: &Organization| {
        vec![
            one.id.to_string(),
            one.name.clone(),
            one.members.to_string(),
            one.keys.to_string(),
            moment(one.created_at),
            one.suspended_since.map(moment).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn object(one: &Organization) -> Value {
    json!({
        "id": one.id, "name": one.name, "members": one.members, "keys": one.keys, "created_at": one.created_at,
        "suspended_since": one.suspended_since, "suspended_until": one.suspended_until,
    })
}
