//! `PATCH` and `DELETE /v1/api-keys/{key}`, and `/revoke`.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::api_keys::model::{ApiKey, Quota};
use people::api_keys::queries::KeyChange;
use people::api_keys::{limits, queries};
use serde::Deserialize;
use utoipa::ToSchema;

use super::make::quota;
use super::{KeyView, QuotaWish, enter, key_id, tell, unknown};
use crate::http::extract::{Acting, JsonBody, Object, given};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyPatch {
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// `null`: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500)]
    note: Option<Option<String>>,
    /// A key that is switched off is refused like a revoked one.
    enabled: Option<bool>,
    scopes: Option<Vec<String>>,
    allowed_addresses: Option<Vec<String>>,
    /// `null`: as all keys.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 1_000_000)]
    rate_per_minute: Option<Option<i32>>,
    /// `null`: none. What was used of it stays counted while the period stays the same.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<QuotaWish>)]
    quota: Option<Option<Object<QuotaWish>>>,
}

/// Changes a key. It takes effect at once.
#[utoipa::path(patch, path = "/v1/api-keys/{key}", operation_id = "update_api_key", tag = "Keys",
    params(("key" = Uuid, Path)),
    request_body = KeyPatch,
    responses(
        (status = 200, description = "As it is now", body = KeyView),
        (status = 404, description = "No key of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn change(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(patch): JsonBody<KeyPatch>,
) -> Result<Json<KeyView>, Problem> {
    let (id, now) = (key_id(&request)?, state.core.clock.now());
    let wanted = checked(&acting, patch)?;
    let mut conn = state.db().await?;
    let changed = conn.transaction(async |conn| {
        enter(conn, &acting, now).await?;
        let found = queries::locked(conn, acting.account, id).await;
        let was = found.map_err(unknown)?;
        let change = wanted.of(&acting, &was)?;
        Ok::<_, Error>(queries::update(conn, &was, change, acting.by()).await?)
    });
    let key = changed.await?;
    drop(conn);
    tell(&state, std::slice::from_ref(&key)).await;
    Ok(Json(KeyView::of(key, now)))
}

/// A patch, each part by itself right.
struct Checked {
    change: KeyChange,
    quota: Option<Option<Quota>>,
}

fn checked(acting: &Acting, patch: KeyPatch) -> Result<Checked, Error> {
    let ceiling = acting.ceiling();
    if let Some(scopes) = &patch.scopes {
        limits::judge_scopes(scopes)?;
        ceiling.judge_scopes(scopes)?;
    }
    let networks = patch.allowed_addresses.as_deref();
    let networks = networks.map(limits::networks).transpose()?;
    if let Some(networks) = &networks {
        ceiling.judge_networks(networks)?;
    }
    let rate = match patch.rate_per_minute {
        Some(Some(rate)) => Some(Some(limits::rate(rate)?)),
        other => other,
    };
    let quota = match patch.quota {
        Some(Some(Object(wish))) => Some(Some(quota(wish)?)),
        Some(None) => Some(None),
        None => None,
    };
    let change = KeyChange {
        name: patch.name.as_deref().map(limits::name).transpose()?,
        note: patch.note.map(limits::note).transpose()?,
        enabled: patch.enabled,
        scopes: patch.scopes,
        allowed_addresses: networks,
        rate_per_minute: rate,
        quota: quota.map(|quota| quota.map(|quota| quota.limit)),
        quota_period: quota.map(|quota| quota.map(|quota| quota.period.as_str())),
        quota_resets_at: None,
    };
    Ok(Checked { change, quota })
}

impl Checked {
    /// The change of this key. A key changes none that has more than itself, and no limits: they may be its own.
    fn of(self, acting: &Acting, was: &ApiKey) -> Result<KeyChange, Error> {
        let ceiling = acting.ceiling();
        ceiling.judge_scopes(&was.scopes)?;
        ceiling.judge_networks(&was.allowed_addresses)?;
        if self.change.rate_per_minute.is_some() || self.quota.is_some() {
            ceiling.judge_limits()?;
        }
        let period = self.quota.flatten().map(|quota| quota.period.as_str());
        let begins_anew = period.is_some() && period != was.quota_period.as_deref();
        let mut change = self.change;
        change.quota_resets_at = begins_anew.then_some(None);
        // So that there is always something to write.
        change.enabled = change.enabled.or(Some(was.enabled));
        Ok(change)
    }
}

/// Revokes a key, at once and for ever.
#[utoipa::path(post, path = "/v1/api-keys/{key}/revoke", operation_id = "revoke_api_key", tag = "Keys",
    params(("key" = Uuid, Path)),
    responses(
        (status = 200, description = "As it is now", body = KeyView),
        (status = 404, description = "No key of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn revoke(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<KeyView>, Problem> {
    let (id, now) = (key_id(&request)?, state.core.clock.now());
    let mut conn = state.db().await?;
    let revoked = conn.transaction(async |conn| {
        enter(conn, &acting, now).await?;
        let found = queries::locked(conn, acting.account, id).await;
        let key = found.map_err(unknown)?;
        if key.revoked_at.is_none() {
            queries::revoke(conn, id, now, acting.by()).await?;
        }
        Ok::<_, Error>(queries::by_id(conn, acting.account, id).await?)
    });
    let key = revoked.await?;
    drop(conn);
    tell(&state, std::slice::from_ref(&key)).await;
    Ok(Json(KeyView::of(key, now)))
}

/// Deletes a key: it is refused at once, and no list shows it any more.
#[utoipa::path(delete, path = "/v1/api-keys/{key}", operation_id = "delete_api_key", tag = "Keys",
    params(("key" = Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No key of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn delete(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (key_id(&request)?, state.core.clock.now());
    let mut conn = state.db().await?;
    let deleted = conn.transaction(async |conn| {
        enter(conn, &acting, now).await?;
        let found = queries::locked(conn, acting.account, id).await;
        let key = found.map_err(unknown)?;
        queries::delete(conn, &key, acting.by()).await?;
        Ok::<_, Error>(key)
    });
    let key = deleted.await?;
    drop(conn);
    tell(&state, &[key]).await;
    Ok(HttpResponse::NoContent().finish())
}
