//! What operators do to persons and organizations. Each in the caller's transaction, with its line of the audit log.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::accounts;
use people::organizations;
use people::sessions::stored;
use people::suspensions::{self, Suspension};
use people::users::model::{PersonKey, ProfileChange};
use people::users::profile::chosen;
use people::users::queries::{change_profile, lock, profile_locked};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::{Act, By};
use crate::staff;

/// An account, as an operator names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Person(Uuid),
    Organization(Uuid),
}

impl Whose {
    pub fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Organization(id) => id,
        }
    }

    /// Locks it.
    async fn enter(self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let (there, what) = match self {
            Self::Person(id) => (lock(conn, id).await?, "user"),
            Self::Organization(id) => {
                let name = organizations::queries::lock(conn, id).await?;
                (name.is_some(), "organization")
            }
        };
        there.then_some(()).ok_or(Error::NotFound(what))
    }

    fn act(self, what: Action, was: Option<Value>, is: Value) -> Act {
        let (entity, action, person) = match self {
            Self::Person(id) => ("user", what.of_person(), Some(id)),
            Self::Organization(_) => ("organization", what.of_organization(), None),
        };
        Act {
            action,
            entity: (entity, Some(self.id())),
            person,
            was,
            is,
        }
    }
}

#[derive(Clone, Copy)]
enum Action {
    Suspend,
    Restore,
}

impl Action {
    fn of_person(self) -> &'static str {
        match self {
            Self::Suspend => "user_suspended",
            Self::Restore => "user_restored",
        }
    }

    fn of_organization(self) -> &'static str {
        match self {
            Self::Suspend => "organization_suspended",
            Self::Restore => "organization_restored",
        }
    }
}

/// Suspends an account; a person's sessions end. Returns those.
///
/// # Errors
/// `NotFound`; E105 for an end that has passed; those of the database.
pub async fn suspend(
    conn: &mut AsyncPgConnection,
    whose: Whose,
    (reason, until): (String, Option<DateTime<Utc>>),
    by: &By,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    if until.is_some_and(|until| until <= now) {
        return Err(Error::invalid("until", "must be in the future"));
    }
    whose.enter(conn).await?;
    if let Whose::Person(id) = whose {
        staff::may_go(conn, id, by, now).await?;
    }
    let was = suspensions::of(conn, PersonKey::Row(whose.id()), now).await?;
    let is = Suspension {
        account_id: whose.id(),
        reason,
        since: was.as_ref().map_or(now, |was| was.since),
        until,
    };
    suspensions::put(conn, &is).await?;
    let ended = match whose {
        Whose::Person(id) => stored::end_all(conn, id, None, "suspended", now).await?,
        Whose::Organization(_) => Vec::new(),
    };
    let was = was.map(|was| json!({ "until": was.until, "reason": was.reason }));
    let is = json!({ "until": is.until, "reason": is.reason });
    by.note(conn, whose.act(Action::Suspend, was, is)).await?;
    Ok(ended)
}

/// Takes the suspension of an account back.
///
/// # Errors
/// `NotFound`; `Conflict` if it is not suspended; those of the database.
pub async fn restore(
    conn: &mut AsyncPgConnection,
    whose: Whose,
    reason: &str,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    whose.enter(conn).await?;
    let was = suspensions::of(conn, PersonKey::Row(whose.id()), now).await?;
    let Some(was) = was else {
        return Err(Error::Conflict("it is not suspended".to_owned()));
    };
    suspensions::end(conn, whose.id()).await?;
    let was = Some(json!({ "until": was.until, "reason": was.reason }));
    let act = whose.act(Action::Restore, was, json!({ "reason": reason }));
    by.note(conn, act).await
}

/// A line about a person.
fn about(person: Uuid, action: &'static str, is: Value) -> Act {
    Act {
        action,
        entity: ("user", Some(person)),
        person: Some(person),
        was: None,
        is,
    }
}

async fn enter(conn: &mut AsyncPgConnection, person: Uuid) -> Result<(), Error> {
    Whose::Person(person).enter(conn).await
}

/// Notes that an operator looks at a person.
///
/// # Errors
/// `NotFound`; those of the database.
pub async fn view(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    reason: &str,
    by: &By,
) -> Result<(), Error> {
    enter(conn, person).await?;
    let act = about(person, "user_viewed", json!({ "reason": reason }));
    by.note(conn, act).await
}

/// Changes what a person has chosen of themselves, in their place.
///
/// # Errors
/// `NotFound`; those of the database.
pub async fn change(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    change: &ProfileChange,
    reason: &str,
    by: &By,
) -> Result<(), Error> {
    enter(conn, person).await?;
    let was = profile_locked(conn, person).await?;
    let is = change_profile(conn, person, change).await?;
    let mut act = about(person, "user_updated", chosen(&is));
    act.was = Some(chosen(&was));
    act.is["reason"] = json!(reason);
    by.note(conn, act).await
}

/// Proves the address of a person, who could not do it by the letter.
///
/// # Errors
/// `NotFound` also for who has no address; `Conflict` if it is proved already; those of the database.
pub async fn verify(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    reason: &str,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    enter(conn, person).await?;
    let address = accounts::queries::address_of(conn, person).await?;
    let (key, _, _) = address.ok_or(Error::NotFound("address"))?;
    if !accounts::queries::verify(conn, person, &key, now).await? {
        return Err(Error::Conflict("the address is proved already".to_owned()));
    }
    let act = about(person, "email_verified", json!({ "reason": reason }));
    by.note(conn, act).await
}

/// Takes all second factors of a person away, who has lost them; their sessions end. Returns those.
///
/// # Errors
/// `NotFound`; those of the database.
pub async fn reset_factors(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    reason: &str,
    by: &By,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    enter(conn, person).await?;
    let had = people::factors::queries::remove_all(conn, person).await?;
    let ended = stored::end_all(conn, person, None, "by_operator", now).await?;
    let is = json!({ "reason": reason, "had_factors": had });
    by.note(conn, about(person, "factors_reset", is)).await?;
    Ok(ended)
}

/// Ends all stored sessions of a person. Returns those that it has ended.
///
/// # Errors
/// `NotFound`; those of the database.
pub async fn sign_out(
    conn: &mut AsyncPgConnection,
    person: Uuid,
    reason: &str,
    by: &By,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    enter(conn, person).await?;
    let ended = stored::end_all(conn, person, None, "by_operator", now).await?;
    let is = json!({ "reason": reason, "sessions": ended.len() });
    by.note(conn, about(person, "user_signed_out", is)).await?;
    Ok(ended)
}
