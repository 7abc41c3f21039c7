//! `POST /v1/auth/telegram-login`: Telegram's log-in widget in a browser.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::sessions::Method;
use people::users::login_widget::{self, Fields, Proved};
use people::users::queries::{find_or_create, lock};
use serde::Deserialize;
use utoipa::ToSchema;

use super::begin::begin;
use super::login::LoginQuery;
use super::second_step::{self, LoginView};
use super::tokens::{Delivery, answer};
use super::{cookies, person};
use crate::http::extract::{JsonBody, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// What Telegram's log-in widget has given, all of it as it came: `id`, `auth_date`, `hash` and what else there is.
#[derive(Deserialize, ToSchema)]
#[schema(value_type = Object, example = json!({
    "id": 7, "first_name": "Anna", "username": "anna", "auth_date": 1_764_500_000,
    "hash": "b45b29ff4a4a7e9e9ea1bd66a4dd0e3d7e9e46e4ccbbff1d4ff5a0ab5dbd1ba4",
}))]
pub(crate) struct TelegramLogin(Fields);

impl TelegramLogin {
    /// The person whom Telegram has proved. To be used up in the transaction of what it is for.
    pub(super) fn verify(&self, state: &ApiState) -> Result<Proved, Error> {
        let token = &state.core.config.messenger.bot_token;
        login_widget::verify(token, &self.0, state.core.clock.now())
    }
}

/// Signs in by Telegram in a browser
///
/// With what the log-in widget of the bot has given, within ten minutes, once. A person who is not known is made.
#[utoipa::path(
    post,
    path = "/v1/auth/telegram-login",
    operation_id = "login_by_telegram",
    tag = "Accounts",
    params(Delivery, LoginQuery),
    request_body = TelegramLogin,
    responses((status = 200, description = "Signed in", body = LoginView), Refused),
    security(()),
)]
pub(crate) async fn telegram(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    QueryFields(query): QueryFields<LoginQuery>,
    JsonBody(body): JsonBody<TelegramLogin>,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let proved = body.verify(&state)?;
    let mut conn = state.db().await?;
    let idle = state.sessions.lifetimes().idle;
    let begun = conn.transaction(async |conn| {
        login_widget::spend(conn, &proved).await?;
        let id = find_or_create(conn, &proved.profile, &state.core.memory)
            .await?
            .id;
        lock(conn, id).await?;
        query.check(conn, id, now).await?;
        if let Some(waits) = second_step::wait(conn, id, ("", ""), now).await? {
            return Ok::<_, Error>(Err(waits));
        }
        let methods = (Method::Telegram, None);
        Ok(Ok(begin(conn, id, methods, idle, &origin, now).await?))
    });
    let begun = begun.await?;
    drop(conn);
    let (session, user, tickets) = match begun {
        Ok(begun) => begun,
        Err(waits) => return Ok(HttpResponse::Ok().json(waits)),
    };
    state.core.pusher.wake(&tickets).await;
    let session = session.session(session.generation);
    let answer = answer(&state, &session, Some(user), StatusCode::OK, delivery);
    Ok(answer?)
}
