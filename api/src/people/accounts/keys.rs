//! `GET /.well-known/jwks.json`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::problem::ErrorBody;
use crate::state::ApiState;

/// A set of public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(as = JsonWebKeySet)]
pub(crate) struct KeysView {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<Value>,
}

/// The public keys of access tokens
///
/// Of the key that signs, and of those before it whose tokens are still good.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "list_token_keys",
    tag = "Accounts",
    responses(
        (status = 200, description = "The keys", body = KeysView),
        (status = 500, description = "An internal error", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn list(state: web::Data<ApiState>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "public, max-age=300"));
    answer.json(state.sessions.jwks())
}
