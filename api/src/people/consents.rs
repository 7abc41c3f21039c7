//! `GET` and `PUT /v1/users/me/consents`: what a person agrees to (design document, section 6.2).

use actix_web::web::{self, Json};
use bot::waiting_words;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use people::users::model::Consents;
use people::users::{consent, product_analytics, queries};
use readings::{news, withdraw};
use serde::{Deserialize, Serialize};
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
    /// Whether product analytics is told what the caller does: no texts and no names. Readings do not need it.
    product_analytics: FreeConsent,
}

/// An agreement that has no versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreeConsent {
    accepted: bool,
    /// Since when; none if it was never given or is withdrawn.
    accepted_at: Option<DateTime<Utc>>,
}

/// One agreement.
#[derive(Serialize, ToSchema)]
pub(crate) struct Consent {
    accepted: bool,
    /// Since when; none if it was never given or is withdrawn.
    accepted_at: Option<DateTime<Utc>>,
    /// Which version was agreed to; none likewise.
    version: Option<String>,
    /// The version as it is now. Readings are made while both are agreed to in it.
    current_version: &'static str,
}

impl From<Consents> for ConsentsView {
    fn from(consents: Consents) -> Self {
        Self {
            terms_of_use: Consent {
                accepted: consents.consent_terms,
                accepted_at: consents.consent_terms_at,
                version: consents.consent_terms_version,
                current_version: consent::TERMS,
            },
            privacy_policy: Consent {
                accepted: consents.consent_privacy,
                accepted_at: consents.consent_privacy_at,
                version: consents.consent_privacy_version,
                current_version: consent::PRIVACY,
            },
            product_analytics: FreeConsent {
                accepted: consents.consent_analytics_at.is_some(),
                accepted_at: consents.consent_analytics_at,
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
    /// Left out: as it was.
    product_analytics: Option<bool>,
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

/// Agrees to the current versions, or withdraws an agreement: then readings that are under way are canceled,
/// and no more are made.
#[utoipa::path(put, path = "/v1/users/me/consents", operation_id = "update_consents", tag = "Users", request_body = ConsentsUpdate,
    responses((status = 200, description = "As it stands now", body = ConsentsView), Refused))]
pub(crate) async fn change(
    me: Me,
    state: web::Data<ApiState>,
    JsonBody(update): JsonBody<ConsentsUpdate>,
) -> Result<Json<ConsentsView>, Problem> {
    let now = state.core.clock.now();
    let agrees = (update.terms_of_use, update.privacy_policy);
    let changed = state
        .db()
        .await?
        .transaction(async |conn| {
            let (mut is, stopped) = withdraw::decide(conn, me.id, agrees, &me.origin, now).await?;
            if let Some(free) = update.product_analytics {
                is = product_analytics::set(conn, me.id, free, &me.origin, now).await?;
            }
            if agrees != (true, true) {
                waiting_words::forget(conn, me.id).await?;
            }
            Ok((is, stopped))
        })
        .await;
    let (changed, stopped) = changed.map_err(gone)?;
    for id in stopped {
        news::changed(&state.core.publisher, id);
    }
    Ok(Json(changed.into()))
}
