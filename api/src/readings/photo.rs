//! `GET /v1/analyses/{id}/photo`: addresses from which the photo can be fetched for a while.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Error;
use readings::{photo_keys, rules};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::Viewer;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// The photo of a reading, or of the one whose cup it has read again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Photo {
    /// As it was sent.
    photo: Link,
    /// A JPEG of at most 200 x 200 pixels; null until it is made.
    thumbnail: Option<Link>,
}

/// An address that opens without any credential.
#[derive(Serialize, ToSchema)]
pub(crate) struct Link {
    url: String,
    /// When it stops working; the next `GET` brings a new one.
    expires_at: DateTime<Utc>,
}

/// Where the photo of a reading, and its thumbnail, can be fetched for 15 minutes.
#[utoipa::path(
    get,
    path = "/v1/analyses/{id}/photo",
    operation_id = "get_analysis_photo",
    tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")),
    responses(
        (status = 200, description = "The addresses", body = Photo),
        (status = 404, description = "There is no such reading of this person, or it has no photo", body = ErrorBody),
        Refused,
    )
)]
pub(crate) async fn photo(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("photo"))?;
    let found = photo_keys::of(&mut *state.db().await?, id, viewer.owner).await?;
    let (photo, thumbnail) = found.ok_or(Error::NotFound("photo"))?;
    let body = Photo {
        photo: link(&state, &photo).await?,
        thumbnail: match thumbnail {
            Some(key) => Some(link(&state, &key).await?),
            None => None,
        },
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .json(body))
}

/// A link to an object of the bucket; makes no call.
pub(super) async fn link(state: &ApiState, key: &str) -> Result<Link, Error> {
    let expires_at = state.core.clock.now() + rules::PHOTO_LINK;
    let bucket = &state.core.providers.bucket;
    let url = bucket.signed_url(key, rules::PHOTO_LINK, None).await?;
    Ok(Link { url, expires_at })
}
