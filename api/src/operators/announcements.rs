//! `/v1/admin/announcements`, and what everyone sees of them: banners.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use operators::banners::{self, Audience, Banner};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Operator;
use crate::http::extract::{JsonBody, Object, QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What is announced, in three languages.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    #[schema(min_length = 1, max_length = 1000)]
    en: String,
    #[schema(min_length = 1, max_length = 1000)]
    ru: String,
    #[schema(min_length = 1, max_length = 1000)]
    zh: String,
}

/// An announcement.
#[derive(Serialize, ToSchema)]
#[schema(as = Announcement)]
pub(crate) struct BannerView {
    id: Uuid,
    #[schema(value_type = String, example = "everyone")]
    audience: Audience,
    texts: Texts,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl From<Banner> for BannerView {
    fn from(banner: Banner) -> Self {
        Self {
            id: banner.id,
            audience: banner.audience,
            texts: Texts {
                en: banner.text_en,
                ru: banner.text_ru,
                zh: banner.text_zh,
            },
            from: banner.starts_at,
            until: banner.ends_at,
        }
    }
}

/// Announcements, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Announcements {
    announcements: Vec<BannerView>,
}

impl From<Vec<Banner>> for Announcements {
    fn from(banners: Vec<Banner>) -> Self {
        Self {
            announcements: banners.into_iter().map(Into::into).collect(),
        }
    }
}

/// What is to be announced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BannerWish {
    #[schema(value_type = Texts)]
    texts: Object<Texts>,
    /// `everyone`, `mini_app` or `web`.
    #[schema(value_type = String, example = "everyone")]
    audience: Audience,
    /// Left out: from now on.
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
}

/// Where it is to be shown.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Place {
    /// `mini_app` or `web`; left out: what is for everyone.
    #[serde(rename = "for")]
    #[param(value_type = Option<String>, pattern = "^(everyone|mini_app|web)$")]
    place: Option<Audience>,
}

/// All that are kept, for 90 days after their end.
#[utoipa::path(get, path = "/v1/admin/announcements", operation_id = "list_announcements", tag = "Operators",
    responses((status = 200, description = "All of them", body = Announcements), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn all(state: web::Data<ApiState>) -> Result<Json<Announcements>, Problem> {
    Ok(Json(banners::all(&mut *state.db().await?).await?.into()))
}

/// Announces something: it is shown from a moment until another.
#[utoipa::path(post, path = "/v1/admin/announcements", operation_id = "create_announcement", tag = "Operators",
    request_body = BannerWish,
    responses((status = 201, description = "As it is", body = BannerView), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn create(
    operator: Operator,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<BannerWish>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let banner = Banner {
        id: Uuid::now_v7(),
        audience: wish.audience,
        text_en: wish.texts.0.en,
        text_ru: wish.texts.0.ru,
        text_zh: wish.texts.0.zh,
        starts_at: wish.from.unwrap_or(now),
        ends_at: wish.until,
        created_at: now,
    };
    banners::judge(&banner, now)?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| banners::put(conn, &banner, &operator.by).await)
        .await?;
    Ok(HttpResponse::Created().json(BannerView::from(banner)))
}

/// Ends an announcement.
#[utoipa::path(delete, path = "/v1/admin/announcements/{id}", operation_id = "end_announcement", tag = "Operators",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is shown no more"),
        (status = 404, description = "None that is shown, or will be", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn end(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "announcement")?;
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    conn.transaction(async |conn| banners::end(conn, id, &operator.by, now).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is announced now, for banners
#[utoipa::path(get, path = "/v1/announcements", operation_id = "get_announcements", tag = "Operators", params(Place),
    responses((status = 200, description = "The newest first", body = Announcements), Refused),
    security(()))]
pub(crate) async fn shown(
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Place>,
) -> Result<HttpResponse, Problem> {
    let place = wanted.place.unwrap_or(Audience::Everyone);
    let now = state.core.clock.now();
    let found = banners::shown(&mut *state.db().await?, place, now).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(Announcements::from(found)))
}
