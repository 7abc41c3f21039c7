//! `POST /v1/auth/register`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::{Error, Language};
use people::accounts::model::Registration;
use people::accounts::{changes, requests, throttle, tries};
use people::addresses::Address;
use people::sessions::{Method, stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tokens::{Delivery, SignedInView, answer};
use super::{cookies, letter_links, new_password, person, settle};
use crate::http::extract::origin::address as place;
use crate::http::extract::{JsonBody, QueryFields, of_request};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::people::profile;
use crate::state::ApiState;

/// Who signs up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationBody {
    #[schema(max_length = 254, example = "ann@example.org")]
    email: String,
    /// Hard to guess.
    #[schema(
        min_length = 8,
        max_length = 128,
        example = "four unusual words hang here"
    )]
    password: String,
    #[schema(max_length = 255)]
    name: Option<String>,
    #[schema(max_length = 32)]
    phone: Option<String>,
    #[schema(max_length = 255)]
    company: Option<String>,
    /// Of letters and answers; without it that of `Accept-Language`.
    language_code: Option<Language>,
}

/// What comes next.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// `check_your_mail`, whether or not there is an account.
    #[schema(value_type = String, pattern = "^check_your_mail$")]
    pub status: &'static str,
}

/// The same answer for every address.
pub(super) fn accepted() -> HttpResponse {
    HttpResponse::Accepted().json(Accepted {
        status: "check_your_mail",
    })
}

/// Signs up by e-mail
///
/// The answer is the same whether or not the address has an account; a letter says what comes next. Where the operator
/// does not hide which addresses are known: 201 with tokens, or 409.
#[utoipa::path(
    post,
    path = "/v1/auth/register",
    operation_id = "register",
    tag = "Accounts",
    params(Delivery),
    request_body = RegistrationBody,
    responses(
        (status = 201, description = "The account is made", body = SignedInView),
        (status = 202, description = "A letter comes", body = Accepted),
        (status = 409, description = "The address has an account", body = ErrorBody),
        Refused,
    ),
    security(()),
)]
pub(crate) async fn register(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    JsonBody(body): JsonBody<RegistrationBody>,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    state.core.switches.now().await?.admit_sign_up()?;
    let password = body.password.clone();
    let mut registration = checked(&state, &request, body).await?;
    let (now, key) = (state.core.clock.now(), registration.email_key.clone());
    let subjects = tries::subjects(tries::What::Letter, &key, place(&request));
    throttle::take(&mut *state.db().await?, &state.sessions, &subjects, now).await?;
    registration.password_hash = state.passwords.hash(&password).await?;
    if state.config.accounts.hide_existence {
        let mut conn = state.db().await?;
        let ask = conn.transaction(async |conn| {
            requests::ask_to_register(conn, registration.clone(), now).await
        });
        let ticket = ask.await?;
        drop(conn);
        state.core.pusher.wake(&[ticket]).await;
        return Ok(accepted());
    }
    at_once(&request, &state, registration, delivery).await
}

/// Makes the account, and signs in.
async fn at_once(
    request: &HttpRequest,
    state: &ApiState,
    registration: Registration,
    delivery: Delivery,
) -> Result<HttpResponse, Problem> {
    let (now, origin, links) = (state.core.clock.now(), person(request), letter_links(state));
    let mut conn = state.db().await?;
    let idle = state.sessions.lifetimes().idle;
    let made = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        let (id, done) =
            changes::register(conn, &registration, memory, &links, &origin, now).await?;
        let session = stored::begin(conn, id, (Method::Password, idle), &origin, now).await?;
        let user = profile::of(conn, id).await?;
        Ok::<_, Error>((session, user, done))
    });
    let (session, user, done) = made.await?;
    drop(conn);
    settle(state, done).await;
    let session = session.session(session.generation);
    Ok(answer(
        state,
        &session,
        Some(user),
        StatusCode::CREATED,
        delivery,
    )?)
}

/// Without the hash of the password.
async fn checked(
    state: &ApiState,
    request: &HttpRequest,
    body: RegistrationBody,
) -> Result<Registration, Error> {
    let address = Address::read(&body.email)?;
    let name = text("name", body.name, 255)?;
    let phone = text("phone", body.phone, 32)?;
    let company = text("company", body.company, 255)?;
    let known = [
        Some(address.key.as_str()),
        name.as_deref(),
        company.as_deref(),
        phone.as_deref(),
    ];
    let known: Vec<&str> = known.into_iter().flatten().collect();
    new_password::judge(state, "password", &body.password, &known).await?;
    Ok(Registration {
        email_key: address.key,
        spelling: address.spelling,
        password_hash: String::new(),
        name,
        phone,
        company,
        language: body.language_code.unwrap_or_else(|| of_request(request)),
    })
}

/// What a person may leave out; blanks are nothing.
fn text(
    field: &'static str,
    typed: Option<String>,
    longest: usize,
) -> Result<Option<String>, Error> {
    let text = typed
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty());
    match &text {
        Some(text) if text.chars().count() > longest || text.contains(char::is_control) => {
            let why = format!("must have {longest} characters or fewer, on one line");
            Err(Error::invalid(field, why))
        }
        _ => Ok(text),
    }
}
