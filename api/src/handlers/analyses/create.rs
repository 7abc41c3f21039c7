//! `POST /v1/analyses`: takes a photo or words, and answers before anything is read in them.

use actix_multipart::Multipart;
use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection;
use serde_json::json;
use shared::features::analyses::jobs::{Interpret, PrepareImage};
use shared::features::analyses::model::{AnalysisStatus, InputType, NewAnalysis};
use shared::features::analyses::{queries, rules};
use shared::features::api_keys::model::Scope;
use shared::features::users;
use shared::jobs::ledger;
use shared::telemetry::metrics;
use shared::{Error, ErrorCode};
use uuid::Uuid;

use super::form::{Form, Source, Wanted};
use crate::error::Problem;
use crate::extract::Caller;
use crate::state::ApiState;

pub(crate) async fn create(
    caller: Caller,
    state: web::Data<ApiState>,
    multipart: Multipart,
) -> Result<HttpResponse, Problem> {
    caller.require(Scope::AnalysesWrite)?;
    let reading = async { Form::read(multipart).await?.judge(caller).await };
    let wanted = tokio::time::timeout(state.config.upload_timeout, reading)
        .await
        .map_err(|_| Error::Invalid {
            code: ErrorCode::RequestTimeout,
            field: "body",
            why: "it took too long to arrive".to_owned(),
        })??;
    // On a task of its own: a client that hangs up now must not leave half of it behind.
    let id = actix_web::rt::spawn(async move { accept(&state, wanted).await })
        .await
        .map_err(Error::internal)??;
    Ok(HttpResponse::Accepted().json(json!({
        "id": id,
        "status": AnalysisStatus::Pending,
        "estimated_time_seconds": rules::ESTIMATED_TIME_SECONDS,
    })))
}

/// Stores the photo, then writes person, reading and job in one transaction. If that fails the
/// photo is removed again.
async fn accept(state: &ApiState, wanted: Wanted) -> Result<Uuid, Error> {
    let id = Uuid::now_v7();
    if let Source::Photo(upload) = &wanted.source {
        let (key, kind) = (rules::original_key(id), upload.photo.content_type());
        state
            .core
            .providers
            .storage
            .put(&key, upload.body(), kind)
            .await?;
    }
    let written = write(state, id, &wanted).await;
    if let (Err(_), Source::Photo(_)) = (&written, &wanted.source) {
        take_back(state, id).await;
    }
    written.map(|()| id)
}

/// Removes a photo whose reading was not written. A connection that broke during the commit does
/// not tell whether it was: where we cannot make sure, the photo stays.
async fn take_back(state: &ApiState, id: Uuid) {
    let looked = async { Ok::<_, Error>(queries::steps(&mut *state.db().await?, id).await?) };
    let removed = match looked.await {
        Ok(None) => {
            state
                .core
                .providers
                .storage
                .delete(&rules::original_key(id))
                .await
        }
        Ok(Some(_)) => return,
        Err(why) => {
            return tracing::warn!(%id, error = %why, "a photo may have stayed without a reading");
        }
    };
    if let Err(why) = removed {
        tracing::warn!(%id, error = %why, "a photo stays in the bucket without a reading");
    }
}

async fn write(state: &ApiState, id: Uuid, wanted: &Wanted) -> Result<(), Error> {
    let (ticket, (focus_area, tier)) = state
        .db()
        .await?
        .transaction(async |conn| {
            let user_id = users::queries::find_or_create(conn, &wanted.person)
                .await?
                .id;
            queries::create(conn, &row(id, user_id, wanted)).await?;
            let analysis_id = id;
            let ticket = match &wanted.source {
                Source::Photo(_) => {
                    let job = PrepareImage {
                        analysis_id,
                        user_id,
                    };
                    ledger::enqueue(conn, &job).await?
                }
                Source::Words(_) => {
                    let job = Interpret {
                        analysis_id,
                        user_id,
                    };
                    ledger::enqueue(conn, &job).await?
                }
            };
            Ok::<_, Error>((ticket, queries::labels(conn, id).await?))
        })
        .await?;
    metrics::analysis_created(focus_area.as_str(), tier.as_str());
    state.core.pusher.wake(&[ticket]).await;
    Ok(())
}

fn row(id: Uuid, user_id: Uuid, wanted: &Wanted) -> NewAnalysis {
    let (photo, words) = match &wanted.source {
        Source::Photo(upload) => (Some(upload), None),
        Source::Words(words) => (None, Some(words.clone())),
    };
    NewAnalysis {
        id,
        user_id,
        message_id: wanted.message_id,
        input_type: if photo.is_some() {
            InputType::Image
        } else {
            InputType::Text
        },
        image_url: photo.map(|_| rules::original_key(id)),
        image_size_bytes: photo.and_then(|upload| i32::try_from(upload.len).ok()),
        user_text: words,
        focus_area: wanted.focus_area,
        chat_id: None,
        source_file_id: None,
    }
}
