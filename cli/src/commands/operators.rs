//! `symancy operators list`, `add` and `end`, and `symancy people`.

use std::io::Write;

use ::operators::accounts::{self, Whose};
use ::operators::model::{By, reason};
use ::operators::staff::{self, Operator as Row};
use ::people::{sessions, users};
use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use serde_json::json;
use uuid::Uuid;

use super::Output;
use crate::failure::Failure;
use crate::operator::{Operator, current_operator_name};
use crate::operators_args::{Act, Operators, People, Whom, ahead};
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 4] = [
    ("PERSON", Side::Left),
    ("ROLE", Side::Left),
    ("SINCE", Side::Left),
    ("UNTIL", Side::Left),
];

/// `symancy operators`
pub(super) async fn operators(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Operators,
) -> Result<(), Failure> {
    let (by, now) = (by(), Utc::now());
    let conn = &mut operator.conn;
    match command {
        Operators::List => list(conn, output).await,
        Operators::Add { person, role } => {
            let person = found(conn, &person).await?;
            let made = conn
                .transaction(async |conn| staff::put(conn, (person, role), &by, now).await)
                .await;
            let made = made.map_err(refused)?;
            output.line(&format!("{person}  {}", role.as_str()), &made)
        }
        Operators::End { person } => {
            let person = found(conn, &person).await?;
            conn.transaction(async |conn| staff::end(conn, person, &by, now).await)
                .await
                .map_err(refused)?;
            output.line(
                &format!("{person}  ended"),
                &json!({ "user_id": person, "ended_at": now }),
            )
        }
    }
}

async fn list(
    conn: &mut AsyncPgConnection,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let all = staff::list(conn).await?;
    if output.json {
        return all.iter().try_for_each(|one| output.object(one));
    }
    if all.is_empty() {
        writeln!(output.writer, "No operators.")?;
        return Ok(());
    }
    let row = |one: &Row| {
        let until = one.ended_at.map(moment);
        vec![
            one.user_id.to_string(),
            one.role.as_str().to_owned(),
            moment(one.made_at),
            until.unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

/// `symancy people`
pub(super) async fn people(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: People,
) -> Result<(), Failure> {
    let (by, now) = (by(), Utc::now());
    let (whom, why, until) = match &command {
        People::Suspend {
            person,
            reason,
            r#for,
        } => (person, reason, ahead(*r#for)),
        People::Restore(Act { person, reason })
        | People::Verify(Act { person, reason })
        | People::SignOut(Act { person, reason }) => (person, reason, None),
    };
    let why = reason(why).map_err(refused)?;
    let conn = &mut operator.conn;
    let id = found(conn, whom).await?;
    let done = conn.transaction(async |conn| {
        Ok::<_, Error>(match command {
            People::Suspend { .. } => {
                let whose = Whose::Person(id);
                let ended = accounts::suspend(conn, whose, (why, until), &by, now).await?;
                ("suspended", ended)
            }
            People::Restore(_) => {
                accounts::restore(conn, Whose::Person(id), &why, &by, now).await?;
                ("restored", Vec::new())
            }
            People::Verify(_) => {
                accounts::verify(conn, id, &why, &by, now).await?;
                ("verified", Vec::new())
            }
            People::SignOut(_) => {
                let ended = accounts::sign_out(conn, id, &why, &by, now).await?;
                ("signed out", ended)
            }
        })
    });
    let (done, ended) = done.await.map_err(refused)?;
    tell(operator, id, &ended).await?;
    output.line(
        &format!("{id}  {done}"),
        &json!({ "user_id": id, "done": done }),
    )
}

/// Tells all processes to forget what they remember of a person, and sessions of theirs that have ended.
async fn tell(operator: &mut Operator, id: Uuid, ended: &[Uuid]) -> Result<(), Failure> {
    let person = users::queries::by_id(&mut operator.conn, id).await?;
    sessions::news::announce_now(&operator.publisher, ended).await;
    users::news::announce_now(&operator.publisher, id, person.telegram_id).await;
    Ok(())
}

/// A moment, as tables show it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%F %T UTC").to_string()
}

/// The person at this command line.
pub(super) fn by() -> By {
    By {
        operator: None,
        needed: None,
        at: Utc::now(),
        origin: Origin::own("operator"),
        name: current_operator_name(),
    }
}

async fn found(conn: &mut AsyncPgConnection, whom: &Whom) -> Result<Uuid, Failure> {
    let found = match whom {
        Whom::Id(id) => users::queries::of_row(conn, *id, None)
            .await?
            .map(|one| one.id),
        Whom::Telegram(id) => users::queries::id_of_telegram(conn, *id).await?,
        Whom::Email(key) => {
            let owner = ::people::accounts::queries::owner(conn, key).await?;
            owner.map(|owner| owner.user_id)
        }
    };
    found.ok_or_else(|| Failure::Refused("There is no such person.".to_owned()))
}

/// Why it was not done.
pub(super) fn refused(why: Error) -> Failure {
    match why {
        Error::Invalid { why, .. } | Error::Conflict(why) => {
            Failure::Refused(format!("Not done: {why}."))
        }
        why => Failure::Refused(format!("Not done: {why}.")),
    }
}
