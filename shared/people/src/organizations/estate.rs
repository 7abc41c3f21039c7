//! What becomes of organizations when a person's data is deleted.
//!
//! Who is asked whether they want that is refused while an organization with other members has no other owner: they
//! can make one. Who stays away for two years cannot be asked, and between the asking and the deletion the other owner may
//! leave: then the organization passes to the member with the highest role, of several to the one who has been there
//! longest. An organization without other members goes with the person.

use audit::model::{Change, Origin};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::Feature;
use serde_json::{Value, json};
use uuid::Uuid;

use super::queries;
use super::roles::Role;

/// An organization that has no owner without this person.
#[derive(Debug, QueryableByName)]
struct Alone {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Who is next; `None`: there is no other member.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    heir: Option<Uuid>,
}

async fn alone(conn: &mut AsyncPgConnection, person: Uuid) -> QueryResult<Vec<Alone>> {
    diesel::sql_query(
        "SELECT account_id AS id, (SELECT other.user_id FROM members AS other
             WHERE other.account_id = mine.account_id AND other.user_id <> $1
             ORDER BY role, created_at, user_id LIMIT 1) AS heir
         FROM members AS mine
         WHERE user_id = $1 AND role = 'owner' AND NOT EXISTS (SELECT FROM members AS other
             WHERE other.account_id = mine.account_id AND other.user_id <> $1 AND other.role = 'owner')
         ORDER BY account_id",
    )
    .bind::<SqlUuid, _>(person)
    .load(conn)
    .await
}

/// Whether other members would be left without an owner.
///
/// # Errors
/// Those of the database.
pub async fn leaves_others(conn: &mut AsyncPgConnection, person: Uuid) -> QueryResult<bool> {
    let alone = alone(conn, person).await?;
    Ok(alone.iter().any(|one| one.heir.is_some()))
}

/// Passes on, or deletes, what has no owner without the person. In the transaction of their deletion, which has locked
/// their organizations.
///
/// # Errors
/// Those of the database.
pub async fn settle(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    person: Uuid,
) -> QueryResult<()> {
    for Alone { id, heir } in alone(conn, person).await? {
        let is = match heir {
            Some(heir) => {
                queries::set_role(conn, id, heir, Role::Owner).await?;
                json!({ "role": Role::Owner })
            }
            None => {
                queries::before_delete(conn, features, id).await?;
                queries::delete(conn, id).await?;
                Value::Null
            }
        };
        let change = Change {
            user_id: heir,
            action: match heir {
                Some(_) => "organization_inherited",
                None => "organization_deleted",
            },
            entity_type: "organization",
            entity_id: Some(id),
            old_value: None,
            new_value: Some(is),
        };
        audit::queries::record(conn, &Origin::own("worker"), change).await?;
    }
    Ok(())
}
