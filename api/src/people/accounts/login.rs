//! `POST /v1/auth/login`.

use core::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::Ticket;
use kernel::Error;
use mail::letter::Content;
use people::accounts::model::Owner;
use people::accounts::tries::{KNOWN_FOR, Subject, What};
use people::accounts::{letters, queries, throttle, tries};
use people::codes::WRONG_CREDENTIALS;
use people::passwords::hasher::Compared;
use people::sessions::Method;
use people::sessions::device::{name, network};
use people::sessions::stored::{self, Row};
use people::users::queries::lock;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::second_step::{self, LoginView};
use super::tokens::{Delivery, answer};
use super::{address, cookies, person};
use crate::http::extract::origin::address as place;
use crate::http::extract::{JsonBody, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::http::security::Event;
use crate::people::profile::{self, UserView};
use crate::state::ApiState;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[schema(example = "ann@example.org")]
    email: String,
    #[schema(max_length = 128)]
    password: String,
}

/// The refusal, whatever was wrong.
pub(super) fn wrong() -> Error {
    Error::Unauthenticated(WRONG_CREDENTIALS)
}

/// Signs in by e-mail
///
/// Who has a second factor is asked for it: `mfa_required`, and no session yet. After five wrong passwords each further try waits longer, five minutes at most: 429 E304.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    operation_id = "login",
    tag = "Accounts",
    params(Delivery),
    request_body = LoginBody,
    responses((status = 200, description = "Signed in", body = LoginView), Refused),
    security(()),
)]
pub(crate) async fn login(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    JsonBody(body): JsonBody<LoginBody>,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let address = address(&state, &body.email)?;
    let owner = proved(&state, &request, &address.key, &body.password).await?;
    let mut conn = state.db().await?;
    let begun = conn.transaction(async |conn| {
        still(conn, &owner).await?;
        match second_step::wait(conn, &address.key, &owner, now).await? {
            Some(waits) => Ok::<_, Error>(Err(waits)),
            None => Ok(Ok(begin(conn, owner.user_id, None, &origin, now).await?)),
        }
    });
    let begun = begun.await?;
    drop(conn);
    let (session, user, tickets) = match begun {
        Ok(begun) => begun,
        Err(waits) => return Ok(HttpResponse::Ok().json(waits)),
    };
    state.core.pusher.wake(&tickets).await;
    let session = session.session(session.generation);
    Ok(answer(
        &state,
        &session,
        Some(user),
        StatusCode::OK,
        delivery,
    )?)
}

/// Begins a session of a person who has shown their password, and this second factor. Returns the letters, too.
pub(super) async fn begin(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    second: Option<Method>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Row, UserView, Vec<Ticket>), Error> {
    let tickets = tell_new_place(conn, user_id, origin, now).await?;
    let mut session = stored::begin(conn, user_id, Method::Password, origin, now).await?;
    if second.is_some() {
        session = stored::prove(conn, session.id, second, now).await?;
    }
    note(conn, user_id, session.id, second, origin).await?;
    Ok((session, profile::of(conn, user_id).await?, tickets))
}

/// The owner of an address, who has shown their password. The same statements for an address that has none.
///
/// # Errors
/// E210 for a wrong password; E304 after too many.
pub(super) async fn proved(
    state: &ApiState,
    request: &HttpRequest,
    email_key: &str,
    password: &str,
) -> Result<Owner, Error> {
    let (now, place) = (state.core.clock.now(), place(request));
    let mut conn = state.db().await?;
    let owner = queries::owner(&mut conn, email_key).await?;
    let id = owner.as_ref().map_or(Uuid::nil(), |owner| owner.user_id);
    let subjects = subjects(&mut conn, What::Proof, email_key, id, place, now).await?;
    throttle::take(&mut conn, &state.sessions, &subjects, now).await?;
    // Not held while the password is compared.
    drop(conn);
    let stored = owner.as_ref().and_then(|owner| owner.password_hash.clone());
    let compared = state.passwords.compare(password, stored.clone()).await?;
    let Some(mut owner) = owner.filter(|_| compared != Compared::Wrong) else {
        state.security_log.note(request, Event::WrongPassword);
        return Err(wrong());
    };
    let mut conn = state.db().await?;
    throttle::give_back(&mut conn, &state.sessions, &subjects).await?;
    if let (Compared::Outdated(new), Some(old)) = (compared, stored) {
        queries::rehash(&mut conn, owner.user_id, &old, &new).await?;
        owner.password_hash = Some(new);
    }
    Ok(owner)
}

/// What a try to prove a person counts for, who is named by a key.
pub(super) async fn subjects(
    conn: &mut AsyncPgConnection,
    what: What,
    key: &str,
    user_id: Uuid,
    place: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<Vec<Subject>, Error> {
    let places = stored::places(conn, user_id, now - KNOWN_FOR).await?;
    let here = place.map(network);
    let known = places
        .iter()
        .any(|(_, address)| address.map(|one| network(one.addr())) == here);
    Ok(tries::subjects(what, key, place, known && here.is_some()))
}

/// Locks a person, whose password was compared, to the end of the transaction.
///
/// # Errors
/// E210 if it was changed meanwhile.
pub(super) async fn still(conn: &mut AsyncPgConnection, owner: &Owner) -> Result<(), Error> {
    let same = lock(conn, owner.user_id).await?
        && queries::password(conn, owner.user_id).await? == owner.password_hash;
    same.then_some(()).ok_or_else(wrong)
}

async fn note(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    session: Uuid,
    second: Option<Method>,
    origin: &Origin,
) -> Result<(), Error> {
    let change = Change {
        user_id: Some(user_id),
        action: "signed_in",
        entity_type: "session",
        entity_id: Some(session),
        old_value: None,
        new_value: second.map(|method| json!({ "second": method.as_str() })),
    };
    Ok(audit::queries::record(conn, origin, change).await?)
}

/// Tells a person who signs in with a program, or in a network, that they have not used lately. Not at the first time.
async fn tell_new_place(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Vec<Ticket>, Error> {
    let known = stored::places(conn, user_id, now - KNOWN_FOR).await?;
    let device = name(origin.user_agent.as_deref());
    let here = origin.address.map(network);
    let is_same = known.iter().any(|(agent, address)| {
        name(agent.as_deref()) == device && address.map(|one| network(one.addr())) == here
    });
    if known.is_empty() || is_same {
        return Ok(Vec::new());
    }
    let content = Content::NewDevice {
        device: device.unwrap_or_else(|| "?".to_owned()),
        place: here.map_or_else(|| "?".to_owned(), |net| net.to_string()),
        at: now,
    };
    Ok(letters::to_person(conn, user_id, content).await?)
}
