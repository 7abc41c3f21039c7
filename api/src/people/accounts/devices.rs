//! `/v1/auth/sessions`: where a person is signed in.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::sessions::stored::{self, Row};
use people::sessions::{Method, device};
use people::users::queries::lock;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::refresh::signed_out;
use super::session_of;
use crate::http::extract::{Me, Proof};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Where a person is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceSession)]
pub(crate) struct DeviceView {
    id: Uuid,
    /// Whether it is the one that asks.
    is_current: bool,
    /// A name for the program (example: Firefox, Linux); `null`: it does not say.
    device: Option<String>,
    /// The network of the address, where the session was last renewed.
    place: Option<String>,
    user_agent: Option<String>,
    /// What has proved the person: `pwd`, `telegram` or `pop` (a passkey).
    method: &'static str,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    /// When it ends if it is not renewed.
    ends_at: DateTime<Utc>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceSessions {
    sessions: Vec<DeviceView>,
}

fn view(row: Row, current: Option<Uuid>) -> DeviceView {
    DeviceView {
        is_current: current == Some(row.id),
        device: device::name(row.user_agent.as_deref()),
        place: row
            .address
            .map(|one| device::network(one.addr()).to_string()),
        method: Method::parse(&row.method).as_str(),
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        ends_at: row.until(),
        id: row.id,
        user_agent: row.user_agent,
    }
}

/// Where the caller is signed in
///
/// The newest first. The Mini App is not among them: nothing of it is stored.
#[utoipa::path(
    get,
    path = "/v1/auth/sessions",
    operation_id = "list_sessions",
    tag = "Accounts",
    responses((status = 200, description = "The sessions", body = DeviceSessions), Refused),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn list(
    proof: Proof,
    me: Me,
    state: Data<ApiState>,
) -> Result<Json<DeviceSessions>, Problem> {
    let now = state.core.clock.now();
    let rows = stored::list(&mut *state.db().await?, me.id, now).await?;
    let current = session_of(&proof);
    let sessions = rows.into_iter().map(|row| view(row, current)).collect();
    Ok(Json(DeviceSessions { sessions }))
}

/// Signs out somewhere.
#[utoipa::path(
    delete,
    path = "/v1/auth/sessions/{id}",
    operation_id = "end_session",
    tag = "Accounts",
    params(("id" = Uuid, Path, description = "The session")),
    responses(
        (status = 204, description = "It is ended"),
        (status = 404, description = "There is no such session of the caller", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn end(
    _: Proof,
    me: Me,
    state: Data<ApiState>,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (*id, state.core.clock.now());
    let mut conn = state.db().await?;
    let ended = conn.transaction(async |conn| {
        lock(conn, me.id).await?;
        let ended = stored::end(conn, me.id, id, "signed_out", now).await?;
        if ended {
            audit::queries::record(conn, &me.origin, signed_out(me.id, id)).await?;
        }
        Ok::<_, Error>(ended)
    });
    if !ended.await? {
        return Err(Error::NotFound("session").into());
    }
    state.signed_in.forget(id);
    Ok(HttpResponse::NoContent().finish())
}
