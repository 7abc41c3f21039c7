//! `/v1/users/me/deletion`: deletion of everything about a person.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Error;
use people::privacy::model::{Request, RequestKind, RequestStatus};
use people::privacy::{queries, rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Operation, start};
use crate::http::extract::{Me, parse_json};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// The confirmation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeletionConfirmation {
    /// `DELETE_MY_DATA`, and nothing else.
    #[schema(value_type = String, pattern = "^DELETE_MY_DATA$", example = "DELETE_MY_DATA")]
    confirmation_code: Option<String>,
}

/// A deletion.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deletion {
    id: Uuid,
    status: RequestStatus,
    created_at: DateTime<Utc>,
    /// Everything is deleted by then.
    deadline: DateTime<Utc>,
}

fn view(request: &Request) -> Deletion {
    Deletion {
        id: request.id,
        status: request.status,
        created_at: request.created_at,
        deadline: request.created_at + rules::DELETION_DEADLINE,
    }
}

/// Has everything about a person deleted.
///
/// Readings, photos, messages, usage, subscription and profile go; payments and audit lines stay
/// without anything that names them. It cannot be undone. The bot sends the person a
/// message when it is done. Once a day: a person who has come back gets 429 E305, with `Retry-After`. What
/// prevents abuse outlives it for a stated time, by a keyed hash.
#[utoipa::path(
    post,
    path = "/v1/users/me/deletion",
    operation_id = "request_deletion",
    tag = "Privacy",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer, for a day"),
    ),
    request_body = DeletionConfirmation,
    responses(
        (status = 202, description = "It will be deleted", body = Deletion),
        (status = 404, description = "Their data was deleted this moment", body = ErrorBody),
        (status = 409, description = "The same request is still at work", body = ErrorBody),
        (status = 422, description = "The key was used for another request", body = ErrorBody),
        Refused,
    )
)]
pub(crate) async fn create(
    me: Me,
    request: HttpRequest,
    state: web::Data<ApiState>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    confirmed(&body)?;
    let operation = Operation {
        name: "POST /v1/users/me/deletion",
        kind: RequestKind::Deletion,
        view,
    };
    Ok(start(&state, &me, request.headers(), operation).await?)
}

/// Whatever is not the confirmation is a fault of that one field.
fn confirmed(body: &[u8]) -> Result<(), Error> {
    let sent: DeletionConfirmation = parse_json(body).map_err(|_| {
        let why = format!(
            "the body must be {{\"confirmation_code\": \"{}\"}}",
            rules::CONFIRMATION_CODE
        );
        Error::invalid("confirmation_code", why)
    })?;
    rules::confirm(sent.confirmation_code.as_deref())
}

/// The newest deletion of a person.
///
/// Once it is completed this Telegram account is unknown: a person who comes back is a new
/// person, and this is a 404.
#[utoipa::path(
    get,
    path = "/v1/users/me/deletion",
    operation_id = "get_deletion",
    tag = "Privacy",
    responses(
        (status = 200, description = "How far it is", body = Deletion),
        (status = 404, description = "None was asked for", body = ErrorBody),
        Refused,
    )
)]
pub(crate) async fn show(me: Me, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let mut conn = state.db().await?;
    let newest = queries::newest(&mut conn, me.id, RequestKind::Deletion, 1).await?;
    let newest = newest.first().ok_or(Error::NotFound("deletion"))?;
    Ok(HttpResponse::Ok().json(view(newest)))
}
