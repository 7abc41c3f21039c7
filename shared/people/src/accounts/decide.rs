//! What comes of a request about an address. In the transaction that closes its job, so it happens once.

use ::jobs::ledger::Ticket;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use mail::letter::Content;
use uuid::Uuid;

use super::links::Links;
use super::model::{Asked, Owner, Purpose, Request};
use super::{letters, queries, requests, tokens};
use crate::users;

/// Decides a request, unless it was decided. Returns the letters.
///
/// # Errors
/// Those of the database.
pub async fn decide(
    conn: &mut AsyncPgConnection,
    request_id: Uuid,
    links: &Links,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let Some(request) = requests::undecided(conn, request_id).await? else {
        return Ok(Vec::new());
    };
    let owner = queries::owner(conn, &request.email_key).await?;
    if owner.is_none() && tokens::is_kept(conn, &request.email_key, request.user_id, now).await? {
        requests::drop(conn, request_id).await?;
        return Ok(Vec::new());
    }
    let asked = [
        Asked::Register,
        Asked::ForgotPassword,
        Asked::ResendVerification,
        Asked::ChangeEmail,
        Asked::LinkEmail,
    ];
    let asked = asked.into_iter().find(|one| one.as_str() == request.kind);
    let (letter, waits) = match (asked, owner) {
        (Some(Asked::Register), None) => (Some(wait(conn, &request, links).await?), true),
        // Of an account that waits for the address, whose password its owner may not know: it was a stranger's.
        (Some(Asked::ForgotPassword), None) => {
            let waits = requests::waiting(conn, &request.email_key, now)
                .await?
                .is_some();
            let letter = match waits {
                true => Some(wait(conn, &request, links).await?),
                false => None,
            };
            (letter, waits)
        }
        (Some(Asked::ResendVerification), None) => {
            (again(conn, &request, links, now).await?, false)
        }
        (Some(Asked::ChangeEmail), None) => (change(conn, &request, links, now).await?, false),
        (Some(Asked::ResendVerification), Some(owner)) if !owner.is_verified => {
            (verify(conn, &owner, &request, links, now).await?, false)
        }
        (Some(Asked::ForgotPassword), Some(owner)) => {
            (reset(conn, &owner, &request, links, now).await?, false)
        }
        // Also to the owner of the address, who signs in to have it moved.
        (Some(Asked::LinkEmail), owner) => {
            let to = owner.map(|owner| owner.spelling);
            (link(conn, &request, to, links).await?, true)
        }
        // Somebody else may have registered with this address: its owner chooses another password, which ends all of that.
        (Some(Asked::Register), Some(owner)) if !owner.is_verified => {
            (reset(conn, &owner, &request, links, now).await?, false)
        }
        // Whoever typed it: the owner learns of it, and nobody else.
        (Some(Asked::Register | Asked::ChangeEmail), Some(owner))
            if Some(owner.user_id) != request.user_id =>
        {
            (Some(known(conn, &owner, links).await?), false)
        }
        _ => (None, false),
    };
    if !waits {
        requests::drop(conn, request_id).await?;
    }
    Ok(letter.into_iter().collect())
}

/// An account waits for the proof of its address; or who has the address for a password of their own.
async fn wait(
    conn: &mut AsyncPgConnection,
    request: &Request,
    links: &Links,
) -> QueryResult<Ticket> {
    let secret = tokens::secret();
    requests::wait_for(conn, request.id, &secret).await?;
    let (to, language) = (&request.spelling, request.language());
    let content = match request.password_hash {
        Some(_) => Content::VerifyEmail {
            link: links.verify(&secret, language),
        },
        None => Content::ResetPassword {
            link: links.reset(&secret, language),
        },
    };
    letters::to_address(conn, to, None, language, content).await
}

async fn again(
    conn: &mut AsyncPgConnection,
    request: &Request,
    links: &Links,
    now: DateTime<Utc>,
) -> QueryResult<Option<Ticket>> {
    match requests::waiting(conn, &request.email_key, now).await? {
        Some(waiting) => Ok(Some(wait(conn, &waiting, links).await?)),
        None => Ok(None),
    }
}

async fn verify(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    request: &Request,
    links: &Links,
    now: DateTime<Utc>,
) -> QueryResult<Option<Ticket>> {
    let about = (request.email_key.as_str(), owner.spelling.as_str());
    let secret = tokens::make(conn, owner.user_id, Purpose::VerifyEmail, about, now).await?;
    let link = links.verify(&secret, owner.language);
    to(conn, owner, Content::VerifyEmail { link })
        .await
        .map(Some)
}

async fn reset(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    request: &Request,
    links: &Links,
    now: DateTime<Utc>,
) -> QueryResult<Option<Ticket>> {
    let about = (request.email_key.as_str(), owner.spelling.as_str());
    let secret = tokens::make(conn, owner.user_id, Purpose::ResetPassword, about, now).await?;
    let link = links.reset(&secret, owner.language);
    to(conn, owner, Content::ResetPassword { link })
        .await
        .map(Some)
}

async fn change(
    conn: &mut AsyncPgConnection,
    request: &Request,
    links: &Links,
    now: DateTime<Utc>,
) -> QueryResult<Option<Ticket>> {
    let Some(user_id) = request.user_id else {
        return Ok(None);
    };
    let about = (request.email_key.as_str(), request.spelling.as_str());
    let secret = tokens::make(conn, user_id, Purpose::ChangeEmail, about, now).await?;
    let link = links.confirm(&secret, request.language());
    let content = Content::ConfirmEmail { link };
    letters::to_address(
        conn,
        &request.spelling,
        Some(user_id),
        request.language(),
        content,
    )
    .await
    .map(Some)
}

/// A person with a Telegram account wants the address, too. The letter says who, for its owner to know.
async fn link(
    conn: &mut AsyncPgConnection,
    request: &Request,
    to: Option<String>,
    links: &Links,
) -> QueryResult<Option<Ticket>> {
    let Some(user_id) = request.user_id else {
        return Ok(None);
    };
    let secret = tokens::secret();
    requests::wait_for(conn, request.id, &secret).await?;
    let (to, language) = (to.as_ref().unwrap_or(&request.spelling), request.language());
    let content = Content::LinkEmail {
        account: users::queries::by_id(conn, user_id).await?.first_name,
        link: links.link_email(&secret, language),
    };
    letters::to_address(conn, to, Some(user_id), language, content)
        .await
        .map(Some)
}

async fn known(conn: &mut AsyncPgConnection, owner: &Owner, links: &Links) -> QueryResult<Ticket> {
    let content = Content::AlreadyRegistered {
        sign_in: links.sign_in(owner.language),
        reset: links.forgot(owner.language),
    };
    to(conn, owner, content).await
}

async fn to(conn: &mut AsyncPgConnection, owner: &Owner, content: Content) -> QueryResult<Ticket> {
    letters::to_address(
        conn,
        &owner.spelling,
        Some(owner.user_id),
        owner.language,
        content,
    )
    .await
}
