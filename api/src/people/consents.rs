//! `GET` and `PUT /v1/users/me/consents`: what a person agrees to (design document, section 6.2).

use actix_web::web::{self, Json};
use audit::model::Change;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use people::users::model::Consents;
use people::users::queries;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::extract::{JsonBody, Me, gone};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// What the caller has agreed to.
#[derive(Serialize, ToSchema)]
#[schema(as = Consents)]
pub(crate) struct ConsentsView {
    terms_of_use: Consent,
    privacy_policy: Consent,
}

/// One agreement.
#[derive(Serialize, ToSchema)]
pub(crate) struct Consent {
    accepted: bool,
    /// Since when; none if it was never given or is withdrawn.
    accepted_at: Option<DateTime<Utc>>,
}

impl From<Consents> for ConsentsView {
    fn from(consents: Consents) -> Self {
        Self {
            terms_of_use: Consent {
                accepted: consents.consent_terms,
                accepted_at: consents.consent_terms_at,
            },
            privacy_policy: Consent {
                accepted: consents.consent_privacy,
                accepted_at: consents.consent_privacy_at,
            },
        }
    }
}

/// What the caller agrees to from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentsUpdate {
    terms_of_use: bool,
    privacy_policy: bool,
}

/// What the caller has agreed to, and when.
#[utoipa::path(get, path = "/v1/users/me/consents", operation_id = "get_consents", tag = "Users",
    responses((status = 200, description = "As it stands", body = ConsentsView), Refused))]
pub(crate) async fn show(
    me: Me,
    state: web::Data<ApiState>,
) -> Result<Json<ConsentsView>, Problem> {
    let found = queries::consents(&mut *state.db().await?, me.id).await;
    Ok(Json(found.map_err(gone)?.into()))
}

/// Agrees, or withdraws an agreement.
#[utoipa::path(put, path = "/v1/users/me/consents", operation_id = "update_consents", tag = "Users", request_body = ConsentsUpdate,
    responses((status = 200, description = "As it stands now", body = ConsentsView), Refused))]
pub(crate) async fn change(
    me: Me,
    state: web::Data<ApiState>,
    JsonBody(update): JsonBody<ConsentsUpdate>,
) -> Result<Json<ConsentsView>, Problem> {
    let now = state.core.clock.now();
    let changed = state
        .db()
        .await?
        .transaction(async |conn| {
            let was = queries::consents(conn, me.id).await?;
            let (terms, privacy) = (update.terms_of_use, update.privacy_policy);
            let is = queries::set_consents(conn, me.id, terms, privacy, now).await?;
            if is != was {
                audit::queries::record(conn, &me.origin, line(&me, &was, &is)).await?;
            }
            Ok(is)
        })
        .await;
    Ok(Json(changed.map_err(gone)?.into()))
}

fn line(me: &Me, was: &Consents, is: &Consents) -> Change {
    let agreed = |to: &Consents| -> Value {
        json!({ "terms_of_use": to.consent_terms, "privacy_policy": to.consent_privacy })
    };
    Change {
        user_id: Some(me.id),
        action: "consents_updated",
        entity_type: "user",
        entity_id: Some(me.id),
        old_value: Some(agreed(was)),
        new_value: Some(agreed(is)),
    }
}
