//! An organization from its beginning to its end. Each function in the caller's transaction.

use audit::model::{Change, Origin};
use diesel_async::AsyncPgConnection;
use jobs::Feature;
use kernel::Error;
use serde_json::{Value, json};
use uuid::Uuid;

use super::guard::enter;
use super::model::Actor;
use super::roles::Permission;
use super::{queries, rules};
use crate::factors;

/// Makes an organization; the person is its owner.
///
/// # Errors
/// `Conflict` if they are in too many; those of the database.
pub async fn create(
    conn: &mut AsyncPgConnection,
    name: &str,
    owner: Uuid,
    origin: &Origin,
) -> Result<Uuid, Error> {
    may_join(conn, owner).await?;
    let id = Uuid::now_v7();
    queries::insert(conn, id, name, owner).await?;
    let change = Change {
        user_id: Some(owner),
        action: "organization_created",
        entity_type: "organization",
        entity_id: Some(id),
        old_value: None,
        new_value: Some(json!({ "name": name })),
    };
    audit::queries::record(conn, origin, change).await?;
    Ok(id)
}

/// Whether a person may be in one more.
///
/// # Errors
/// `Conflict` if not; those of the database.
pub(super) async fn may_join(conn: &mut AsyncPgConnection, user: Uuid) -> Result<(), Error> {
    let max = rules::ORGANIZATIONS_MAX;
    if queries::count_of_person(conn, user).await? >= max {
        return Err(Error::Conflict(format!(
            "a person can be in {max} organizations: leave one first"
        )));
    }
    Ok(())
}

/// Gives it another name.
///
/// # Errors
/// As [`enter`].
pub async fn rename(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    name: &str,
    origin: &Origin,
) -> Result<(), Error> {
    let entered = enter(conn, account, actor, Permission::OrgWrite).await?;
    queries::rename(conn, account, name).await?;
    let values = (json!({ "name": entered.name }), json!({ "name": name }));
    Ok(entered
        .note(conn, origin, "organization_renamed", None, values)
        .await?)
}

/// Says whether members can act in it only in sessions that have proved a second factor.
///
/// # Errors
/// As [`enter`]; E204 for a key; E222 for a member who has no second factor.
pub async fn require_second_factor(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    required: bool,
    origin: &Origin,
) -> Result<(), Error> {
    let entered = enter(conn, account, actor, Permission::OrgWrite).await?;
    let Actor::Person(member) = actor else {
        return Err(Error::Forbidden("members decide this, not keys"));
    };
    if required && !factors::queries::has_any(conn, member).await? {
        return Err(rules::needs_second_factor());
    }
    if !queries::require_second_factor(conn, account, required).await? {
        return Ok(());
    }
    let values = |required: bool| json!({ "require_second_factor": required });
    let values = (values(!required), values(required));
    Ok(entered
        .note(conn, origin, "second_factor_rule_changed", None, values)
        .await?)
}

/// Deletes it, with all that it owns, after what each feature does before that.
///
/// # Errors
/// As [`enter`].
pub async fn delete(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    (account, actor): (Uuid, Actor),
    origin: &Origin,
) -> Result<(), Error> {
    queries::before_delete(conn, features, account).await?;
    let entered = enter(conn, account, actor, Permission::OrgDelete).await?;
    queries::delete(conn, account).await?;
    let values = (json!({ "name": entered.name }), Value::Null);
    Ok(entered
        .note(conn, origin, "organization_deleted", None, values)
        .await?)
}
