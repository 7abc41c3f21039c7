//! The way into a change of an organization.

use audit::model::{Change, Origin};
use audit::queries::record;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use kernel::Error;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Actor, ROLE_OF_KEYS};
use super::queries;
use super::roles::{Permission, Role};

/// An organization that is locked, and who changes it.
pub struct Entered {
    pub account: Uuid,
    pub name: String,
    pub actor: Actor,
    /// That of the actor.
    pub role: Role,
}

/// Locks an organization until the transaction ends, and asks what the actor may: since their request began they may
/// have been removed.
///
/// # Errors
/// `NotFound` for an organization that is not there, or of which they are no member; E204 without the permission.
pub async fn enter(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    actor: Actor,
    permission: Permission,
) -> Result<Entered, Error> {
    let gone = || Error::NotFound("organization");
    let name = queries::lock(conn, account).await?.ok_or_else(gone)?;
    let role = match actor {
        Actor::Key => ROLE_OF_KEYS,
        Actor::Person(id) => queries::role_of(conn, account, id)
            .await?
            .ok_or_else(gone)?,
    };
    if !role.may(permission) {
        return Err(Error::Forbidden(permission.lacking()));
    }
    // A member who made a key and was removed would come back by it.
    let of_members = [Permission::MembersWrite, Permission::InvitationsWrite];
    if actor == Actor::Key && of_members.contains(&permission) {
        return Err(Error::Forbidden(
            "members are changed by members, not by keys",
        ));
    }
    Ok(Entered {
        account,
        name,
        actor,
        role,
    })
}

impl Entered {
    /// Writes a line of the audit log: what became of the organization, or of this member. Address and program are the
    /// actor's, in a line that goes with them; of what somebody else did to a member, the member has a line without.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note(
        &self,
        conn: &mut AsyncPgConnection,
        origin: &Origin,
        action: &'static str,
        member: Option<Uuid>,
        (was, is): (Value, Value),
    ) -> QueryResult<()> {
        let by = match self.actor {
            Actor::Person(id) => Some(id),
            Actor::Key => None,
        };
        let change = Change {
            user_id: by,
            action,
            entity_type: "organization",
            entity_id: Some(self.account),
            old_value: Some(was),
            new_value: Some(json!({ "by": by, "member": member, "is": is })),
        };
        if let Some(member) = member.filter(|member| Some(*member) != by) {
            let of_member = Change {
                user_id: Some(member),
                ..change.clone()
            };
            record(conn, &Origin::own(&origin.actor), of_member).await?;
        }
        record(conn, origin, change).await
    }
}
