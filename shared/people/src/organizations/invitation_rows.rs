//! SQL over `invitations`.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, now};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::Invitation;
use super::roles::Role;
use schema::{identities, invitations};

/// SQL: that an invitation has not ended otherwise than by its time.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_open() -> _ {
    invitations::accepted_at
        .is_null()
        .and(invitations::declined_at.is_null())
        .and(invitations::revoked_at.is_null())
}

/// The invitation of a secret.
///
/// # Errors
/// Those of the database.
pub async fn by_digest(
    conn: &mut AsyncPgConnection,
    digest: &[u8; 32],
) -> QueryResult<Option<Invitation>> {
    invitations::table
        .filter(invitations::digest.eq(digest.as_slice()))
        .select(Invitation::as_select())
        .first(conn)
        .await
        .optional()
}

/// An invitation of an organization.
///
/// # Errors
/// Those of the database.
pub async fn by_id(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    id: Uuid,
) -> QueryResult<Option<Invitation>> {
    invitations::table
        .find(id)
        .filter(invitations::account_id.eq(account))
        .select(Invitation::as_select())
        .first(conn)
        .await
        .optional()
}

/// The open invitations of an organization, those that have expired included; the newest first.
///
/// # Errors
/// Those of the database.
pub async fn open(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<Vec<Invitation>> {
    invitations::table
        .filter(invitations::account_id.eq(account))
        .filter(is_open())
        .order((invitations::created_at.desc(), invitations::id))
        .select(Invitation::as_select())
        .load(conn)
        .await
}

/// How many of them there are.
///
/// # Errors
/// Those of the database.
pub async fn count_open(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<i64> {
    invitations::table
        .filter(invitations::account_id.eq(account))
        .filter(is_open())
        .select(count_star())
        .first(conn)
        .await
}

/// Writes one. `false`: the address has an open one.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    invitation: &Invitation,
    digest: &[u8; 32],
) -> QueryResult<bool> {
    let made = diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(invitation.id),
            invitations::account_id.eq(invitation.account_id),
            invitations::digest.eq(digest.as_slice()),
            invitations::role.eq(invitation.role),
            invitations::address.eq(&invitation.address),
            invitations::spelling.eq(&invitation.spelling),
            invitations::invited_by.eq(invitation.invited_by),
            invitations::created_at.eq(invitation.created_at),
            invitations::expires_at.eq(invitation.expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(made == 1)
}

/// Gives one another secret and another end; the old secret leads nowhere.
///
/// # Errors
/// Those of the database.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    digest: &[u8; 32],
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(invitations::table.find(id))
        .set((
            invitations::digest.eq(digest.as_slice()),
            invitations::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// How an invitation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Accepted,
    Declined,
    Revoked,
}

/// Ends one.
///
/// # Errors
/// Those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    end: End,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let set = |one: End| (end == one).then_some(at);
    diesel::update(invitations::table.find(id).filter(is_open()))
        .set((
            invitations::accepted_at.eq(set(End::Accepted)),
            invitations::declined_at.eq(set(End::Declined)),
            invitations::revoked_at.eq(set(End::Revoked)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Revokes the open invitations that a member has made, unless they are for one of these roles.
///
/// # Errors
/// Those of the database.
pub async fn revoke_of(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    inviter: Uuid,
    kept: Vec<Role>,
) -> QueryResult<()> {
    let made = invitations::table
        .filter(invitations::account_id.eq(account))
        .filter(invitations::invited_by.eq(inviter))
        .filter(invitations::role.ne_all(kept))
        .filter(is_open());
    diesel::update(made)
        .set(invitations::revoked_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Whether a person has proved that an address is theirs.
///
/// # Errors
/// Those of the database.
pub async fn is_of(conn: &mut AsyncPgConnection, user: Uuid, address: &str) -> QueryResult<bool> {
    let proved = identities::table
        .filter(identities::user_id.eq(user))
        .filter(identities::provider.eq("email"))
        .filter(identities::subject.eq(address))
        .filter(identities::verified_at.is_not_null());
    diesel::select(diesel::dsl::exists(proved))
        .get_result(conn)
        .await
}

/// The statements that delete those that are over for a month (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &["DELETE FROM invitations WHERE id IN (
         SELECT id FROM invitations
         WHERE LEAST(expires_at, accepted_at, declined_at, revoked_at) < now() - interval '30 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
