//! SQL over `passkeys`.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::ceremony::{Known, New, Signed};
use schema::passkeys;

/// A passkey as its person sees it, and what it is checked by.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = passkeys, check_for_backend(diesel::pg::Pg))]
pub struct Row {
    pub id: Uuid,
    pub user_id: Uuid,
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub sign_count: i64,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub transports: Vec<String>,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Row {
    /// What a signature is checked by.
    pub fn known(&self) -> Known<'_> {
        Known {
            user_id: self.user_id,
            public_key: &self.public_key,
            sign_count: self.sign_count,
            backup_eligible: self.backup_eligible,
        }
    }
}

/// The passkeys of a person, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Row>> {
    passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .order((passkeys::created_at, passkeys::id))
        .select(Row::as_select())
        .load(conn)
        .await
}

/// How many a person has.
///
/// # Errors
/// Those of the database.
pub async fn count(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<i64> {
    passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .select(count_star())
        .first(conn)
        .await
}

/// Whether a person has one.
///
/// # Errors
/// Those of the database.
pub async fn has_any(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let own = passkeys::table.filter(passkeys::user_id.eq(user_id));
    diesel::select(exists(own)).get_result(conn).await
}

/// The passkey of a credential.
///
/// # Errors
/// Those of the database.
pub async fn of_credential(
    conn: &mut AsyncPgConnection,
    credential_id: &[u8],
) -> QueryResult<Option<Row>> {
    let row = passkeys::table.filter(passkeys::credential_id.eq(credential_id));
    let row = row.select(Row::as_select());
    row.first(conn).await.optional()
}

/// Keeps a new one, unless its credential is known. Returns its row.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    (user_id, name): (Uuid, &str),
    new: &New,
    now: DateTime<Utc>,
) -> QueryResult<Option<Row>> {
    diesel::insert_into(passkeys::table)
        .values((
            passkeys::id.eq(Uuid::now_v7()),
            passkeys::user_id.eq(user_id),
            passkeys::credential_id.eq(&new.credential_id),
            passkeys::public_key.eq(&new.public_key),
            passkeys::sign_count.eq(i64::from(new.sign_count)),
            passkeys::backup_eligible.eq(new.backup_eligible),
            passkeys::backed_up.eq(new.backed_up),
            passkeys::transports.eq(&new.transports),
            passkeys::name.eq(name),
            passkeys::aaguid.eq(new.aaguid),
            passkeys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(Row::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Notes what a signature has shown.
///
/// # Errors
/// Those of the database.
pub async fn used(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    signed: &Signed,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(passkeys::table.find(id))
        .set((
            passkeys::sign_count.eq(i64::from(signed.sign_count)),
            passkeys::backed_up.eq(signed.backed_up),
            passkeys::last_used_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Gives a passkey of a person another name. Returns it; `None`: they have no such one.
///
/// # Errors
/// Those of the database.
pub async fn rename(
    conn: &mut AsyncPgConnection,
    (user_id, id): (Uuid, Uuid),
    name: &str,
) -> QueryResult<Option<Row>> {
    let own = passkeys::table.find(id);
    diesel::update(own.filter(passkeys::user_id.eq(user_id)))
        .set(passkeys::name.eq(name))
        .returning(Row::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Deletes a passkey of a person. Returns its name; `None`: they have no such one.
///
/// # Errors
/// Those of the database.
pub async fn remove(
    conn: &mut AsyncPgConnection,
    (user_id, id): (Uuid, Uuid),
) -> QueryResult<Option<String>> {
    let own = passkeys::table.find(id);
    diesel::delete(own.filter(passkeys::user_id.eq(user_id)))
        .returning(passkeys::name)
        .get_result(conn)
        .await
        .optional()
}

/// Deletes those of a person that were made after this moment.
///
/// # Errors
/// Those of the database.
pub async fn remove_since(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<()> {
    let newer = passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .filter(passkeys::created_at.gt(since));
    diesel::delete(newer).execute(conn).await.map(|_| ())
}
