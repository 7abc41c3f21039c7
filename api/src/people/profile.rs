//! `GET` and `PATCH /v1/users/me`.

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::{Error, Language};
use people::accounts::queries::address_of;
use people::users::model::{Notices, NoticesChange, Profile, ProfileChange};
use people::users::{profile, queries};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::zones;
use crate::http::extract::{JsonBody, Me, gone, object};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The longest name, in characters.
const NAME_MAX: usize = 255;

/// A person as they see themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    id: Uuid,
    /// `null`: they did not come by Telegram.
    telegram_id: Option<i64>,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// `null`: they have no account by e-mail.
    email: Option<String>,
    /// Whether they have proved it.
    email_verified: bool,
    phone: Option<String>,
    company: Option<String>,
    /// `ru`, `en` or `zh`.
    language_code: String,
    /// Whether the person has chosen it; otherwise it follows Telegram.
    language_chosen: bool,
    /// An IANA time zone (example: Europe/Moscow). Days and months of a plan begin by it.
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    /// Whether the person has chosen it; otherwise it is guessed from the language.
    timezone_chosen: bool,
    notices: NoticesView,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Which notices come to the chat. Readings, answers and what concerns money always do.
#[derive(Serialize, ToSchema)]
#[schema(as = Notices)]
pub(crate) struct NoticesView {
    /// That a reading has begun.
    analysis_started: bool,
    /// That there are readings again after the quota was used up.
    limit_free: bool,
    /// That the trial ends soon.
    trial_ending: bool,
}

impl From<Notices> for NoticesView {
    fn from(notices: Notices) -> Self {
        Self {
            analysis_started: notices.analysis_started,
            limit_free: notices.limit_free,
            trial_ending: notices.trial_ending,
        }
    }
}

impl UserView {
    fn new(profile: Profile, address: Option<(String, String, Option<DateTime<Utc>>)>) -> Self {
        let (email, verified_at) =
            address.map_or((None, None), |(_, spelling, at)| (Some(spelling), at));
        Self {
            email,
            email_verified: verified_at.is_some(),
            phone: profile.phone,
            company: profile.company,
            id: profile.id,
            telegram_id: profile.telegram_id,
            username: profile.username,
            first_name: profile.first_name,
            last_name: profile.last_name,
            language_code: profile.language_code,
            language_chosen: profile.language_chosen,
            timezone: profile.timezone,
            timezone_chosen: profile.timezone_chosen,
            notices: profile.notices.into(),
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

/// A person as they see themselves.
///
/// # Errors
/// `NotFound` if they are gone; those of the database.
pub(crate) async fn of(conn: &mut AsyncPgConnection, id: Uuid) -> Result<UserView, Error> {
    let profile = queries::profile(conn, id).await.map_err(gone)?;
    Ok(UserView::new(profile, address_of(conn, id).await?))
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    #[schema(min_length = 1, max_length = 255)]
    pub first_name: Option<String>,
    pub language_code: Option<Language>,
    /// An IANA time zone (example: Europe/Moscow). The day and the month that have begun end as they were promised.
    #[schema(max_length = 50, example = "Asia/Shanghai")]
    pub timezone: Option<String>,
    #[serde(default, deserialize_with = "object")]
    pub notices: NoticesPatch,
}

/// Which notices are switched on or off; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticesPatch {
    analysis_started: Option<bool>,
    limit_free: Option<bool>,
    trial_ending: Option<bool>,
}

/// The caller, created on first sight.
#[utoipa::path(get, path = "/v1/users/me", operation_id = "get_me", tag = "Users",
    responses((status = 200, description = "The caller", body = UserView), Refused))]
pub(crate) async fn show(me: Me, state: web::Data<ApiState>) -> Result<Json<UserView>, Problem> {
    Ok(Json(of(&mut *state.db().await?, me.id).await?))
}

/// Changes name, language, timezone or notices. What was chosen here no longer follows Telegram.
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
            let changed = profile::change(conn, me.id, &change, &me.origin).await;
            let address = address_of(conn, me.id).await?;
            Ok::<_, Error>(UserView::new(changed.map_err(gone)?, address))
        })
        .await;
    state.persons.forget(me.key());
    Ok(Json(changed?))
}

/// What is stored of a patch.
///
/// # Errors
/// E105 with the field.
pub(crate) async fn checked(state: &ApiState, patch: UserPatch) -> Result<ProfileChange, Error> {
    let first_name = patch.first_name.map(|name| name.trim().to_owned());
    if let Some(name) = &first_name
        && (name.is_empty() || name.chars().count() > NAME_MAX)
    {
        let why = format!("must have 1 to {NAME_MAX} characters");
        return Err(Error::invalid("first_name", why));
    }
    let timezone = match patch.timezone {
        Some(name) => Some(zones::stored(state, name).await?),
        None => None,
    };
    Ok(ProfileChange {
        first_name,
        language: patch.language_code,
        timezone,
        notices: NoticesChange {
            analysis_started: patch.notices.analysis_started,
            limit_free: patch.notices.limit_free,
            trial_ending: patch.notices.trial_ending,
        },
    })
}
