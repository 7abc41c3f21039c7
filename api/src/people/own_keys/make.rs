//! `POST /v1/api-keys` and `/rotate`: the only answers that hold a key.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::api_keys::model::{ApiKey, Quota, Rights};
use people::api_keys::{acts, limits, queries, rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KeyView, QuotaWish, enter, key_id, tell, unknown};
use crate::http::extract::{Acting, JsonBody, Object};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshKey {
    /// The whole key. It is shown only here.
    #[schema(pattern = "^sym_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$")]
    key: String,
    #[serde(flatten)]
    view: KeyView,
}

/// What a new key is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyWish {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(max_length = 500)]
    note: Option<String>,
    /// At least one, and none that the caller does not have.
    scopes: Vec<String>,
    /// Networks in CIDR notation, or addresses; none: any. A key may not come from more than the key that makes it.
    #[serde(default)]
    allowed_addresses: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    rate_per_minute: Option<i32>,
    #[schema(value_type = Option<QuotaWish>)]
    quota: Option<Object<QuotaWish>>,
}

/// Makes a key for the account.
///
/// A key of a person's own account acts for that person. One of an organization acts for the organization, and for no
/// person. No key has more scopes, more networks or a later end than the key that makes it.
#[utoipa::path(post, path = "/v1/api-keys", operation_id = "create_api_key", tag = "Keys",
    request_body = KeyWish,
    responses(
        (status = 201, description = "With the key itself", body = FreshKey),
        (status = 409, description = "The account has too many", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn create(
    acting: Acting,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<KeyWish>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let rights = rights(&acting, wish, now)?;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        enter(conn, &acting, now).await?;
        limits::judge_count(queries::count_of_account(conn, acting.account, now).await?)?;
        let (fresh, key) = acts::create(conn, rights, &acting.origin).await?;
        let key = queries::by_id(conn, acting.account, key.id).await?;
        Ok::<_, Error>((fresh, key))
    });
    let (fresh, key) = made.await?;
    Ok(shown(fresh.text, key, now))
}

fn shown(key: String, row: ApiKey, now: DateTime<Utc>) -> HttpResponse {
    let view = KeyView::of(row, now);
    HttpResponse::Created().json(FreshKey { key, view })
}

fn rights(acting: &Acting, wish: KeyWish, now: DateTime<Utc>) -> Result<Rights, Error> {
    let (ceiling, networks) = (acting.ceiling(), limits::networks(&wish.allowed_addresses)?);
    limits::judge_scopes(&wish.scopes)?;
    ceiling.judge_scopes(&wish.scopes)?;
    ceiling.judge_networks(&networks)?;
    ceiling.judge_rest(limits::end(wish.expires_at, now)?)?;
    Ok(Rights {
        name: limits::name(&wish.name)?,
        note: limits::note(wish.note)?,
        scopes: wish.scopes,
        allowed_addresses: networks,
        expires_at: wish.expires_at,
        // Processes of a release that knows no accounts let it act for nobody.
        persons: Some(Vec::new()),
        account_id: Some(acting.account),
        created_by: acting.maker(),
        rate_per_minute: wish.rate_per_minute.map(limits::rate).transpose()?,
        quota: wish.quota.map(|Object(wish)| quota(wish)).transpose()?,
    })
}

pub(super) fn quota(wish: QuotaWish) -> Result<Quota, Error> {
    Ok(Quota {
        limit: limits::quota(wish.limit)?,
        period: wish.period,
    })
}

/// How long the old key stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// A day without it.
    #[schema(minimum = 0, maximum = 2_592_000)]
    overlap_seconds: Option<i64>,
}

/// Makes a key with the same rights and the same lifetime. The old one ends after the overlap.
#[utoipa::path(post, path = "/v1/api-keys/{key}/rotate", operation_id = "rotate_api_key", tag = "Keys",
    params(("key" = Uuid, Path)),
    request_body = Rotation,
    responses(
        (status = 201, description = "With the key itself", body = FreshKey),
        (status = 404, description = "No key of this account", body = ErrorBody),
        (status = 409, description = "It was replaced, is revoked or has expired; or the account has too many while both are valid", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn rotate(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<Rotation>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (key_id(&request)?, state.core.clock.now());
    let grace = limits::overlap(wish.overlap_seconds)?;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        enter(conn, &acting, now).await?;
        let found = queries::locked(conn, acting.account, id).await;
        let old = found.map_err(unknown)?;
        may_have(&acting, &old, now)?;
        let made = acts::rotate(conn, &old, grace, now, acting.by()).await?;
        let (fresh, key, _) = made;
        let others = queries::count_of_account(conn, acting.account, now).await? - 1;
        limits::judge_count(others)?;
        let key = queries::by_id(conn, acting.account, key.id).await?;
        Ok::<_, Error>((fresh, key, old))
    });
    let (fresh, key, old) = made.await?;
    drop(conn);
    tell(&state, &[old]).await;
    Ok(shown(fresh.text, key, now))
}

/// Whether the caller could make the successor of this key.
fn may_have(acting: &Acting, old: &ApiKey, now: DateTime<Utc>) -> Result<(), Error> {
    let ceiling = acting.ceiling();
    ceiling.judge_scopes(&old.scopes)?;
    ceiling.judge_networks(&old.allowed_addresses)?;
    ceiling.judge_rest(rules::end_of_successor(old, now))
}
