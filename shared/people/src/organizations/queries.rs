//! SQL over organizations (rows of `accounts`) and `members`.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::Feature;
use uuid::Uuid;

use super::model::{Member, Organization};
use super::roles::Role;
use schema::{accounts, members, users};

/// Locks an organization until the transaction ends; its name. `None`: there is none of this id.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<String>> {
    let found: Option<Option<String>> = accounts::table
        .filter(accounts::id.eq(id))
        // A personal account has none.
        .filter(accounts::name.is_not_null())
        .select(accounts::name)
        // References to it are not waited for, nor do they wait.
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

/// The role of a person in an organization; `None`: they are no member.
///
/// # Errors
/// Those of the database.
pub async fn role_of(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    user: Uuid,
) -> QueryResult<Option<Role>> {
    members::table
        .find((account, user))
        .select(members::role)
        .first(conn)
        .await
        .optional()
}

/// The role of a person in an organization, and whether it asks for a second factor; `None`: they are no member.
///
/// # Errors
/// Those of the database.
pub async fn membership(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    user: Uuid,
) -> QueryResult<Option<(Role, bool)>> {
    members::table
        .find((account, user))
        .inner_join(accounts::table)
        .select((members::role, accounts::require_second_factor))
        .first(conn)
        .await
        .optional()
}

/// The organizations of a person, the oldest membership first.
///
/// # Errors
/// Those of the database.
pub async fn of_person(conn: &mut AsyncPgConnection, user: Uuid) -> QueryResult<Vec<Organization>> {
    diesel::sql_query(
        "SELECT accounts.id, name, require_second_factor, accounts.created_at, role,
             (SELECT count(*) FROM members AS every WHERE every.account_id = accounts.id) AS members
         FROM members JOIN accounts ON accounts.id = account_id
         WHERE members.user_id = $1 ORDER BY members.created_at, accounts.id",
    )
    .bind::<SqlUuid, _>(user)
    .load(conn)
    .await
}

/// How many organizations a person is in.
///
/// # Errors
/// Those of the database.
pub async fn count_of_person(conn: &mut AsyncPgConnection, user: Uuid) -> QueryResult<i64> {
    members::table
        .filter(members::user_id.eq(user))
        .select(count_star())
        .first(conn)
        .await
}

/// An organization, as this person sees it, or a key.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn by_id(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    user: Option<Uuid>,
) -> QueryResult<Organization> {
    diesel::sql_query(
        "SELECT id, name, require_second_factor, created_at,
             (SELECT role FROM members WHERE account_id = id AND members.user_id = $2) AS role,
             (SELECT count(*) FROM members WHERE account_id = id) AS members
         FROM accounts WHERE id = $1 AND name IS NOT NULL",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<SqlUuid>, _>(user)
    .get_result(conn)
    .await
}

/// Writes an organization with its first owner.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    name: &str,
    owner: Uuid,
) -> QueryResult<()> {
    diesel::sql_query("INSERT INTO accounts (id, kind, name) VALUES ($1, 'organization', $2)")
        .bind::<SqlUuid, _>(id)
        .bind::<diesel::sql_types::Text, _>(name)
        .execute(conn)
        .await?;
    add(conn, id, owner, Role::Owner).await
}

/// Changes the name.
///
/// # Errors
/// Those of the database.
pub async fn rename(conn: &mut AsyncPgConnection, id: Uuid, name: &str) -> QueryResult<()> {
    diesel::update(accounts::table.find(id))
        .set(accounts::name.eq(name))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Says whether members have to prove a second factor. Returns whether that is another rule than before.
///
/// # Errors
/// Those of the database.
pub async fn require_second_factor(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    required: bool,
) -> QueryResult<bool> {
    let other = accounts::table
        .find(id)
        .filter(accounts::require_second_factor.ne(required));
    let changed = diesel::update(other).set(accounts::require_second_factor.eq(required));
    Ok(changed.execute(conn).await? == 1)
}

/// What each feature does before an organization is deleted ([`jobs::personal::Erasure::of_organizations`]). It locks what is
/// locked before the organization's row: so it comes before that is locked.
///
/// # Errors
/// Those of the database.
pub async fn before_delete(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    id: Uuid,
) -> QueryResult<()> {
    let erasures = features.iter().map(|feature| feature.personal.erasure);
    for statement in erasures.flat_map(|one| one.of_organizations) {
        diesel::sql_query(*statement)
            .bind::<SqlUuid, _>(id)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Deletes an organization, with all that it owns; after [`before_delete`].
///
/// # Errors
/// Those of the database.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(accounts::table.find(id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The members, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn members(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<Vec<Member>> {
    members::table
        .inner_join(users::table)
        .filter(members::account_id.eq(account))
        .order((members::created_at, members::user_id))
        .select((
            members::user_id,
            users::first_name,
            users::last_name,
            users::username,
            members::role,
            members::created_at,
        ))
        .load(conn)
        .await
}

/// Makes a person a member.
///
/// # Errors
/// Those of the database.
pub async fn add(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    user: Uuid,
    role: Role,
) -> QueryResult<()> {
    diesel::insert_into(members::table)
        .values((
            members::account_id.eq(account),
            members::user_id.eq(user),
            members::role.eq(role),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Changes the role of a member.
///
/// # Errors
/// Those of the database.
pub async fn set_role(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    user: Uuid,
    role: Role,
) -> QueryResult<()> {
    diesel::update(members::table.find((account, user)))
        .set(members::role.eq(role))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Ends a membership.
///
/// # Errors
/// Those of the database.
pub async fn remove(conn: &mut AsyncPgConnection, account: Uuid, user: Uuid) -> QueryResult<()> {
    diesel::delete(members::table.find((account, user)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// How many owners there are besides this member.
///
/// # Errors
/// Those of the database.
pub async fn other_owners(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    user: Uuid,
) -> QueryResult<i64> {
    members::table
        .filter(members::account_id.eq(account))
        .filter(members::user_id.ne(user))
        .filter(members::role.eq(Role::Owner))
        .select(count_star())
        .first(conn)
        .await
}
