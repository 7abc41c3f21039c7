//! `/v1/auth/link`: several ways in of one person.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::accounts::model::{EMAIL, Owner, Purpose, TELEGRAM};
use people::accounts::tries::What;
use people::accounts::{changes, linking, queries, requests, start_links, throttle, tries};
use people::addresses::Address;
use people::sessions::Way;
use people::users::login_widget;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vendors::messenger::start_link;

use super::changes::proved;
use super::links::{VerifyBody, show};
use super::login::still;
use super::register::{Accepted, accepted};
use super::telegram::TelegramLogin;
use super::{closed, letter_links, new_password, own_session, person};
use crate::http::extract::origin::address as place;
use crate::http::extract::{JsonBody, Me, Proof};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// An address, and a password to sign in with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkEmailBody {
    #[schema(max_length = 254, example = "ann@example.org")]
    email: String,
    /// Hard to guess. The page of the letter's link asks for it once more.
    #[schema(min_length = 8, max_length = 128)]
    password: String,
}

/// Asks for an address as another way in
///
/// For a person with a Telegram account and without an address. A letter with a link comes to the address. The answer is
/// the same for every address.
#[utoipa::path(
    post,
    path = "/v1/auth/link/email",
    operation_id = "link_email",
    tag = "Accounts",
    request_body = LinkEmailBody,
    responses(
        (status = 202, description = "A letter comes", body = Accepted),
        (status = 409, description = "The person has an address", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn email(
    _: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkEmailBody>,
) -> Result<HttpResponse, Problem> {
    let (now, address) = (state.core.clock.now(), Address::read(&body.email)?);
    let subjects = tries::subjects(What::Letter, &address.key, place(&request));
    throttle::take(&mut *state.db().await?, &state.sessions, &subjects, now).await?;
    new_password::judge(&state, "password", &body.password, &[&address.key]).await?;
    let hash = state.passwords.hash(&body.password).await?;
    let mut conn = state.db().await?;
    let asked = conn.transaction(async |conn| {
        if queries::address_of(conn, me.id).await?.is_some() {
            let why = "this account has an address: change it (POST /v1/auth/change-email)";
            return Err(Error::Conflict(why.to_owned()));
        }
        let asked = requests::ask_to_link(conn, me.id, &address, hash, me.language, now);
        Ok(asked.await?)
    });
    let ticket = asked.await?;
    drop(conn);
    state.core.pusher.wake(&[ticket]).await;
    Ok(accepted())
}

/// Connects an address, by the link of a letter
///
/// With the password that was chosen for it (E114 with another one). An address of another account moves only if that
/// account is signed in here (E218), and has nothing else to lose (E620); it is deleted then.
#[utoipa::path(
    post,
    path = "/v1/auth/link/email/confirm",
    operation_id = "confirm_link_email",
    tag = "Accounts",
    request_body = VerifyBody,
    responses(
        (status = 204, description = "It is connected"),
        (status = 403, description = "The address has an account: sign in to it first (E218)", body = ErrorBody),
        (status = 409, description = "That account has something to lose (E620)", body = ErrorBody),
        Refused,
    ),
    security((), ("AccessToken" = [])),
)]
pub(crate) async fn confirm(
    request: HttpRequest,
    proof: Option<Proof>,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<VerifyBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin) = (state.core.clock.now(), person(&request));
    let wanted = changes::to_link(&mut *state.db().await?, &body.token, now).await?;
    show(&state, &request, &wanted, &body.password).await?;
    let by = match proof {
        Some(Proof::Token(token)) if matches!(token.session.way, Way::Stored { .. }) => {
            Some(token.session.user_id)
        }
        _ => None,
    };
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        linking::give_email(conn, (&body.token, by), memory, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// The password of the account, and what proves the Telegram account at once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkTelegramBody {
    #[schema(max_length = 128)]
    password: String,
    /// What Telegram's log-in widget has given. Without it the answer has a link to the bot.
    #[schema(value_type = Option<TelegramLogin>)]
    telegram: Option<TelegramLogin>,
}

/// Where the Telegram account is proved.
#[derive(Serialize, ToSchema)]
pub(crate) struct TelegramLink {
    /// To be opened in Telegram: the bot asks, and a button connects. Once.
    #[schema(example = "https://t.me/symancy_bot?start=link_a-secret")]
    link: String,
    expires_at: DateTime<Utc>,
}

/// Connects a Telegram account
///
/// By what the log-in widget has given, at once; or by a link to the bot. A Telegram account that is known moves only if its
/// person has nothing else to lose (E620); that person is deleted then.
#[utoipa::path(
    post,
    path = "/v1/auth/link/telegram",
    operation_id = "link_telegram",
    tag = "Accounts",
    request_body = LinkTelegramBody,
    responses(
        (status = 200, description = "A link to the bot", body = TelegramLink),
        (status = 204, description = "It is connected"),
        (status = 409, description = "The account has one, or the other person has something to lose (E620)",
            body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn telegram(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkTelegramBody>,
) -> Result<HttpResponse, Problem> {
    own_session(&proof)?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let (_, owner) = proved(&state, &request, &me, &body.password).await?;
    let Some(telegram) = body.telegram else {
        return Ok(HttpResponse::Ok().json(by_bot(&state, &owner).await?));
    };
    let telegram = telegram.verify(&state)?;
    let telegram_id = telegram.profile.telegram_id;
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        login_widget::spend(conn, &telegram).await?;
        let memory = &state.core.memory;
        let done = linking::give_telegram(conn, (me.id, telegram_id), memory, &origin, now).await?;
        // In the lock of the person.
        still(conn, &owner).await?;
        Ok::<_, Error>(done)
    });
    Ok(closed(&state, done.await?, conn).await)
}

async fn by_bot(state: &ApiState, owner: &Owner) -> Result<TelegramLink, Error> {
    let now = state.core.clock.now();
    let bot = state.core.providers.messenger.name().await?;
    let mut conn = state.db().await?;
    let argument = conn.transaction(async |conn| {
        still(conn, owner).await?;
        start_links::begin_telegram(conn, owner.user_id, now).await
    });
    Ok(TelegramLink {
        link: start_link(&bot, &argument.await?),
        expires_at: now + Purpose::LinkTelegram.lifetime(),
    })
}

/// Disconnects the address
///
/// Never the only way in (E621). Sessions that began by it end, and for a week its owner can take it back.
#[utoipa::path(
    delete,
    path = "/v1/auth/link/email",
    operation_id = "unlink_email",
    tag = "Accounts",
    responses(
        (status = 204, description = "It is disconnected"),
        (status = 404, description = "The person has none", body = ErrorBody),
        (status = 409, description = "It is the only way in (E621)", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn unlink_email(
    _: Proof,
    me: Me,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    Ok(unlink(&state, &me, EMAIL).await?)
}

/// Disconnects the Telegram account
///
/// Never the only way in (E621). Sessions that began by it end.
#[utoipa::path(
    delete,
    path = "/v1/auth/link/telegram",
    operation_id = "unlink_telegram",
    tag = "Accounts",
    responses(
        (status = 204, description = "It is disconnected"),
        (status = 404, description = "The person has none", body = ErrorBody),
        (status = 409, description = "It is the only way in (E621)", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn unlink_telegram(
    _: Proof,
    me: Me,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    Ok(unlink(&state, &me, TELEGRAM).await?)
}

async fn unlink(state: &ApiState, me: &Me, provider: &'static str) -> Result<HttpResponse, Error> {
    let (now, links) = (state.core.clock.now(), letter_links(state));
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let (memory, way) = (&state.core.memory, (me.id, provider));
        linking::unlink(conn, way, &links, memory, &me.origin, now).await
    });
    Ok(closed(state, done.await?, conn).await)
}
