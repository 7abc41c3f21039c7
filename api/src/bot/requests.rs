//! `POST /v1/support`: a request to the operators, as after `/paysupport` in the chat. The answer comes there.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bot::codes::TOO_MANY_REQUESTS_OPEN;
use bot::support;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::idempotency::queries::{Lease, finish};
use people::users;
use readings::rules;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{JsonBody, Me, gone};
use crate::http::idempotency::{self, Turn};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What a person writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupportWords {
    #[schema(min_length = 1, max_length = 4096)]
    text: String,
}

/// A request to the operators.
#[derive(Serialize, ToSchema)]
pub(crate) struct SupportRequest {
    id: Uuid,
    /// By which the operators name it.
    number: i64,
    created_at: DateTime<Utc>,
}

/// Writes to the operators
///
/// A person reads it, and answers in the chat with the bot. Three requests of a person may be open at once.
#[utoipa::path(
    post,
    path = "/v1/support",
    operation_id = "ask_support",
    tag = "Users",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer")),
    request_body = SupportWords,
    responses(
        (status = 201, description = "It is open", body = SupportRequest),
        Refused,
        (status = 409, description = "As many as may be are open: E307; or the same request is still at work", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key was used for another request", body = ErrorBody),
    ),
)]
pub(crate) async fn create(
    me: Me,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(written): JsonBody<SupportWords>,
) -> Result<HttpResponse, Problem> {
    let words = rules::words(Some(&written.text))?;
    let words = words.ok_or_else(|| Error::missing("text", "what is wrong?"))?;
    let key = idempotency::key_of(request.headers())?;
    let whose = me.key().bytes();
    let print = idempotency::fingerprint("POST /v1/support", &[&whose, words.as_bytes()]);
    let caller = me.caller.namespace();
    let lease = match idempotency::begin(&state, &caller, key.as_deref(), &print).await? {
        Turn::Answered(answer) => return Ok(answer),
        Turn::Work(lease) => lease,
    };
    match open(&state, &me, &words, lease.as_ref()).await {
        Ok(body) => Ok(HttpResponse::Created()
            .content_type("application/json")
            .body(body)),
        Err(why) => {
            idempotency::release(&state, lease.as_ref()).await;
            Err(why.into())
        }
    }
}

async fn open(
    state: &ApiState,
    me: &Me,
    words: &str,
    lease: Option<&Lease>,
) -> Result<Vec<u8>, Error> {
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        // The chat with a person has the person's id.
        let person = users::queries::by_id(conn, me.id).await.map_err(gone)?;
        let chat_id = person.telegram_id.ok_or_else(|| {
            let why = "the answer comes to the chat with the bot, which this account does not have";
            Error::Conflict(why.to_owned())
        })?;
        let person = (me.id, chat_id);
        let opened = support::open(conn, person, words, &me.origin).await;
        let opened = opened.map_err(gone)?;
        let opened = opened.ok_or_else(|| Error::LimitExceeded {
            code: TOO_MANY_REQUESTS_OPEN,
            details: json!({ "open": support::OPEN_MAX }),
        })?;
        let view = SupportRequest {
            id: opened.id,
            number: opened.number,
            created_at: opened.created_at,
        };
        let body = serde_json::to_vec(&view).map_err(Error::internal)?;
        if let Some(lease) = lease {
            finish(conn, lease, StatusCode::CREATED.as_u16(), &body).await?;
        }
        Ok(body)
    })
    .await
}
