//! `GET /v1/shares/{id}/card.jpg`: a picture that a person shares, for everyone who knows its address.

use actix_web::http::header::{CACHE_CONTROL, HeaderName};
use actix_web::{HttpResponse, web};
use kernel::Error;
use people::users::model::PersonKey;
use readings::{rules, shares};
use uuid::Uuid;

use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// The longest that others may keep it, in seconds: so soon an end is seen everywhere.
const KEPT_MAX: i64 = 3_600;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// The picture of a reading that its person shares.
#[utoipa::path(get, path = "/v1/shares/{id}/card.jpg", operation_id = "get_shared_card", tag = "Analysis",
    security(()),
    params(("id" = Uuid, Path, description = "Id of the share")),
    responses(
        (status = 200, description = "The picture", content_type = "image/jpeg"),
        (status = 404, description = "There is none, or not any more", body = ErrorBody),
        (status = 429, description = "Too many requests from this address", body = ErrorBody)))]
pub(crate) async fn card(
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let none = || Error::NotFound("picture");
    let id: Uuid = id.parse().map_err(|_| none())?;
    let live = shares::live(&mut *state.db().await?, &[id]).await?;
    let share = live.first().ok_or_else(none)?;
    let (whose, now) = (PersonKey::Row(share.user_id), state.core.clock.now());
    let suspended = state.suspended.check(&state.core.db, whose, now).await;
    suspended.map_err(|why| match why {
        Error::Denied { .. } => none(),
        why => why,
    })?;
    let key = rules::card_key(share.analysis_id, share.id);
    let picture = state.core.providers.storage.get(&key).await?;
    let left = (share.expires_at - now).num_seconds();
    let kept = left.clamp(0, KEPT_MAX);
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((CACHE_CONTROL, format!("public, max-age={kept}")))
        // Telegram's pages and others show it.
        .insert_header((RESOURCE_POLICY, "cross-origin"))
        .insert_header((ROBOTS, "noindex"))
        .body(picture.ok_or_else(none)?))
}
