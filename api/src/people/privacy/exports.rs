//! `/v1/users/me/exports`: copies of a person's data, built by a worker.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Error;
use people::privacy::model::{Request, RequestKind, RequestStatus};
use people::privacy::{queries, rules};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Operation, start};
use crate::http::extract::Me;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// How many are listed.
const LISTED: i64 = 100;

/// An export that was asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportAccepted {
    id: Uuid,
    status: RequestStatus,
    created_at: DateTime<Utc>,
}

/// An export.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportSummary {
    id: Uuid,
    status: RequestStatus,
    created_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    /// When the archive is removed; null until it is there.
    expires_at: Option<DateTime<Utc>>,
    /// A code of the catalogue, if it failed.
    #[schema(example = "E903")]
    error_code: Option<String>,
}

/// The exports of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportList {
    /// The newest hundred, newest first.
    exports: Vec<ExportSummary>,
}

/// An export and, while its archive is there, a link to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportDetails {
    #[serde(flatten)]
    export: ExportSummary,
    /// Null unless it is completed and not expired.
    download: Option<Download>,
}

/// Where the archive can be fetched, without any credential.
#[derive(Serialize, ToSchema)]
pub(crate) struct Download {
    url: String,
    /// When the address stops working; the next `GET` brings a new one.
    expires_at: DateTime<Utc>,
    size_bytes: i64,
}

fn accepted(request: &Request) -> ExportAccepted {
    ExportAccepted {
        id: request.id,
        status: request.status,
        created_at: request.created_at,
    }
}

fn summary(request: &Request) -> ExportSummary {
    ExportSummary {
        id: request.id,
        status: request.status,
        created_at: request.created_at,
        completed_at: request.completed_at,
        expires_at: request.expires_at,
        error_code: request.error_code.clone(),
    }
}

/// Asks for a copy of all data of a person.
///
/// A worker builds it, and the bot sends the person a message. While one is being built, and for a day after
/// that, that one is returned. 429 E305 says when, if it was had before a deletion.
#[utoipa::path(
    post,
    path = "/v1/users/me/exports",
    operation_id = "create_export",
    tag = "Privacy",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer, for a day"),
    ),
    responses(
        (status = 202, description = "It will be built", body = ExportAccepted),
        (status = 404, description = "Their data was deleted this moment", body = ErrorBody),
        (status = 409, description = "The same request is still at work", body = ErrorBody),
        (status = 422, description = "The key was used for another request", body = ErrorBody),
        Refused,
    )
)]
pub(crate) async fn create(
    me: Me,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let operation = Operation {
        name: "POST /v1/users/me/exports",
        kind: RequestKind::Export,
        view: accepted,
    };
    Ok(start(&state, &me, request.headers(), operation).await?)
}

/// The exports of a person, newest first.
#[utoipa::path(
    get,
    path = "/v1/users/me/exports",
    operation_id = "list_exports",
    tag = "Privacy",
    responses((status = 200, description = "The exports", body = ExportList), Refused)
)]
pub(crate) async fn list(me: Me, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let mut conn = state.db().await?;
    let all = queries::newest(&mut conn, me.id, RequestKind::Export, LISTED).await?;
    Ok(HttpResponse::Ok().json(ExportList {
        exports: all.iter().map(summary).collect(),
    }))
}

/// One export, with a fresh link once it is completed.
///
/// The link works for an hour at most, and never longer than the archive is kept (7 days).
#[utoipa::path(
    get,
    path = "/v1/users/me/exports/{id}",
    operation_id = "get_export",
    tag = "Privacy",
    params(
        ("id" = Uuid, Path, description = "Id of the export"),
    ),
    responses(
        (status = 200, description = "How far it is, and the link", body = ExportDetails),
        (status = 404, description = "There is no such export of this person", body = ErrorBody),
        Refused,
    )
)]
pub(crate) async fn show(
    me: Me,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("export"))?;
    let mut conn = state.db().await?;
    let found = queries::export(&mut conn, me.id, id).await?;
    drop(conn);
    let found = found.ok_or(Error::NotFound("export"))?;
    let details = ExportDetails {
        export: summary(&found),
        download: download(&state, &found).await?,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .json(details))
}

async fn download(state: &ApiState, request: &Request) -> Result<Option<Download>, Error> {
    let (Some(key), Some(expires_at)) = (&request.archive_key, request.expires_at) else {
        return Ok(None);
    };
    let now = state.core.clock.now();
    let Some(lifetime) = rules::link_lifetime(expires_at, now, rules::LINK_MAX) else {
        return Ok(None);
    };
    let bucket = &state.core.providers.bucket;
    let url = bucket
        .signed_url(key, lifetime, Some(rules::FILE_NAME))
        .await?;
    Ok(Some(Download {
        url,
        expires_at: now + lifetime,
        size_bytes: request.archive_size_bytes.unwrap_or_default(),
    }))
}
