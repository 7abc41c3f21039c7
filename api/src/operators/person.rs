//! `/v1/admin/users/{id}`: one person, for a reason.

use actix_web::HttpRequest;
use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::{Error, Language};
use money::meters::model::Usage;
use money::meters::queries as meters;
use operators::accounts;
use operators::roles::Role as OperatorRole;
use operators::search::{self, By, Wanted};
use people::organizations::queries as organizations;
use people::organizations::roles::Role;
use people::sessions::stored;
use people::suspensions;
use people::users::model::PersonKey;
use people::users::queries as users;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::gate::Operator;
use super::people::PersonView;
use super::reason::Reason;
use crate::http::extract::{JsonBody, gone, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::people::profile::{NoticesPatch, UserPatch, checked};
use crate::state::ApiState;

/// A person, as operators see them: nothing that they wrote.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenPerson)]
pub(crate) struct SeenPerson {
    #[serde(flatten)]
    found: PersonView,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    language_code: String,
    timezone: String,
    /// Why they are suspended.
    suspended_for: Option<String>,
    /// Where they are signed in.
    sessions: usize,
    organizations: Vec<Membership>,
    usage: Vec<UsageView>,
    as_of: DateTime<Utc>,
}

/// An organization that a person is in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Membership {
    id: Uuid,
    name: String,
    role: Option<Role>,
}

/// How much of a unit a person has used.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenUsage)]
pub(crate) struct UsageView {
    unit: String,
    day_used: i64,
    day_limit: Option<i64>,
    month_used: i64,
    month_limit: Option<i64>,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        Self {
            unit: usage.unit,
            day_used: usage.day_used,
            day_limit: usage.day_limit,
            month_used: usage.month_used,
            month_limit: usage.month_limit,
        }
    }
}

/// One person. It is written down who has looked, and why; the person finds it in the copy of their data.
#[utoipa::path(get, path = "/v1/admin/users/{id}", operation_id = "see_user", tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    responses(
        (status = 200, description = "The person", body = SeenPerson),
        (status = 404, description = "No such person", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn show(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<SeenPerson>, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let seen = conn.transaction(async |conn| {
        accounts::view(conn, id, &reason, &operator.by).await?;
        seen(conn, id, operator.role, now).await
    });
    Ok(Json(seen.await?))
}

/// What is to be changed of a person; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonPatch {
    #[schema(min_length = 1, max_length = 255)]
    first_name: Option<String>,
    language_code: Option<Language>,
    /// An IANA time zone. The day and the month that have begun end as they were promised.
    #[schema(max_length = 50, example = "Asia/Shanghai")]
    timezone: Option<String>,
}

/// Changes what a person has chosen of themselves, who has asked for it. They find it in the copy of their data.
#[utoipa::path(patch, path = "/v1/admin/users/{id}", operation_id = "change_user", tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    request_body = PersonPatch,
    responses(
        (status = 200, description = "As it is now", body = SeenPerson),
        (status = 404, description = "No such person", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn change(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(patch): JsonBody<PersonPatch>,
) -> Result<Json<SeenPerson>, Problem> {
    let id = id_in_path(&request, "id", "user")?;
    let patch = UserPatch {
        first_name: patch.first_name,
        language_code: patch.language_code,
        timezone: patch.timezone,
        notices: NoticesPatch::default(),
    };
    let change = checked(&state, patch).await?;
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let seen = conn.transaction(async |conn| {
        accounts::change(conn, id, &change, &reason, &operator.by).await?;
        seen(conn, id, operator.role, now).await
    });
    let seen = seen.await?;
    state.forget_person(PersonKey::Row(id));
    if let Some(telegram_id) = seen.found.telegram_id {
        state.forget_person(PersonKey::Telegram(telegram_id));
    }
    Ok(Json(seen))
}

async fn seen(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    role: OperatorRole,
    now: DateTime<Utc>,
) -> Result<SeenPerson, Error> {
    let wanted = Wanted {
        by: Some(By::Id(id)),
        limit: 1,
        ..Wanted::default()
    };
    let found = search::persons(conn, &wanted, now).await?.pop();
    let found = found.ok_or(Error::NotFound("user"))?;
    let profile = users::profile(conn, id).await.map_err(gone)?;
    let suspension = suspensions::of(conn, PersonKey::Row(id), now).await?;
    let of_organization = |one: people::organizations::model::Organization| Membership {
        id: one.id,
        name: one.name,
        role: one.role,
    };
    let of = organizations::of_person(conn, id).await?;
    let usage = meters::all(conn, id).await?;
    Ok(SeenPerson {
        found: PersonView::of(found, role),
        username: profile.username,
        first_name: profile.first_name,
        last_name: profile.last_name,
        language_code: profile.language_code,
        timezone: profile.timezone,
        suspended_for: suspension.map(|it| it.reason),
        sessions: stored::list(conn, id, now).await?.len(),
        organizations: of.into_iter().map(of_organization).collect(),
        usage: usage.into_iter().map(Into::into).collect(),
        as_of: now,
    })
}
