//! What the links of letters do, by a POST of the page that they lead to: each once.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use people::accounts::model::Purpose;
use people::accounts::{changes, tokens};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{closed, links, person};
use crate::http::extract::JsonBody;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// What stands behind `#token=`.
    #[schema(max_length = 100)]
    token: String,
}

/// The secret of a link, and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    /// What stands behind `#token=`.
    #[schema(max_length = 100)]
    token: String,
    #[schema(min_length = 8, max_length = 128)]
    password: String,
}

/// Proves an address
///
/// Then the person signs in; where several accounts were asked for with the address, by a password that they choose
/// by the link of another letter. A link works once, for a day; E113 when it works no more.
#[utoipa::path(
    post,
    path = "/v1/auth/verify-email",
    operation_id = "verify_email",
    tag = "Accounts",
    request_body = LinkBody,
    responses((status = 204, description = "It is proved"), Refused),
    security(()),
)]
pub(crate) async fn verify(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin, links) = (state.core.clock.now(), person(&request), links(&state));
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        changes::verify(conn, &body.token, memory, &links, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Sets another password by a link
///
/// All sessions of the person end. A link works once, for an hour; E113 when it works no more.
#[utoipa::path(
    post,
    path = "/v1/auth/reset-password",
    operation_id = "reset_password",
    tag = "Accounts",
    request_body = ResetBody,
    responses((status = 204, description = "It is set"), Refused),
    security(()),
)]
pub(crate) async fn reset(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin) = (state.core.clock.now(), person(&request));
    let about = tokens::look(
        &mut *state.db().await?,
        &body.token,
        Purpose::ResetPassword,
        now,
    )
    .await?;
    let about = about.ok_or_else(changes::link_over)?;
    state
        .passwords
        .judge("password", &body.password, &[&about.email_key])
        .await?;
    let hash = state.passwords.hash(&body.password).await?;
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        changes::reset_password(conn, &body.token, &hash, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Proves the address that a person changes to
///
/// The old one gets a letter, with a link that undoes it for a week.
#[utoipa::path(
    post,
    path = "/v1/auth/confirm-email",
    operation_id = "confirm_email",
    tag = "Accounts",
    request_body = LinkBody,
    responses((status = 204, description = "It is changed"), Refused),
    security(()),
)]
pub(crate) async fn confirm(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin, links) = (state.core.clock.now(), person(&request), links(&state));
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        changes::confirm_email(conn, &body.token, &links, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Takes a change of the address back
///
/// The password works no more, all sessions end, and the address gets a link for another password.
#[utoipa::path(
    post,
    path = "/v1/auth/undo-email",
    operation_id = "undo_email",
    tag = "Accounts",
    request_body = LinkBody,
    responses((status = 204, description = "The old address is back"), Refused),
    security(()),
)]
pub(crate) async fn undo(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin, links) = (state.core.clock.now(), person(&request), links(&state));
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        changes::undo_email(conn, &body.token, &links, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}
