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
    let asked = [
        Asked::Register,
        Asked::ForgotPassword,
        Asked::ResendVerification,
        Asked::ChangeEmail,
    ];
    let asked = asked.into_iter().find(|one| one.as_str() == request.kind);
    let (letter, waits) = match (asked, owner) {
        (Some(Asked::Register), None) => (Some(wait(conn, &request, links).await?), true),
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

/// An account waits for the proof of its address.
async fn wait(
    conn: &mut AsyncPgConnection,
    request: &Request,
    links: &Links,
) -> QueryResult<Ticket> {
    let secret = tokens::secret();
    requests::wait_for(conn, request.id, &secret).await?;
    let link = links.verify(&secret, request.language());
    letters::to_address(
        conn,
        &request.spelling,
        None,
        request.language(),
        Content::VerifyEmail { link },
    )
    .await
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
