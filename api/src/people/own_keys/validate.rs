//! `POST /v1/api-keys/validate`: what a key is good for.

use actix_web::web::{self, Json};
use people::api_keys::{queries, rules};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

use super::KeyView;
use crate::http::extract::{Acting, JsonBody};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// A key to be looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    key: String,
    /// Whether it would be accepted from there.
    #[schema(value_type = Option<String>, example = "192.0.2.7")]
    address: Option<IpAddr>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verdict {
    /// Whether it would be accepted now.
    valid: bool,
    /// Why not: an error code of the catalogue.
    #[schema(example = "E203")]
    code: Option<&'static str>,
    /// The key, if it is one of this account.
    key: Option<KeyView>,
}

/// Whether a key of the account would be accepted, and what it may. Of other accounts nothing is said. Counts as no use of
/// the key.
#[utoipa::path(post, path = "/v1/api-keys/validate", operation_id = "validate_api_key", tag = "Keys",
    request_body = Question,
    responses((status = 200, description = "What is known of it", body = Verdict), Refused))]
pub(crate) async fn validate(
    acting: Acting,
    state: web::Data<ApiState>,
    JsonBody(asked): JsonBody<Question>,
) -> Result<Json<Verdict>, Problem> {
    let (given, now) = (asked.key.as_bytes(), state.core.clock.now());
    let mut key = None;
    if rules::is_well_formed(given) {
        let found = queries::by_hash(&mut *state.db().await?, &rules::digest(given)).await?;
        let own = found.filter(|(key, _)| key.account_id == Some(acting.account));
        key = own.map(|(key, _)| key);
    }
    let judged = match &key {
        None => Err(kernel::codes::INVALID_TOKEN),
        Some(key) => match asked.address {
            Some(_) => rules::judge(key, now, asked.address),
            None => rules::judge_time(key, now),
        }
        .map_err(|why| why.code()),
    };
    Ok(Json(Verdict {
        valid: judged.is_ok(),
        code: judged.err().map(|code| code.as_str()),
        key: key.map(|key| KeyView::of(key, now)),
    }))
}
