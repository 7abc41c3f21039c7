//! `/v1/admin/users`: finding persons, and what is done about one.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use kernel::db::Conn;
use money::subscriptions::model::SubscriptionTier;
use operators::accounts::{self, Whose};
use operators::model::reason;
use operators::roles::{Permission, Role};
use operators::search;
use people::users::model::PersonKey;
use people::users::queries::by_id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Operator;
use super::pages::{limit, page};
use super::reason::Reason;
use crate::http::extract::{JsonBody, QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Whether accounts are suspended.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Suspended,
}

/// Which persons.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// An id, a Telegram id, or the beginning of an e-mail address (3 characters or more).
    #[param(max_length = 254)]
    query: Option<String>,
    #[param(inline)]
    status: Option<Status>,
    plan: Option<SubscriptionTier>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// That an account is suspended.
#[derive(Serialize, ToSchema)]
#[schema(as = Suspension)]
pub(crate) struct SuspensionView {
    pub since: DateTime<Utc>,
    /// `null`: until it is taken back.
    pub until: Option<DateTime<Utc>>,
}

impl SuspensionView {
    pub(super) fn of(since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Option<Self> {
        since.map(|since| Self { since, until })
    }
}

/// A person that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundPerson)]
pub(crate) struct PersonView {
    id: Uuid,
    pub telegram_id: Option<i64>,
    /// `null` also for operators who may not see persons.
    email: Option<String>,
    /// Whether they have proved their address.
    is_verified: bool,
    plan: SubscriptionTier,
    suspension: Option<SuspensionView>,
    created_at: DateTime<Utc>,
}

impl PersonView {
    pub(super) fn of(person: search::Person, role: Role) -> Self {
        Self {
            id: person.id,
            telegram_id: person.telegram_id,
            email: person.email.filter(|_| role.may(Permission::PeopleRead)),
            is_verified: person.is_verified,
            plan: person.tier,
            suspension: SuspensionView::of(person.suspended_since, person.suspended_until),
            created_at: person.created_at,
        }
    }
}

/// Some persons.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundPersons {
    data: Vec<PersonView>,
    next_cursor: Option<Uuid>,
}

/// Persons, the newest first. Without names and without anything that they wrote.
#[utoipa::path(get, path = "/v1/admin/users", operation_id = "find_users", tag = "Operators", params(Wanted),
    responses((status = 200, description = "A page", body = FoundPersons), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(
    operator: Operator,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<FoundPersons>, Problem> {
    let limit = limit(wanted.limit)?;
    let wanted = search::Wanted {
        by: wanted.query.as_deref().map(search::by).transpose()?,
        suspended: wanted.status.map(|it| matches!(it, Status::Suspended)),
        tier: wanted.plan,
        after: wanted.cursor,
        limit: limit + 1,
    };
    let now = state.core.clock.now();
    let found = search::persons(&mut *state.reader().await?, &wanted, now).await?;
    let (rows, next_cursor) = page(found, limit, |row| row.id);
    let view = |row| PersonView::of(row, operator.role);
    let data = rows.into_iter().map(view).collect();
    Ok(Json(FoundPersons { data, next_cursor }))
}

/// Why, and until when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuspensionWish {
    #[schema(min_length = 10, max_length = 500)]
    pub reason: String,
    /// Left out: until it is taken back.
    pub until: Option<DateTime<Utc>>,
}

/// After the commit of what was done about an account: what is remembered of it is dropped, by both names of a person.
async fn settle(state: &ApiState, mut conn: Conn, id: Uuid, ended: &[Uuid]) -> HttpResponse {
    for session in ended {
        state.signed_in.forget(*session);
    }
    // `None` for an organization; without an answer of the database it takes effect within seconds.
    let person = by_id(&mut conn, id).await.ok();
    let telegram_id = person.and_then(|person| person.telegram_id);
    state.forget_person(PersonKey::Row(id));
    if let Some(telegram_id) = telegram_id {
        state.forget_person(PersonKey::Telegram(telegram_id));
    }
    HttpResponse::NoContent().finish()
}

/// Suspends an account, of which this is the id.
pub(super) async fn suspend_account(
    operator: &Operator,
    state: &ApiState,
    whose: Whose,
    wish: SuspensionWish,
) -> Result<HttpResponse, Problem> {
    let (wish, now) = ((reason(&wish.reason)?, wish.until), state.core.clock.now());
    if operator.by.operator == Some(whose.id()) {
        return Err(Error::Conflict(
            "an operator cannot suspend their own account: ask another operator".to_owned(),
        )
        .into());
    }
    let mut conn = state.db().await?;
    let ended = conn
        .transaction(async |conn| accounts::suspend(conn, whose, wish, &operator.by, now).await)
        .await?;
    Ok(settle(state, conn, whose.id(), &ended).await)
}

/// Takes the suspension of an account back.
pub(super) async fn restore_account(
    operator: &Operator,
    state: &ApiState,
    whose: Whose,
    reason: &str,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    conn.transaction(async |conn| accounts::restore(conn, whose, reason, &operator.by, now).await)
        .await?;
    Ok(settle(state, conn, whose.id(), &[]).await)
}

/// Suspends a person: their sessions end, they cannot sign in, and what they or their keys ask for is refused (403 E215)
/// but a copy or the deletion of their data. Readings that were accepted are finished.
#[utoipa::path(post, path = "/v1/admin/users/{id}/suspend", operation_id = "suspend_user", tag = "Operators",
    params(("id" = Uuid, Path)),
    request_body = SuspensionWish,
    responses(
        (status = 204, description = "They are suspended"),
        (status = 404, description = "No such person", body = ErrorBody),
        (status = 409, description = "It is the operator", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn suspend(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<SuspensionWish>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    suspend_account(&operator, &state, Whose::Person(id), wish).await
}

/// Takes the suspension of a person back.
#[utoipa::path(post, path = "/v1/admin/users/{id}/restore", operation_id = "restore_user", tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    responses(
        (status = 204, description = "They are not suspended any more"),
        (status = 404, description = "No such person", body = ErrorBody),
        (status = 409, description = "They are not suspended", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn restore(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    restore_account(&operator, &state, Whose::Person(id), &reason).await
}

/// Proves the address of a person whom the letter has not reached.
#[utoipa::path(post, path = "/v1/admin/users/{id}/verify", operation_id = "verify_user", tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    responses(
        (status = 204, description = "The address is proved"),
        (status = 404, description = "No such person, or one without an address", body = ErrorBody),
        (status = 409, description = "It is proved already", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn verify(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    let (by, now) = (&operator.by, state.core.clock.now());
    let mut conn = state.db().await?;
    conn.transaction(async |conn| accounts::verify(conn, id, &reason, by, now).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all stored sessions of a person.
#[utoipa::path(post, path = "/v1/admin/users/{id}/sign-out", operation_id = "sign_out_user", tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    responses(
        (status = 204, description = "They are signed out"),
        (status = 404, description = "No such person", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn sign_out(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    let (by, now) = (&operator.by, state.core.clock.now());
    let mut conn = state.db().await?;
    let ended = conn
        .transaction(async |conn| accounts::sign_out(conn, id, &reason, by, now).await)
        .await?;
    Ok(settle(&state, conn, id, &ended).await)
}

/// Takes all second factors of a person away, who has lost them. Their sessions end.
#[utoipa::path(post, path = "/v1/admin/users/{id}/reset-2fa", operation_id = "reset_factors_of_user", tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    responses(
        (status = 204, description = "They have none"),
        (status = 404, description = "No such person", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn reset_factors(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    let (by, now) = (&operator.by, state.core.clock.now());
    let mut conn = state.db().await?;
    let ended = conn
        .transaction(async |conn| accounts::reset_factors(conn, id, &reason, by, now).await)
        .await?;
    Ok(settle(&state, conn, id, &ended).await)
}
