//! `GET /v1/analyses/{id}`: how far a reading is, and the reading.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use shared::features::analyses::model::{Analysis, AnalysisStatus};
use shared::features::analyses::queries;
use shared::features::api_keys::model::Scope;
use shared::{Error, ErrorCode, Language};
use uuid::Uuid;

use crate::error::Problem;
use crate::extract::Caller;
use crate::state::ApiState;

pub(crate) async fn show(
    request: HttpRequest,
    caller: Caller,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    caller.require(Scope::AnalysesRead)?;
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let found = queries::by_id(&mut *state.db().await?, id, caller.owner()).await;
    let analysis = match found {
        Err(diesel::result::Error::NotFound) => return Err(Error::NotFound("analysis").into()),
        other => other?,
    };
    let language = request
        .extensions()
        .get::<Language>()
        .copied()
        .unwrap_or(Language::En);
    Ok(HttpResponse::Ok().json(view(&analysis, language)))
}

fn view(analysis: &Analysis, language: Language) -> Value {
    let code = analysis.error_code.as_deref().and_then(ErrorCode::parse);
    let reading = (analysis.status == AnalysisStatus::Completed).then_some(&analysis.analysis);
    json!({
        "id": analysis.id,
        "user_id": analysis.user_id,
        "status": analysis.status,
        "input_type": analysis.input_type,
        "focus_area": analysis.focus_area,
        "message_id": analysis.message_id,
        "analysis": reading,
        "error": code.map(|code| json!({
            "code": code.as_str(), "message": code.message(language),
        })),
        "model_used": analysis.model_used,
        "processing_time_ms": analysis.processing_time_ms,
        "tokens_used": analysis.tokens_used,
        "user_rating": analysis.user_rating,
        "created_at": analysis.created_at,
        "completed_at": analysis.completed_at,
        "delivered_at": analysis.delivered_at,
    })
}
