//! `/v1/analyses/{id}/shares`: pictures of a reading for others, under addresses that cannot be guessed.
//!
//! The row is written before the messenger is asked to keep a message with the picture, which it fetches from us.
//! A request that died in between finds its row again by its Idempotency-Key.

use actix_multipart::Multipart;
use actix_web::http::header::{self, CACHE_CONTROL, Header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::idempotency::queries::{Lease, finish};
use readings::model::Analysis;
use readings::rules;
use readings::shares::{self, NewShare, Share};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;
use vendors::messenger::Prepared;
use vendors::storage::Body;

use super::card::Card;
use super::create::too_slow;
use super::share_links::{Link, address, prepare};
use super::show::found;
use super::spool::Room;
use crate::http::extract::{Caller, Viewer};
use crate::http::idempotency::{self, Done};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// The picture to share.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "read by utoipa alone; the form is read as it streams in"
)]
pub(crate) struct CardForm {
    /// JPEG, PNG or WebP of at most 1 MiB and 1080 x 1920 pixels. Only its pixels are kept, as a JPEG.
    #[schema(value_type = String, format = Binary)]
    card: Vec<u8>,
}

/// A shared picture.
#[derive(Serialize, ToSchema)]
#[schema(as = Share)]
pub(crate) struct ShareView {
    id: Uuid,
    /// The picture, for everyone who knows this address.
    #[schema(format = "uri")]
    url: String,
    /// From then on there is nothing at the address.
    expires_at: DateTime<Utc>,
    /// For `shareMessage` of the Mini App; null if Telegram does not keep a message with the picture.
    prepared_message_id: Option<String>,
    /// The person's own link to the bot, for the text beside the picture.
    #[schema(format = "uri")]
    link: String,
}

/// The shared pictures of a reading.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareList {
    /// Those that can be seen, the newest first.
    data: Vec<ShareView>,
}

/// Shares a picture of a reading, for 30 days. At most ten of one reading in a day.
#[utoipa::path(post, path = "/v1/analyses/{id}/shares", operation_id = "share_analysis", tag = "Analysis",
    params(
        ("id" = Uuid, Path, description = "Id of the reading"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and picture give the same answer, for a day"),
    ),
    request_body(content = CardForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "It is shared", body = ShareView),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        (status = 408, description = "The body took too long", body = ErrorBody),
        (status = 409, description = "It is not complete, or the same request is at work", body = ErrorBody),
        (status = 413, description = "The picture has too many bytes", body = ErrorBody),
        (status = 415, description = "The body is not multipart/form-data", body = ErrorBody),
        (status = 422, description = "This Idempotency-Key was used for another request", body = ErrorBody),
        Refused))]
pub(crate) async fn create(
    request: HttpRequest,
    (viewer, caller): (Viewer, Caller),
    state: web::Data<ApiState>,
    id: web::Path<String>,
    multipart: Multipart,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let key = idempotency::key_of(request.headers())?;
    let announced = header::ContentLength::parse(&request).ok().map(|it| *it);
    let reading = async {
        let room = Room::of(&state.uploads, announced).await;
        Card::read(multipart, room).await
    };
    let card = tokio::time::timeout(state.config.upload_timeout, reading).await;
    let card = card.map_err(|_| too_slow())??;
    let of = found(&state, id, &viewer).await?;
    let parts = [id.as_bytes().as_slice(), &card.digest().await?];
    let fingerprint = idempotency::fingerprint("POST /v1/analyses/{id}/shares", &parts);
    let namespace = caller.namespace();
    let work = async move |state: &ApiState, lease: Option<&Lease>| {
        let named = lease.map(|lease| request_of(lease, &fingerprint));
        share(state, (&of, &viewer), &card, named.as_deref(), lease).await
    };
    let key = key.as_deref();
    let (body, known) = idempotency::once(&state, &namespace, key, &fingerprint, work).await?;
    let mut response = HttpResponse::Created();
    if known {
        response.insert_header(idempotency::replayed());
    }
    Ok(response.content_type("application/json").body(body))
}

/// What names a request beyond its end.
fn request_of(lease: &Lease, fingerprint: &[u8]) -> Vec<u8> {
    let parts = [
        lease.caller.as_bytes(),
        b"\n",
        lease.key.as_bytes(),
        b"\n",
        fingerprint,
    ];
    Sha256::digest(parts.concat()).to_vec()
}

async fn share(
    state: &ApiState,
    (of, viewer): (&Analysis, &Viewer),
    card: &Card,
    request: Option<&[u8]>,
    lease: Option<&Lease>,
) -> Result<Done, Error> {
    let link = Link::of(state, of.user_id).await?;
    let made = match request {
        Some(request) => shares::made_by(&mut *state.db().await?, of.id, request).await?,
        None => None,
    };
    let share = match made {
        Some(share) => share,
        None => publish(state, (of, viewer), card, request).await?,
    };
    let prepared = prepare(state, of.user_id, &share, &link).await?;
    let mut view = view(state, &share, &link);
    if let Some(prepared) = &prepared {
        view.prepared_message_id = Some(prepared.id.clone());
    }
    let body = serde_json::to_vec(&view).map_err(Error::internal)?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        if let Some(Prepared { id, expires_at }) = &prepared {
            shares::set_prepared(conn, share.id, id, *expires_at).await?;
        }
        if let Some(lease) = lease {
            finish(conn, lease, CREATED, &body).await?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    Ok((body, false))
}

/// The status of the answer.
const CREATED: u16 = 201;

/// Puts the picture into the bucket, and then writes that it is shared. If that is refused, it is removed again;
/// one that a process leaves behind goes with the daily sweep.
async fn publish(
    state: &ApiState,
    (of, viewer): (&Analysis, &Viewer),
    card: &Card,
    request: Option<&[u8]>,
) -> Result<Share, Error> {
    let now = state.core.clock.now();
    shares::judge(&mut *state.db().await?, of, now).await?;
    let jpeg = card.jpeg(&state.cards).await?;
    let new = NewShare {
        id: Uuid::new_v4(),
        user_id: of.user_id,
        analysis_id: of.id,
        request,
        expires_at: now + TimeDelta::days(rules::DAYS_OF_SHARES),
    };
    let (key, storage) = (
        rules::card_key(of.id, new.id),
        &state.core.providers.storage,
    );
    storage.put(&key, Body::Memory(jpeg), "image/jpeg").await?;
    let written = async {
        let mut conn = state.db().await?;
        let origin = &viewer.origin;
        conn.transaction(async |conn| shares::publish(conn, &new, origin, now).await)
            .await
    };
    let written = written.await;
    // After a connection broke during the commit it may be written: the sweep knows.
    let is_unused = match &written {
        Ok(share) => share.id != new.id,
        Err(why) => !matches!(why, Error::Unavailable { .. }),
    };
    if is_unused && let Err(why) = storage.delete(&key).await {
        tracing::warn!(%key, error = %why, "a picture stays in the bucket that is not shared");
    }
    written
}

fn view(state: &ApiState, share: &Share, link: &Link) -> ShareView {
    let prepared = share.prepared_message(state.core.clock.now());
    ShareView {
        id: share.id,
        url: address(state, share.id),
        expires_at: share.expires_at,
        prepared_message_id: prepared.map(str::to_owned),
        link: link.url(),
    }
}

/// The pictures of a reading that are shared.
#[utoipa::path(get, path = "/v1/analyses/{id}/shares", operation_id = "list_analysis_shares", tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")),
    responses(
        (status = 200, description = "The pictures", body = ShareList),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        Refused))]
pub(crate) async fn list(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let of = found(&state, id, &viewer).await?;
    let all = shares::of(&mut *state.db().await?, id).await?;
    let mut data = Vec::new();
    if !all.is_empty() {
        let link = Link::of(&state, of.user_id).await?;
        data.extend(all.iter().map(|share| view(&state, share, &link)));
    }
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .json(ShareList { data }))
}

/// Ends all links to pictures of a reading. What others have saved they keep.
#[utoipa::path(delete, path = "/v1/analyses/{id}/shares", operation_id = "end_analysis_shares", tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")),
    responses(
        (status = 204, description = "None is shared any more"),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        Refused))]
pub(crate) async fn end(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| shares::end(conn, id, viewer.owner, &viewer.origin).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
