//! Changes of members. Each function in the caller's transaction.

use audit::model::Origin;
use diesel_async::AsyncPgConnection;
use kernel::Error;
use serde_json::{Value, json};
use uuid::Uuid;

use super::guard::{Entered, enter};
use super::model::Actor;
use super::roles::{Permission, Role};
use super::{invitation_rows, queries, rules};

/// Gives a member another role.
///
/// # Errors
/// As [`enter`]; `NotFound` for no member; E204 for a role, old or new, above the actor's own; E610 for the last owner.
pub async fn change_role(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    member: Uuid,
    role: Role,
    origin: &Origin,
) -> Result<(), Error> {
    let entered = enter(conn, account, actor, Permission::MembersWrite).await?;
    let was = role_below(conn, &entered, member).await?;
    rules::may_give(entered.role, role)?;
    set(conn, &entered, member, (was, role), origin).await
}

/// Removes a member.
///
/// # Errors
/// As [`change_role`].
pub async fn remove(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    member: Uuid,
    origin: &Origin,
) -> Result<(), Error> {
    let entered = enter(conn, account, actor, Permission::MembersWrite).await?;
    let was = role_below(conn, &entered, member).await?;
    end(conn, &entered, member, was, "member_removed", origin).await
}

/// A member leaves.
///
/// # Errors
/// `NotFound` if they are none; E610 for the last owner.
pub async fn leave(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    member: Uuid,
    origin: &Origin,
) -> Result<(), Error> {
    let actor = Actor::Person(member);
    let entered = enter(conn, account, actor, Permission::OrgRead).await?;
    let was = entered.role;
    end(conn, &entered, member, was, "member_left", origin).await
}

/// An owner makes another member the owner, and is an admin from then on.
///
/// # Errors
/// As [`enter`]; `NotFound` for no member; E105 for themselves.
pub async fn transfer(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    owner: Uuid,
    to: Uuid,
    origin: &Origin,
) -> Result<(), Error> {
    let actor = Actor::Person(owner);
    let entered = enter(conn, account, actor, Permission::OrgDelete).await?;
    if to == owner {
        return Err(Error::invalid("user_id", "must be another member"));
    }
    let was = role_below(conn, &entered, to).await?;
    set(conn, &entered, to, (was, Role::Owner), origin).await?;
    set(conn, &entered, owner, (Role::Owner, Role::Admin), origin).await
}

/// The role of a member, which the actor may take away.
async fn role_below(
    conn: &mut AsyncPgConnection,
    entered: &Entered,
    member: Uuid,
) -> Result<Role, Error> {
    let role = queries::role_of(conn, entered.account, member).await?;
    let role = role.ok_or(Error::NotFound("member"))?;
    rules::may_give(entered.role, role)?;
    Ok(role)
}

async fn set(
    conn: &mut AsyncPgConnection,
    entered: &Entered,
    member: Uuid,
    (was, is): (Role, Role),
    origin: &Origin,
) -> Result<(), Error> {
    if was == is {
        return Ok(());
    }
    keeps_owner(conn, entered.account, member, was).await?;
    queries::set_role(conn, entered.account, member, is).await?;
    withdraw_invitations(conn, entered.account, member, Some(is)).await?;
    let values = (json!({ "role": was }), json!({ "role": is }));
    let noted = entered.note(conn, origin, "member_role_changed", Some(member), values);
    Ok(noted.await?)
}

async fn end(
    conn: &mut AsyncPgConnection,
    entered: &Entered,
    member: Uuid,
    was: Role,
    action: &'static str,
    origin: &Origin,
) -> Result<(), Error> {
    keeps_owner(conn, entered.account, member, was).await?;
    queries::remove(conn, entered.account, member).await?;
    withdraw_invitations(conn, entered.account, member, None).await?;
    let values = (json!({ "role": was }), Value::Null);
    Ok(entered
        .note(conn, origin, action, Some(member), values)
        .await?)
}

/// Whether an organization has an owner without this member in this role.
async fn keeps_owner(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    member: Uuid,
    was: Role,
) -> Result<(), Error> {
    if was == Role::Owner && queries::other_owners(conn, account, member).await? == 0 {
        return Err(rules::needs_owner());
    }
    Ok(())
}

/// Revokes the open invitations of a member that they could not make with their new role; `None`: without one. Who was
/// removed does not come back by a link of their own.
async fn withdraw_invitations(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    member: Uuid,
    role: Option<Role>,
) -> Result<(), Error> {
    let inviting = role.filter(|role| role.may(Permission::InvitationsWrite));
    let all = Role::ALL.iter().copied();
    let kept = all.filter(|other| inviting.is_some_and(|role| role.covers(*other)));
    invitation_rows::revoke_of(conn, account, member, kept.collect()).await?;
    Ok(())
}
