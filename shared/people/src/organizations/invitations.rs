//! Invitations: made, sent again, revoked; accepted or declined by whom they are for. Each function in the caller's
//! transaction.
//!
//! All of them lock the organization first, so an invitation is accepted once, or not at all if it was revoked before.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::{Error, Language};
use mail::letter::Content;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::guard::{Entered, enter};
use super::invitation_rows::{self as rows, End};
use super::model::{Actor, Invitation, Organization};
use super::organization::may_join;
use super::roles::{Permission, Role};
use super::{queries, rules};
use crate::accounts::links::Links;
use crate::accounts::{self, letters};
use crate::{secrets, users};

/// What the secret of an invitation begins with.
const TAG: &str = "inv_";

/// Its random characters: 190 bits.
const SECRET_LEN: usize = 32;

/// The secret of an invitation. Shown once, never stored.
pub struct Secret(pub String);

impl Secret {
    /// # Errors
    /// `Internal` if the system has no random bytes.
    fn make() -> Result<Self, Error> {
        let random = secrets::alphanumeric(SECRET_LEN)?;
        Ok(Self(format!("{TAG}{random}")))
    }
}

/// What is stored of a secret. It is random, so it needs no salt and no slow hash.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub role: Role,
    /// Key and spelling of the address that it is for; `None`: any person with the link.
    pub address: Option<(String, String)>,
    pub expires_at: DateTime<Utc>,
}

/// An invitation that can be sent.
pub struct Sendable {
    pub invitation: Invitation,
    pub secret: Secret,
    /// The letter, if it is for an address.
    pub tickets: Vec<Ticket>,
}

/// Makes an invitation.
///
/// # Errors
/// As [`enter`]; E204 for a role above the actor's own; `Conflict` for an address that has an open one, and for too
/// many.
pub async fn create(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    wanted: Wanted,
    (links, language): (&Links, Language),
    now: DateTime<Utc>,
    origin: &Origin,
) -> Result<Sendable, Error> {
    let entered = enter(conn, account, actor, Permission::InvitationsWrite).await?;
    rules::may_give(entered.role, wanted.role)?;
    let max = rules::INVITATIONS_MAX;
    if rows::count_open(conn, account).await? >= max {
        return Err(Error::Conflict(format!(
            "{max} invitations are open: revoke some first"
        )));
    }
    let (address, spelling) = wanted.address.unzip();
    let invitation = Invitation {
        id: Uuid::now_v7(),
        account_id: account,
        role: wanted.role,
        address,
        spelling,
        invited_by: match actor {
            Actor::Person(id) => Some(id),
            Actor::Key => None,
        },
        created_at: now,
        expires_at: wanted.expires_at,
        accepted_at: None,
        declined_at: None,
        revoked_at: None,
    };
    let secret = Secret::make()?;
    if !rows::insert(conn, &invitation, &digest(&secret.0)).await? {
        return Err(Error::Conflict(
            "this address has an open invitation: send that one again, or revoke it".to_owned(),
        ));
    }
    note(conn, &entered, &invitation, "invitation_created", origin).await?;
    let tickets = write_to(conn, &entered, &invitation, &secret, (links, language)).await?;
    Ok(Sendable {
        invitation,
        secret,
        tickets,
    })
}

/// Gives an open invitation a new secret; the old one leads nowhere any more.
///
/// # Errors
/// As [`enter`]; `NotFound`; E204 for a role above the actor's own; E611 for one that has ended.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    id: Uuid,
    (links, language): (&Links, Language),
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
    origin: &Origin,
) -> Result<Sendable, Error> {
    let entered = enter(conn, account, actor, Permission::InvitationsWrite).await?;
    let invitation = of_organization(conn, account, id).await?;
    rules::may_give(entered.role, invitation.role)?;
    let invitation = Invitation {
        expires_at,
        ..invitation
    };
    rules::judge(&invitation, now)?;
    let secret = Secret::make()?;
    rows::renew(conn, id, &digest(&secret.0), expires_at).await?;
    note(conn, &entered, &invitation, "invitation_renewed", origin).await?;
    let tickets = write_to(conn, &entered, &invitation, &secret, (links, language)).await?;
    Ok(Sendable {
        invitation,
        secret,
        tickets,
    })
}

/// Writes to the address that an invitation is for, in the language of its owner, if it is known, or of the inviter.
async fn write_to(
    conn: &mut AsyncPgConnection,
    entered: &Entered,
    invitation: &Invitation,
    secret: &Secret,
    (links, language): (&Links, Language),
) -> QueryResult<Vec<Ticket>> {
    let (Some(key), Some(spelling)) = (&invitation.address, &invitation.spelling) else {
        return Ok(Vec::new());
    };
    let owner = accounts::queries::owner(conn, key).await?;
    let language = owner.map_or(language, |owner| owner.language);
    let inviter = match entered.actor {
        Actor::Person(id) => users::queries::by_id(conn, id).await?.first_name,
        Actor::Key => None,
    };
    let content = Content::Invitation {
        organization: entered.name.clone(),
        inviter,
        link: links.invitation(&secret.0, language),
    };
    let ticket = letters::to_address(conn, spelling, None, language, content);
    Ok(vec![ticket.await?])
}

/// Revokes an open invitation.
///
/// # Errors
/// As [`renew`].
pub async fn revoke(
    conn: &mut AsyncPgConnection,
    (account, actor): (Uuid, Actor),
    id: Uuid,
    now: DateTime<Utc>,
    origin: &Origin,
) -> Result<(), Error> {
    let entered = enter(conn, account, actor, Permission::InvitationsWrite).await?;
    let invitation = of_organization(conn, account, id).await?;
    rules::may_give(entered.role, invitation.role)?;
    // One that has expired can be cleared away.
    rules::judge(&invitation, invitation.created_at)?;
    rows::end(conn, id, End::Revoked, now).await?;
    note(conn, &entered, &invitation, "invitation_revoked", origin).await
}

async fn of_organization(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    id: Uuid,
) -> Result<Invitation, Error> {
    let found = rows::by_id(conn, account, id).await?;
    found.ok_or(Error::NotFound("invitation"))
}

/// The audit log has no address: it outlives the invitation.
async fn note(
    conn: &mut AsyncPgConnection,
    entered: &Entered,
    invitation: &Invitation,
    action: &'static str,
    origin: &Origin,
) -> Result<(), Error> {
    let is = json!({
        "invitation": invitation.id, "role": invitation.role, "expires_at": invitation.expires_at,
        "for_address": invitation.address.is_some(),
    });
    let noted = entered.note(conn, origin, action, None, (Value::Null, is));
    Ok(noted.await?)
}

/// The invitation of a secret, locked with its organization until the transaction ends, whose name it comes with. It can
/// be answered.
///
/// # Errors
/// `NotFound` for an unknown secret, E611 if it is over.
async fn answerable(
    conn: &mut AsyncPgConnection,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<(Invitation, String), Error> {
    let (unknown, digest) = (|| Error::NotFound("invitation"), digest(secret));
    let found = rows::by_digest(conn, &digest).await?.ok_or_else(unknown)?;
    let locked = queries::lock(conn, found.account_id).await?;
    let name = locked.ok_or_else(unknown)?;
    // As it is now that nobody else changes it.
    let found = rows::by_digest(conn, &digest).await?.ok_or_else(unknown)?;
    rules::judge(&found, now)?;
    Ok((found, name))
}

/// A person answers an invitation that is for them: they become a member of the organization, whose id is returned, or
/// decline.
///
/// # Errors
/// `NotFound` for an unknown secret; E611 if it is over; E204 if it is for an address that is not theirs; `Conflict` if
/// they are a member, or in too many organizations.
pub async fn answer(
    conn: &mut AsyncPgConnection,
    secret: &str,
    user: Uuid,
    accepts: bool,
    now: DateTime<Utc>,
    origin: &Origin,
) -> Result<Uuid, Error> {
    let (invitation, name) = answerable(conn, secret, now).await?;
    if let Some(address) = &invitation.address
        && !rows::is_of(conn, user, address).await?
    {
        return Err(Error::Forbidden(
            "the invitation is for an address that is not proved to be yours",
        ));
    }
    let account = invitation.account_id;
    let (end, action) = match accepts {
        true => (End::Accepted, "member_joined"),
        false => (End::Declined, "invitation_declined"),
    };
    if accepts {
        if queries::role_of(conn, account, user).await?.is_some() {
            return Err(Error::Conflict("you are a member already".to_owned()));
        }
        may_join(conn, user).await?;
        queries::add(conn, account, user, invitation.role).await?;
    }
    rows::end(conn, invitation.id, end, now).await?;
    let entered = Entered {
        account,
        name,
        actor: Actor::Person(user),
        role: invitation.role,
    };
    let is = json!({ "role": invitation.role, "invitation": invitation.id });
    let noted = entered.note(conn, origin, action, Some(user), (Value::Null, is));
    noted.await?;
    Ok(account)
}

/// An invitation that can be answered, and its organization. Nothing is changed or locked: what opens a link
/// may be a scanner of mail.
///
/// # Errors
/// `NotFound` for an unknown secret, E611 if it is over.
pub async fn look(
    conn: &mut AsyncPgConnection,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<(Invitation, Organization), Error> {
    let unknown = || Error::NotFound("invitation");
    let found = rows::by_digest(conn, &digest(secret)).await?;
    let found = found.ok_or_else(unknown)?;
    rules::judge(&found, now)?;
    let organization = queries::by_id(conn, found.account_id, None).await?;
    Ok((found, organization))
}
