//! `POST /v1/auth/login/2fa`: a sign-in of a person with a second factor, after the password; and how often anybody may
//! try to show one.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use kernel::codes::TOKEN_EXPIRED;
use people::accounts::model::Purpose;
use people::accounts::tries::{Subject, What};
use people::accounts::{throttle, tokens, tries};
use people::codes::{WRONG_CODE, WRONG_PASSKEY};
use people::factors::acts::{self, Shown};
use people::factors::queries;
use people::sessions::Method;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::begin::{begin, is_known};
use super::tokens::{Delivery, SignedInView, answer};
use super::{cookies, person};
use crate::http::extract::origin::address as place;
use crate::http::extract::{JsonBody, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::http::security::Event;
use crate::state::ApiState;

/// The password was right, and a second factor is asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondStep)]
pub(crate) struct SecondStepView {
    /// `true`.
    mfa_required: bool,
    /// For `POST /v1/auth/login/2fa`, once.
    mfa_token: String,
    /// What can be shown: `totp` (a code of the app), `recovery_code`; `passkey`, which signs in by itself
    /// (`POST /v1/auth/passkeys/signin`).
    methods: Vec<&'static str>,
    /// Of the token, in seconds.
    expires_in: i64,
}

/// What a sign-in is answered with.
pub(crate) struct LoginView;

impl PartialSchema for LoginView {
    fn schema() -> RefOr<Schema> {
        let of = |name: &str| Ref::from_schema_name(name);
        let either = OneOfBuilder::new().item(of("SignedIn"));
        either.item(of("SecondStep")).into()
    }
}

impl ToSchema for LoginView {
    fn name() -> std::borrow::Cow<'static, str> {
        "Login".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("SignedIn".to_owned(), SignedInView::schema()));
        schemas.push(("SecondStep".to_owned(), SecondStepView::schema()));
        SignedInView::schemas(schemas);
        SecondStepView::schemas(schemas);
    }
}

/// Lets a sign-in wait for the second factor of a person, if they have one, who was proved in this transaction's lock: by
/// the password of an address, or by Telegram, without one.
pub(super) async fn wait(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    address: (&str, &str),
    now: DateTime<Utc>,
) -> Result<Option<SecondStepView>, Error> {
    let methods = queries::methods(conn, user_id).await?;
    if methods.is_empty() {
        return Ok(None);
    }
    Ok(Some(SecondStepView {
        mfa_required: true,
        mfa_token: tokens::make(conn, user_id, Purpose::SignIn, address, now).await?,
        methods,
        expires_in: Purpose::SignIn.lifetime().num_seconds(),
    }))
}

/// What waits, and what is shown: one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondBody {
    #[schema(max_length = 100)]
    mfa_token: String,
    /// Of the app.
    #[schema(max_length = 20, example = "287082")]
    code: Option<String>,
    #[schema(max_length = 40)]
    recovery_code: Option<String>,
}

/// What a body shows.
///
/// # Errors
/// E104 for nothing, or more than one.
pub(super) fn shown(code: Option<String>, recovery_code: Option<String>) -> Result<Shown, Error> {
    match (code, recovery_code) {
        (Some(code), None) => Ok(Shown::Code(code)),
        (None, Some(code)) => Ok(Shown::RecoveryCode(code)),
        _ => Err(Error::missing("code", "bring `code`, or `recovery_code`")),
    }
}

/// Signs in with a second factor
///
/// After a sign-in that was answered with `mfa_required`. The token works for five minutes, once, and no longer than the
/// password. After five wrong codes each further try waits longer, whatever asks for them: 429 E304. A code works once.
#[utoipa::path(
    post,
    path = "/v1/auth/login/2fa",
    operation_id = "login_second_step",
    tag = "Accounts",
    params(Delivery),
    request_body = SecondBody,
    responses((status = 200, description = "Signed in", body = SignedInView), Refused),
    security(()),
)]
pub(crate) async fn login(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    JsonBody(body): JsonBody<SecondBody>,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let shown = shown(body.code, body.recovery_code)?;
    let (secret, vault) = (&body.mfa_token, &state.core.config.vault);
    let over = || Error::Unauthenticated(TOKEN_EXPIRED);
    let mut conn = state.db().await?;
    let waits = tokens::look(&mut conn, secret, Purpose::SignIn, now).await?;
    let user_id = waits.ok_or_else(over)?.user_id;
    let tried = Try::take(&mut conn, &state, &request, user_id).await?;
    let idle = state.sessions.lifetimes().idle;
    let begun = conn.transaction(async |conn| {
        let waits = tokens::take(conn, secret, Purpose::SignIn, now).await?;
        let first = match waits.ok_or_else(over)?.email_key.as_str() {
            "" => Method::Telegram,
            _ => Method::Password,
        };
        let (second, tickets) = acts::prove(conn, user_id, &shown, vault, &origin, now).await?;
        let methods = (first, Some(second));
        let begun = begin(conn, user_id, methods, idle, &origin, now).await?;
        Ok::<_, Error>((begun, tickets))
    });
    let begun = begun.await;
    let begun = tried.end(&mut conn, &state, &request, begun).await?;
    drop(conn);
    let ((session, user, more), tickets) = begun;
    state.core.pusher.wake(&[tickets, more].concat()).await;
    let session = session.session(session.generation);
    Ok(answer(
        &state,
        &session,
        Some(user),
        StatusCode::OK,
        delivery,
    )?)
}

/// A try to show a second factor. Tries are counted by the person, whatever asks for codes, and by themselves: a right
/// password gives none back.
pub(super) struct Try(Vec<Subject>);

impl Try {
    /// Takes one.
    ///
    /// # Errors
    /// E304 after too many; those of the database.
    pub(super) async fn take(
        conn: &mut AsyncPgConnection,
        state: &ApiState,
        request: &HttpRequest,
        user_id: Uuid,
    ) -> Result<Self, Error> {
        let (now, place, key) = (state.core.clock.now(), place(request), user_id.to_string());
        let is_known = is_known(conn, user_id, place, now).await?;
        let subjects = tries::subjects(What::Code, &key, place);
        match throttle::take_here(conn, &state.sessions, &subjects, now).await? {
            None => Ok(Self(subjects.into())),
            // Strangers elsewhere do not hold up the person where they have signed in.
            Some(_) if is_known => Ok(Self(subjects[..1].to_vec())),
            Some(left) => Err(throttle::too_soon(left)),
        }
    }

    /// Gives it back, unless what was shown was wrong.
    ///
    /// # Errors
    /// That of what was done with it; those of the database.
    pub(super) async fn end<T>(
        self,
        conn: &mut AsyncPgConnection,
        state: &ApiState,
        request: &HttpRequest,
        done: Result<T, Error>,
    ) -> Result<T, Error> {
        match &done {
            Err(why) if [WRONG_CODE, WRONG_PASSKEY].contains(&why.code()) => {
                let event = match why.code() == WRONG_CODE {
                    true => Event::WrongCode,
                    false => Event::WrongPasskey,
                };
                state.security_log.note(request, event);
            }
            _ => throttle::give_back(conn, &state.sessions, &self.0).await?,
        }
        done
    }
}
