//! `POST /v1/auth/login`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use people::accounts::model::Owner;
use people::accounts::tries::What;
use people::accounts::{queries, throttle, tries};
use people::addresses::Address;
use people::codes::WRONG_CREDENTIALS;
use people::passwords::hasher::Compared;
use people::sessions::Method;
use people::suspensions;
use people::users::model::PersonKey;
use people::users::queries::lock;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::begin::{begin, is_known};
use super::second_step::{self, LoginView};
use super::tokens::{Delivery, answer};
use super::{cookies, person};
use crate::http::extract::origin::address as place;
use crate::http::extract::{JsonBody, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::http::security::Event;
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

/// Locks a person, whose password was compared, to the end of the transaction.
///
/// # Errors
/// E210 if it was changed meanwhile.
pub(super) async fn still(conn: &mut AsyncPgConnection, owner: &Owner) -> Result<(), Error> {
    let same = lock(conn, owner.user_id).await?
        && queries::password(conn, owner.user_id).await? == owner.password_hash;
    same.then_some(()).ok_or_else(wrong)
}
