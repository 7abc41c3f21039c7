//! `POST /v1/auth/login`.

use core::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::Ticket;
use kernel::Error;
use mail::letter::Content;
use people::accounts::model::Owner;
use people::accounts::tries::{KNOWN_FOR, What};
use people::accounts::{letters, queries, throttle, tries};
use people::addresses::Address;
use people::codes::WRONG_CREDENTIALS;
use people::passwords::hasher::Compared;
use people::sessions::Method;
use people::sessions::device::{name, network};
use people::sessions::stored::{self, Row};
use people::suspensions;
use people::users::model::PersonKey;
use people::users::queries::lock;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::second_step::{self, LoginView};
use super::tokens::{Delivery, answer};
use super::{cookies, person};
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

/// What a person who is suspended signs in for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LoginQuery {
    /// `1`: also while suspended, for a copy or the deletion of their data; nothing else is open to the session.
    #[param(minimum = 0, maximum = 1)]
    own_data: Option<u8>,
}

impl LoginQuery {
    /// Refuses a person who is suspended, if they have come for anything else.
    ///
    /// # Errors
    /// E215; those of the database.
    pub(super) async fn check(
        &self,
        conn: &mut AsyncPgConnection,
        user_id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        match self.own_data {
            Some(1) => Ok(()),
            _ => suspensions::check(conn, PersonKey::Row(user_id), now).await,
        }
    }
}

/// The refusal, whatever was wrong.
pub(super) fn wrong() -> Error {
    Error::Unauthenticated(WRONG_CREDENTIALS)
}

/// Signs in by e-mail
///
/// Who has a second factor is asked for it: `mfa_required`, and no session yet. After five wrong passwords each further try
/// waits longer, five minutes at most: 429 E304. While the account is suspended: 403 E215.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    operation_id = "login",
    tag = "Accounts",
    params(Delivery, LoginQuery),
    request_body = LoginBody,
    responses((status = 200, description = "Signed in", body = LoginView), Refused),
    security(()),
)]
pub(crate) async fn login(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    QueryFields(query): QueryFields<LoginQuery>,
    JsonBody(body): JsonBody<LoginBody>,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let address = Address::read(&body.email)?;
    let owner = proved(&state, &request, &address.key, &body.password).await?;
    let mut conn = state.db().await?;
    let idle = state.sessions.lifetimes().idle;
    let begun = conn.transaction(async |conn| {
        still(conn, &owner).await?;
        query.check(conn, owner.user_id, now).await?;
        match second_step::wait(conn, owner.user_id, (&address.key, &owner.spelling), now).await? {
            Some(waits) => Ok::<_, Error>(Err(waits)),
            None => {
                let methods = (Method::Password, None);
                Ok(Ok(
                    begin(conn, owner.user_id, methods, idle, &origin, now).await?
                ))
            }
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

/// Begins a session of a person who was proved in one way, and by a second factor if they have one. Returns the letters,
/// too.
pub(super) async fn begin(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (first, second): (Method, Option<Method>),
    idle: TimeDelta,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Row, UserView, Vec<Ticket>), Error> {
    let tickets = tell_new_place(conn, user_id, origin, now).await?;
    let mut session = stored::begin(conn, user_id, (first, idle), origin, now).await?;
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
    let is_known = is_known(&mut conn, id, place, now).await?;
    let subjects = tries::subjects(What::Proof, email_key, place);
    let held_up = throttle::take_here(&mut conn, &state.sessions, &subjects, now).await?;
    // Not held while the password is compared.
    drop(conn);
    let stored = owner.as_ref().and_then(|owner| owner.password_hash.clone());
    let compared = state.passwords.compare(password, stored.clone()).await?;
    let Some(mut owner) = owner.filter(|_| compared != Compared::Wrong) else {
        state.security_log.note(request, Event::WrongPassword);
        return Err(held_up.map_or_else(wrong, throttle::too_soon));
    };
    // Only the right password tells that its owner is known here.
    if let Some(left) = held_up.filter(|_| !is_known) {
        return Err(throttle::too_soon(left));
    }
    let mut conn = state.db().await?;
    let counted = if held_up.is_some() {
        &subjects[..1]
    } else {
        &subjects
    };
    throttle::give_back(&mut conn, &state.sessions, counted).await?;
    if let (Compared::Outdated(new), Some(old)) = (compared, stored) {
        queries::rehash(&mut conn, owner.user_id, &old, &new).await?;
        owner.password_hash = Some(new);
    }
    Ok(owner)
}

/// Whether a person has signed in lately in the network of a request.
pub(super) async fn is_known(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    place: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let places = stored::places(conn, user_id, now - KNOWN_FOR).await?;
    let here = place.map(network);
    let mut networks = places
        .iter()
        .map(|(_, address)| address.map(|one| network(one.addr())));
    Ok(here.is_some() && networks.any(|one| one == here))
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

/// Tells a person who signs in with a program, or in a network, that they have not used lately. Not at the very first
/// time: who is not told then has asked for the account just now.
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
    let is_first = known.is_empty() && stored::is_newer(conn, user_id, now - KNOWN_FOR).await?;
    if is_first || is_same {
        return Ok(Vec::new());
    }
    let content = Content::NewDevice {
        device: device.unwrap_or_else(|| "?".to_owned()),
        place: here.map_or_else(|| "?".to_owned(), |net| net.to_string()),
        at: now,
    };
    Ok(letters::to_person(conn, user_id, content).await?)
}
