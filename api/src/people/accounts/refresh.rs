//! `POST /v1/auth/refresh`, `POST /v1/auth/logout` and `GET /v1/auth/session`.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use audit::model::Change;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use kernel::codes::{TOKEN_EXPIRED, UNAUTHORIZED};
use people::sessions::stored::{self, Refreshed};
use people::sessions::{Session, Way};
use people::users::queries::lock;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::tokens::{Delivery, SignedInView, answer};
use super::{cookies, person, session_of};
use crate::http::extract::{Flag, Me, Proof, QueryFields, parse_json};
use crate::http::problem::{Problem, Refused};
use crate::http::security::Event;
use crate::people::profile::{self, UserView};
use crate::state::ApiState;

/// Left out where the cookie has it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    refresh_token: Option<String>,
}

/// The refresh token of a request, and whether a cookie has it.
fn shown(request: &HttpRequest, body: &Bytes) -> Result<Option<(String, bool)>, Error> {
    let body: RefreshBody = match &body[..] {
        b"" | b"null" => RefreshBody::default(),
        _ => parse_json(body)?,
    };
    let cookie = || Some((cookies::refresh(request.headers())?.to_owned(), true));
    Ok(body
        .refresh_token
        .map(|token| (token, false))
        .or_else(cookie))
}

/// Renews a session
///
/// Each refresh token has one successor: the same token, shown again before the successor is used, or within ten
/// seconds, is answered with the same one. Later that is a sign of theft, and the session ends.
#[utoipa::path(
    post,
    path = "/v1/auth/refresh",
    operation_id = "refresh_session",
    tag = "Accounts",
    params(Delivery),
    request_body(content = Option<RefreshBody>),
    responses((status = 200, description = "New tokens", body = SignedInView), Refused),
    security(()),
)]
pub(crate) async fn refresh(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let (token, by_cookie) = shown(&request, &body)?.ok_or(Error::Unauthenticated(UNAUTHORIZED))?;
    let presented = state.sessions.presented(&token)?;
    if by_cookie {
        judge(&request, &state, presented.session)?;
    }
    let (now, origin) = (state.core.clock.now(), person(&request));
    let idle = state.sessions.lifetimes().idle;
    let mut conn = state.db().await?;
    let refreshed = stored::refresh(&mut conn, (presented, idle), &origin, now).await?;
    drop(conn);
    match refreshed {
        Refreshed::Renewed(session) => {
            let delivery = Delivery {
                // What scripts must not see stays so.
                cookies: Flag(by_cookie || delivery.is_cookies()),
            };
            Ok(answer(&state, &session, None, StatusCode::OK, delivery)?)
        }
        Refreshed::Reused(tickets) => {
            state.security_log.note(&request, Event::ReusedRefreshToken);
            state.signed_in.forget(presented.session);
            state.core.pusher.wake(&tickets).await;
            Err(Error::Unauthenticated(TOKEN_EXPIRED).into())
        }
        Refreshed::Over => Err(Error::Unauthenticated(TOKEN_EXPIRED).into()),
    }
}

/// Whether the page may use the cookie of this session.
fn judge(request: &HttpRequest, state: &ApiState, id: Uuid) -> Result<(), Error> {
    let session = Session {
        user_id: Uuid::nil(),
        proved_at: DateTime::UNIX_EPOCH,
        second_at: None,
        way: Way::Stored {
            id,
            generation: 0,
            method: people::sessions::Method::Password,
            second: None,
        },
    };
    cookies::judge(request, state, &session)
}

/// Which sessions end.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogoutQuery {
    /// `1`: all sessions of the person.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 0, maximum = 1)]
    everywhere: Flag,
}

/// Signs out
///
/// By the access token, or, where that has expired, by the refresh token. Without either there is nothing to do.
#[utoipa::path(
    post,
    path = "/v1/auth/logout",
    operation_id = "logout",
    tag = "Accounts",
    params(LogoutQuery),
    request_body(content = Option<RefreshBody>),
    responses((status = 204, description = "Signed out; the cookies end, too"), Refused),
    security((), ("AccessToken" = [])),
)]
pub(crate) async fn logout(
    request: HttpRequest,
    proof: Option<Proof>,
    state: Data<ApiState>,
    QueryFields(query): QueryFields<LogoutQuery>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    let by_refresh = match shown(&request, &body)? {
        Some((token, by_cookie)) => state
            .sessions
            .presented(&token)
            .ok()
            .map(|it| (it, by_cookie)),
        None => None,
    };
    if let Some((presented, true)) = by_refresh {
        judge(&request, &state, presented.session)?;
    }
    let id = match (proof.as_ref().and_then(session_of), by_refresh) {
        (Some(id), _) => Some(id),
        (None, Some((presented, _))) => {
            let (mut conn, now) = (state.db().await?, state.core.clock.now());
            let holds = stored::holds(&mut conn, presented, now).await?;
            holds.then_some(presented.session)
        }
        (None, None) => None,
    };
    if let Some(id) = id {
        end(&request, &state, id, query.everywhere.0).await?;
    }
    let mut answer = HttpResponse::NoContent();
    for header in cookies::of(None, state.sessions.lifetimes())? {
        answer.append_header(header);
    }
    Ok(answer.finish())
}

async fn end(request: &HttpRequest, state: &ApiState, id: Uuid, all: bool) -> Result<(), Error> {
    let (now, origin) = (state.core.clock.now(), person(request));
    let mut conn = state.db().await?;
    let ended = conn.transaction(async |conn| {
        let Some(user_id) = stored::owner(conn, id).await? else {
            return Ok::<_, Error>(Vec::new());
        };
        lock(conn, user_id).await?;
        let ended = match all {
            true => stored::end_all(conn, user_id, None, "signed_out", now).await?,
            false => {
                let ended = stored::end(conn, user_id, id, "signed_out", now).await?;
                ended.then_some(id).into_iter().collect()
            }
        };
        for id in &ended {
            audit::queries::record(conn, &origin, signed_out(user_id, *id)).await?;
        }
        Ok(ended)
    });
    for id in ended.await? {
        state.signed_in.forget(id);
    }
    Ok(())
}

/// The line of the audit log.
pub(super) fn signed_out(user_id: Uuid, session: Uuid) -> Change {
    Change {
        user_id: Some(user_id),
        action: "signed_out",
        entity_type: "session",
        entity_id: Some(session),
        old_value: None,
        new_value: None,
    }
}

/// Who is signed in, and how.
#[derive(Serialize, ToSchema)]
#[schema(as = CurrentSession)]
pub(crate) struct SessionView {
    user: UserView,
    /// `null`: nothing of this session is stored.
    session_id: Option<Uuid>,
    /// When the person was proved.
    authenticated_at: Option<DateTime<Utc>>,
    /// For `X-CSRF-Token`.
    csrf_token: Option<String>,
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/v1/auth/session",
    operation_id = "get_session",
    tag = "Accounts",
    responses((status = 200, description = "The caller", body = SessionView), Refused),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn session(
    proof: Proof,
    me: Me,
    state: Data<ApiState>,
) -> Result<Json<SessionView>, Problem> {
    let user = profile::of(&mut *state.db().await?, me.id).await?;
    let id = session_of(&proof);
    let authenticated_at = match proof {
        Proof::Token(token) => Some(token.session.proved_at),
        Proof::InitData { signed_at, .. } => Some(signed_at),
    };
    Ok(Json(SessionView {
        user,
        session_id: id,
        authenticated_at,
        csrf_token: id.map(|id| state.sessions.page_token(id)),
    }))
}
