//! `/v1/api-keys`: the keys of an account.

pub(crate) mod change;
pub(crate) mod make;
pub(crate) mod validate;

use actix_web::HttpRequest;
use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::api_keys::model::{ApiKey, Period};
use people::api_keys::{acts, news, queries};
use people::organizations::roles::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{Acting, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// A key of an account. The key itself is shown when it is made, and never again.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyView {
    id: Uuid,
    name: String,
    note: Option<String>,
    /// How it begins.
    #[schema(example = "sym_AbCdEfGh")]
    prefix: String,
    scopes: Vec<String>,
    /// Networks that it may come from; none: any.
    allowed_addresses: Vec<String>,
    enabled: bool,
    /// Requests a minute; `null`: as all keys.
    rate_per_minute: Option<i32>,
    quota: Option<QuotaView>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    /// The key that took its place.
    replaced_by: Option<Uuid>,
    /// To the minute.
    last_used_at: Option<DateTime<Utc>>,
    last_used_address: Option<String>,
    created_at: DateTime<Utc>,
    /// The person who made it; `null` for one who is gone.
    created_by: Option<Uuid>,
}

/// How many requests a key may send in a day or a month of UTC, and how many it has sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuotaView {
    limit: i64,
    period: Period,
    used: i64,
    /// When the count begins again; `null`: with the next request.
    resets_at: Option<DateTime<Utc>>,
}

impl KeyView {
    fn of(key: ApiKey, now: DateTime<Utc>) -> Self {
        let resets_at = key.quota_resets_at.filter(|end| *end > now);
        let quota = acts::quota_of(&key).map(|quota| QuotaView {
            limit: quota.limit,
            period: quota.period,
            used: resets_at.map_or(0, |_| key.quota_used),
            resets_at,
        });
        Self {
            id: key.id,
            name: key.name,
            note: key.note,
            prefix: key.prefix,
            scopes: key.scopes,
            allowed_addresses: key.allowed_addresses,
            enabled: key.enabled,
            rate_per_minute: key.rate_per_minute,
            quota,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            replaced_by: key.replaced_by,
            last_used_at: key.last_used_at,
            last_used_address: key.last_used_address.map(|of| of.addr().to_string()),
            created_at: key.created_at,
            created_by: key.created_by,
        }
    }
}

/// The keys of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Keys {
    keys: Vec<KeyView>,
}

/// A quota.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotaWish {
    #[schema(minimum = 1)]
    limit: i64,
    period: Period,
}

/// The keys of the account, the newest first.
#[utoipa::path(get, path = "/v1/api-keys", operation_id = "list_api_keys", tag = "Keys",
    responses((status = 200, description = "All of them, revoked ones too", body = Keys), Refused))]
pub(crate) async fn list(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<Json<Keys>, Problem> {
    let now = state.core.clock.now();
    let found = queries::of_account(&mut *state.db().await?, acting.account).await?;
    let keys = found.into_iter().map(|key| KeyView::of(key, now)).collect();
    Ok(Json(Keys { keys }))
}

/// A key of the account.
#[utoipa::path(get, path = "/v1/api-keys/{key}", operation_id = "get_api_key", tag = "Keys",
    params(("key" = Uuid, Path)),
    responses(
        (status = 200, description = "As it is", body = KeyView),
        (status = 404, description = "No key of this account", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn show(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<KeyView>, Problem> {
    let (id, now) = (key_id(&request)?, state.core.clock.now());
    let key = queries::by_id(&mut *state.db().await?, acting.account, id).await;
    Ok(Json(KeyView::of(key.map_err(unknown)?, now)))
}

fn key_id(request: &HttpRequest) -> Result<Uuid, Error> {
    id_in_path(request, "key", KEY)
}

/// What is not found.
const KEY: &str = "api_key";

fn unknown(why: diesel::result::Error) -> Error {
    match why {
        diesel::result::Error::NotFound => Error::NotFound(KEY),
        why => why.into(),
    }
}

/// The way into a change of the account's keys; see [`Acting::enter`].
async fn enter(
    conn: &mut AsyncPgConnection,
    acting: &Acting,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    acting.enter(conn, Permission::KeysWrite, now).await
}

/// After the commit: tells this process and all others that keys have changed.
pub(super) async fn tell(state: &ApiState, keys: &[ApiKey]) {
    for key in keys {
        if let Ok(digest) = key.hash.as_slice().try_into() {
            state.keys.forget(&digest);
        }
    }
    news::announce(&state.core.publisher, keys).await;
}
