//! `GET` and `PATCH /v1/users/me`.

use actix_web::web::{self, Json};
use audit::model::Change;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::{Error, Language};
use people::users::model::{Profile, ProfileChange};
use people::users::queries;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{JsonBody, Me, gone};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The longest name, in characters.
const NAME_MAX: usize = 255;

/// A person as they see themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    id: Uuid,
    telegram_id: i64,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// `ru`, `en` or `zh`.
    language_code: String,
    /// An IANA time zone (example: Europe/Moscow). Days and months of a plan begin by it.
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Profile> for UserView {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.id,
            telegram_id: profile.telegram_id,
            username: profile.username,
            first_name: profile.first_name,
            last_name: profile.last_name,
            language_code: profile.language_code,
            timezone: profile.timezone,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    #[schema(min_length = 1, max_length = 255)]
    first_name: Option<String>,
    language_code: Option<Language>,
    /// An IANA time zone (example: Europe/Moscow). The day and the month that have begun end as they were promised.
    #[schema(max_length = 50, example = "Asia/Shanghai")]
    timezone: Option<String>,
}

/// The caller, created on first sight.
#[utoipa::path(get, path = "/v1/users/me", operation_id = "get_me", tag = "Users",
    responses((status = 200, description = "The caller", body = UserView), Refused))]
pub(crate) async fn show(me: Me, state: web::Data<ApiState>) -> Result<Json<UserView>, Problem> {
    let found = queries::profile(&mut *state.db().await?, me.id).await;
    Ok(Json(found.map_err(gone)?.into()))
}

/// Changes name, language or timezone. What was chosen here no longer follows Telegram.
#[utoipa::path(patch, path = "/v1/users/me", operation_id = "update_me", tag = "Users", request_body = UserPatch,
    responses((status = 200, description = "As it is now", body = UserView), Refused))]
pub(crate) async fn change(
    me: Me,
    state: web::Data<ApiState>,
    JsonBody(patch): JsonBody<UserPatch>,
) -> Result<Json<UserView>, Problem> {
    let change = checked(&state, patch).await?;
    let changed = state
        .db()
        .await?
        .transaction(async |conn| {
            let was = queries::profile_locked(conn, me.id).await?;
            let is = queries::change_profile(conn, me.id, &change).await?;
            audit::queries::record(conn, &me.origin, line(&was, &is)).await?;
            Ok(is)
        })
        .await;
    state.persons.forget(me.telegram_id);
    Ok(Json(changed.map_err(gone)?.into()))
}

async fn checked(state: &ApiState, patch: UserPatch) -> Result<ProfileChange, Error> {
    let first_name = patch.first_name.map(|name| name.trim().to_owned());
    if let Some(name) = &first_name
        && (name.is_empty() || name.chars().count() > NAME_MAX)
    {
        let why = format!("must have 1 to {NAME_MAX} characters");
        return Err(Error::invalid("first_name", why));
    }
    if let Some(name) = &patch.timezone
        && !state.is_timezone(name).await?
    {
        let why = "not an IANA time zone (example: Europe/Moscow)";
        return Err(Error::invalid("timezone", why));
    }
    Ok(ProfileChange {
        first_name,
        language: patch.language_code,
        timezone: patch.timezone,
    })
}

fn line(was: &Profile, is: &Profile) -> Change {
    Change {
        user_id: Some(is.id),
        action: "user_updated",
        entity_type: "user",
        entity_id: Some(is.id),
        old_value: Some(chosen(was)),
        new_value: Some(chosen(is)),
    }
}

fn chosen(profile: &Profile) -> Value {
    json!({
        "first_name": profile.first_name,
        "language_code": profile.language_code,
        "timezone": profile.timezone,
    })
}
