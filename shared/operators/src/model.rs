//! Who acts, and why.

use audit::model::{Change, Origin};
use audit::queries::record;
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::suspensions;
use people::users::model::PersonKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::role_of::role_of;
use crate::roles::{Permission, Role};

/// The fewest and the most characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// A reason, as it is stored.
///
/// # Errors
/// E105 if it is too short or too long.
pub fn reason(raw: &str) -> Result<String, Error> {
    let reason: String = raw.chars().filter(|c| !c.is_control()).collect();
    let reason = reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        let why = format!(
            "must have {} to {} characters",
            REASON.start(),
            REASON.end()
        );
        return Err(Error::invalid("reason", why));
    }
    Ok(reason.to_owned())
}

/// An operator who acts, from somewhere.
#[derive(Clone, Debug)]
pub struct By {
    /// `None`: at the command.
    pub operator: Option<Uuid>,
    /// What they were let in for.
    pub needed: Option<Permission>,
    /// When.
    pub at: DateTime<Utc>,
    pub origin: Origin,
    /// In the audit log.
    pub name: String,
}

/// What is changed of what, from what to what.
#[derive(Clone, Debug)]
pub struct Act {
    pub action: &'static str,
    pub entity: (&'static str, Option<Uuid>),
    /// The person whom it is about.
    pub person: Option<Uuid>,
    pub was: Option<Value>,
    /// An object.
    pub is: Value,
}

impl By {
    /// The role of the operator, asked for in the transaction of what they do: they may have been ended, or suspended, since
    /// their request began. `None`: at the command.
    ///
    /// # Errors
    /// E204 if they are none any more, E215 while they are suspended; those of the database.
    pub async fn role(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Role>, Error> {
        let Some(operator) = self.operator else {
            return Ok(None);
        };
        suspensions::check(conn, PersonKey::Row(operator), now).await?;
        let role = role_of(conn, operator).await?;
        role.map(Some)
            .ok_or(Error::Forbidden("this is for operators"))
    }

    /// Refuses who may not do any more what they were let in for: asked for in the transaction of what they do, before they
    /// lose it by that themselves.
    ///
    /// # Errors
    /// As [`By::role`]; E204 if their role has become another.
    pub async fn still_may(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let role = self.role(conn, self.at).await?;
        match role.zip(self.needed) {
            Some((role, needed)) if !role.may(needed) => Err(Error::Forbidden(needed.lacking())),
            _ => Ok(()),
        }
    }

    /// Writes a line of the audit log, if they [still may](By::still_may) do it.
    ///
    /// # Errors
    /// Those; those of the database.
    pub async fn note(&self, conn: &mut AsyncPgConnection, act: Act) -> Result<(), Error> {
        self.still_may(conn).await?;
        let mut is = act.is;
        is["by"] = json!(self.name.replace('\0', ""));
        let change = Change {
            user_id: act.person,
            action: act.action,
            entity_type: act.entity.0,
            entity_id: act.entity.1,
            old_value: act.was,
            new_value: Some(is),
        };
        Ok(record(conn, &self.origin, change).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_ten_characters_that_can_be_read() {
        assert_eq!(
            reason("  ticket 4711 ").expect("long enough"),
            "ticket 4711"
        );
        assert_eq!(reason("жалоба 4711").expect("by characters"), "жалоба 4711");
        let unseen = "\u{0}".repeat(10);
        for wrong in ["", "ticket 47", &unseen, &"x".repeat(501)] {
            assert!(reason(wrong).is_err(), "{wrong:?}");
        }
    }
}
