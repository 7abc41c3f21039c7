//! `/v1/contact`: a message of anybody to the operators.

use actix_web::http::StatusCode;
use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use mail::address::Address;
use mail::contact::{self, DIFFICULTY, MESSAGE_MAX, Message, NAME_MAX};
use people::rate_limits::buckets::Bucket;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{JsonBody, of_request, origin};
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// What a message has to prove.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChallengeView {
    challenge: String,
    /// Zero bits at the beginning of SHA-256 over challenge, colon and nonce.
    difficulty: u32,
    expires_at: DateTime<Utc>,
}

/// A message to the operators.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactMessage {
    #[schema(max_length = 100)]
    name: String,
    /// Where the answer goes.
    email: String,
    #[schema(max_length = 5000)]
    message: String,
    /// That of `GET /v1/contact`; good for an hour and one message.
    challenge: String,
    /// What makes SHA-256 of `<challenge>:<nonce>` begin with as many zero bits as `difficulty` says.
    nonce: String,
    /// Left empty: a form hides this field, and only programs fill it in.
    website: Option<String>,
}

/// A message that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReceivedView {
    id: Uuid,
}

/// Asks what a message of the contact form has to prove
#[utoipa::path(get, path = "/v1/contact", operation_id = "contact_challenge", tag = "Contact", security(()),
    responses(
        (status = 200, description = "The challenge", body = ChallengeView),
        (status = 429, description = "Too many requests from this address", body = ErrorBody)))]
pub(crate) async fn challenge(state: web::Data<ApiState>) -> Json<ChallengeView> {
    let (challenge, expires_at) = contact::challenge(state.core.clock.now(), sign(&state));
    Json(ChallengeView {
        challenge,
        difficulty: DIFFICULTY,
        expires_at,
    })
}

/// Writes to the operators; five times an hour from one network
#[utoipa::path(post, path = "/v1/contact", operation_id = "write_contact_message", tag = "Contact", security(()),
    request_body = ContactMessage,
    responses(
        (status = 202, description = "It is on its way", body = ReceivedView),
        (status = 400, description = "A field is wrong, or the proof", body = ErrorBody),
        (status = 409, description = "The challenge was used for another message", body = ErrorBody),
        (status = 429, description = "Too many messages from this network", body = ErrorBody)))]
pub(crate) async fn write(
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(form): JsonBody<ContactMessage>,
) -> Result<HttpResponse, Problem> {
    if form.website.as_deref().is_some_and(|text| !text.is_empty()) {
        // A program learns nothing of it.
        return Ok(received(Uuid::now_v7()));
    }
    let message = checked(&request, &form)?;
    let now = state.core.clock.now();
    let proof = contact::verify(&form.challenge, &form.nonce, now, sign(&state));
    let proof = proof.map_err(|why| Error::invalid("challenge", why))?;
    count(&state, &request).await?;
    let to = state.core.config.mail.contact.as_ref();
    let origin = origin::origin(&request, "visitor".to_owned());
    let kept = state
        .db()
        .await?
        .transaction(async |conn| contact::keep(conn, &message, &proof, to, &origin).await)
        .await
        .map_err(Error::from)?;
    let used = || Error::Conflict("the challenge was used before: ask for another one".to_owned());
    let (id, ticket) = kept.ok_or_else(used)?;
    state.core.pusher.wake(ticket.as_slice()).await;
    Ok(received(id))
}

fn received(id: Uuid) -> HttpResponse {
    HttpResponse::build(StatusCode::ACCEPTED).json(ReceivedView { id })
}

fn sign(state: &ApiState) -> impl Fn(&str) -> [u8; 32] {
    let secret = state.core.config.memory_secret.clone();
    move |text| secret.key("contact", text)
}

fn checked(request: &HttpRequest, form: &ContactMessage) -> Result<Message, Error> {
    let text = |field: &'static str, value: &str, most: usize| {
        let value = value.trim();
        match value.chars().count() {
            0 => Err(Error::missing(field, "must not be empty")),
            length if length > most => Err(Error::invalid(
                field,
                format!("must have at most {most} characters"),
            )),
            _ => Ok(value.to_owned()),
        }
    };
    let name = text("name", &form.name, NAME_MAX)?;
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must be one line"));
    }
    Ok(Message {
        name,
        email: Address::parse(&form.email).map_err(|why| Error::invalid("email", why))?,
        message: text("message", &form.message, MESSAGE_MAX)?,
        language: of_request(request),
    })
}

/// Counts a message for its network.
async fn count(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let Some(address) = origin::address(request) else {
        return Ok(());
    };
    let counted = state.limiter.count_one(Bucket::contact(address)).await;
    match counted.refused() {
        Some(retry_after) => Err(Error::RateLimited { retry_after }),
        None => Ok(()),
    }
}
