//! `/v1/admin/emails`: letters, and addresses that take none.

use actix_web::HttpResponse;
use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use mail::address::Address;
use mail::model::EmailStatus;
use operators::letters::{self, Letter};
use operators::model::reason;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Operator;
use super::pages::{limit, page};
use crate::http::extract::{JsonBody, QueryFields};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Which letters; what is left out: all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    status: Option<EmailStatus>,
    /// The person to whom they were written.
    person: Option<Uuid>,
    /// The address, in any case.
    #[param(max_length = 254)]
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// A letter, without what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenEmail)]
pub(crate) struct LetterView {
    id: Uuid,
    to: String,
    /// `null`: the address is of no person.
    user_id: Option<Uuid>,
    template: String,
    language: String,
    status: EmailStatus,
    /// Who was to deliver it.
    provider: Option<String>,
    attempts: i32,
    /// What the other side said last.
    detail: Option<String>,
    created_at: DateTime<Utc>,
    /// When a mailer has taken it.
    accepted_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Letter> for LetterView {
    fn from(letter: Letter) -> Self {
        Self {
            id: letter.id,
            to: letter.to,
            user_id: letter.user_id,
            template: letter.template,
            language: letter.language,
            status: letter.status,
            provider: letter.provider,
            attempts: letter.attempts,
            detail: letter.detail,
            created_at: letter.created_at,
            accepted_at: letter.accepted_at,
            ended_at: letter.ended_at,
        }
    }
}

/// Some letters.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeenEmails {
    data: Vec<LetterView>,
    next_cursor: Option<Uuid>,
}

/// Letters, the newest first, without what they say; they are kept for 30 days. That they were read is a line of the
/// audit log.
#[utoipa::path(get, path = "/v1/admin/emails", operation_id = "list_emails", tag = "Operators", params(Wanted),
    responses((status = 200, description = "A page", body = SeenEmails), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(
    operator: Operator,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<SeenEmails>, Problem> {
    let limit = limit(wanted.limit)?;
    let wanted = letters::Wanted {
        status: wanted.status,
        person: wanted.person,
        to: wanted.to,
        after: wanted.cursor,
        limit: limit + 1,
    };
    let mut conn = state.db().await?;
    let found = letters::list(&mut conn, &wanted, &operator.by).await?;
    let (rows, next_cursor) = page(found, limit, |row| row.id);
    let data = rows.into_iter().map(Into::into).collect();
    Ok(Json(SeenEmails { data, next_cursor }))
}

/// Which address, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiftWish {
    #[schema(example = "ann@example.org", max_length = 254)]
    email: String,
    #[schema(min_length = 10, max_length = 500)]
    reason: String,
}

/// Lets an address have letters again: what its server has refused, and that its owner has complained, is forgotten.
#[utoipa::path(post, path = "/v1/admin/emails/suppressions/lift", operation_id = "lift_suppression", tag = "Operators",
    request_body = LiftWish,
    responses(
        (status = 204, description = "It gets letters again"),
        (status = 404, description = "None are kept back from it", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn lift(
    operator: Operator,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<LiftWish>,
) -> Result<HttpResponse, Problem> {
    let why = reason(&wish.reason)?;
    let address = Address::parse(&wish.email);
    let address = address.map_err(|why| Error::invalid("email", why))?;
    let key = state.core.config.memory_secret.key("email", &address.key);
    let (by, now) = (&operator.by, state.core.clock.now());
    let mut conn = state.db().await?;
    conn.transaction(async |conn| letters::lift(conn, &key, &why, by, now).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
