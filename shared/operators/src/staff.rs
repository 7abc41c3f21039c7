//! Rows of `operators`: who is one, and how they become one and end it. Each change in the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::codes::LAST_ADMIN;
use crate::model::{Act, By};
use crate::roles::Role;
use people::suspensions;
use people::users::model::PersonKey;
use schema::operators;

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = operators, check_for_backend(diesel::pg::Pg))]
pub struct Operator {
    pub user_id: Uuid,
    pub role: Role,
    /// The operator who made them one; `None`: the command.
    pub made_by: Option<Uuid>,
    pub made_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// All operators, also those who are none any more.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Operator>> {
    operators::table
        .order((operators::made_at, operators::user_id))
        .select(Operator::as_select())
        .load(conn)
        .await
}

/// Makes a person an operator, or gives an operator another role.
///
/// # Errors
/// `NotFound` for an unknown person; E204 for a role above their own; E612 for the last admin.
pub async fn put(
    conn: &mut AsyncPgConnection,
    (person, role): (Uuid, Role),
    by: &By,
    now: DateTime<Utc>,
) -> Result<Operator, Error> {
    if !people::users::queries::lock(conn, person).await? {
        return Err(Error::NotFound("user"));
    }
    let admins = admins(conn, now).await?;
    let own = by.role(conn, now).await?;
    let was = locked(conn, person).await?;
    let was = was.filter(|was| was.ended_at.is_none());
    judge(own, role)?;
    if let Some(was) = &was {
        judge(own, was.role)?;
        if role != Role::Admin {
            keeps_admin(&admins, person)?;
        }
    }
    let old = was.map(|was| json!({ "role": was.role }));
    // Before their own role may go.
    let act = act("operator_made", person, old, json!({ "role": role }));
    by.note(conn, act).await?;
    let row = (
        operators::role.eq(role),
        operators::made_by.eq(by.operator),
        operators::made_at.eq(now),
        operators::ended_at.eq(None::<DateTime<Utc>>),
    );
    Ok(diesel::insert_into(operators::table)
        .values((operators::user_id.eq(person), row))
        .on_conflict(operators::user_id)
        .do_update()
        .set(row)
        .returning(Operator::as_returning())
        .get_result(conn)
        .await?)
}

/// Ends it.
///
/// # Errors
/// `NotFound` for who is none; E204 for a role above that of who does it; E612 for the last admin.
pub async fn end(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let admins = admins(conn, now).await?;
    let own = by.role(conn, now).await?;
    let was = locked(conn, person).await?;
    let was = was.filter(|was| was.ended_at.is_none());
    let was = was.ok_or(Error::NotFound("operator"))?;
    judge(own, was.role)?;
    keeps_admin(&admins, person)?;
    let was = Some(json!({ "role": was.role }));
    let act = act("operator_ended", person, was, json!({}));
    by.note(conn, act).await?;
    diesel::update(operators::table.find(person))
        .set(operators::ended_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

fn act(action: &'static str, person: Uuid, was: Option<Value>, is: Value) -> Act {
    Act {
        action,
        entity: ("operator", Some(person)),
        person: Some(person),
        was,
        is,
    }
}

fn judge(own: Option<Role>, role: Role) -> Result<(), Error> {
    match own {
        Some(own) if !own.covers(role) => Err(Error::Forbidden(
            "the role is above that of the operator who gives or takes it",
        )),
        _ => Ok(()),
    }
}

async fn locked(conn: &mut AsyncPgConnection, person: Uuid) -> QueryResult<Option<Operator>> {
    let row = operators::table.find(person).select(Operator::as_select());
    row.for_update().first(conn).await.optional()
}

/// The admins who can act, locked before any other operator: of two who end each other the second waits, and is none any
/// more.
async fn admins(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    let all: Vec<Uuid> = operators::table
        .filter(operators::role.eq(Role::Admin))
        .filter(operators::ended_at.is_null())
        .order(operators::user_id)
        .select(operators::user_id)
        .for_update()
        .load(conn)
        .await?;
    let mut able = Vec::new();
    for admin in all {
        if suspensions::of(conn, PersonKey::Row(admin), now)
            .await?
            .is_none()
        {
            able.push(admin);
        }
    }
    Ok(able)
}

/// Refuses to suspend the last admin who can act, and who is refused meanwhile.
pub(crate) async fn may_go(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let admins = admins(conn, now).await?;
    by.role(conn, now).await?;
    keeps_admin(&admins, person)
}

/// Refuses what would leave no admin.
fn keeps_admin(admins: &[Uuid], without: Uuid) -> Result<(), Error> {
    match admins {
        [only] if *only == without => Err(Error::Invalid {
            code: LAST_ADMIN,
            field: "role",
            why: "there is no other admin: make one first".to_owned(),
        }),
        _ => Ok(()),
    }
}
