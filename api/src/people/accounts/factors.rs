//! `/v1/auth/2fa`: the second factors of a person.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::factors::acts::{self, By};
use people::factors::queries;
use people::passkeys;
use people::sessions::proofs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::second_step::Try;
use super::{own_session, person, session_of};
use crate::http::extract::{JsonBody, Me, Proof};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What a person has set up.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactors {
    /// Since when an app is in use; `null`: none is.
    totp_since: Option<DateTime<Utc>>,
    /// How many there are.
    passkeys: i64,
    /// How many are left.
    recovery_codes: i64,
    /// When this session has last proved a second factor; `null`: it has not.
    proved_at: Option<DateTime<Utc>>,
}

/// What an app needs to make codes. It is shown only here.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpEnrolment {
    /// In base32, to be typed in.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same, as apps read it.
    otpauth_uri: String,
    /// The same as a QR code, in SVG.
    qr_svg: String,
}

/// Codes that stand in for the app, each once. They are shown only here.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    #[schema(min_items = 10, max_items = 10)]
    recovery_codes: Vec<String>,
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    #[schema(max_length = 20, example = "287082")]
    code: String,
}

/// Who acts, and in which session, for as long as the request lasts.
pub(super) struct Here {
    pub user_id: Uuid,
    pub session: Uuid,
    pub origin: Origin,
    pub now: DateTime<Utc>,
}

impl Here {
    /// # Errors
    /// E201 for a caller without a stored session.
    pub(super) fn of(
        state: &ApiState,
        request: &HttpRequest,
        proof: &Proof,
        me: &Me,
    ) -> Result<Self, Error> {
        Ok(Self {
            user_id: me.id,
            session: own_session(proof)?,
            origin: person(request),
            now: state.core.clock.now(),
        })
    }

    pub(super) fn by(&self) -> By<'_> {
        By {
            user_id: self.user_id,
            session: self.session,
            origin: &self.origin,
            now: self.now,
        }
    }
}

/// The second factors of the caller.
#[utoipa::path(
    get,
    path = "/v1/auth/2fa",
    operation_id = "get_second_factors",
    tag = "Accounts",
    responses((status = 200, description = "What is set up", body = SecondFactors), Refused),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn show(
    proof: Proof,
    me: Me,
    state: Data<ApiState>,
) -> Result<Json<SecondFactors>, Problem> {
    let mut conn = state.db().await?;
    let secret = queries::secret(&mut conn, me.id).await?;
    let proved_at = match session_of(&proof) {
        Some(id) => proofs::of(&mut conn, id).await?.and_then(|(_, at)| at),
        None => None,
    };
    Ok(Json(SecondFactors {
        totp_since: secret.and_then(|secret| secret.confirmed_at),
        passkeys: passkeys::queries::count(&mut conn, me.id).await?,
        recovery_codes: queries::codes_left(&mut conn, me.id).await?,
        proved_at,
    }))
}

/// Begins to set up an app for codes
///
/// It is in use once a code of it is confirmed; until then each call gives another secret. Codes have six digits and
/// change every 30 seconds (RFC 6238).
#[utoipa::path(
    post,
    path = "/v1/auth/2fa/totp",
    operation_id = "begin_totp",
    tag = "Accounts",
    responses(
        (status = 200, description = "What the app needs", body = TotpEnrolment),
        (status = 409, description = "An app is in use, or the operator has set no ENCRYPTION_KEY", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn begin(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<Json<TotpEnrolment>, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let mut conn = state.db().await?;
    let vault = &state.core.config.vault;
    let begun = conn.transaction(async |conn| acts::begin_app(conn, &here.by(), vault).await);
    let begun = begun.await?;
    Ok(Json(TotpEnrolment {
        secret: begun.secret,
        otpauth_uri: begun.uri,
        qr_svg: begun.svg,
    }))
}

/// Confirms an app by a code of it
///
/// From now on a sign-in asks for a code. The code is used up, and counts as proof in this session.
#[utoipa::path(
    post,
    path = "/v1/auth/2fa/totp/confirm",
    operation_id = "confirm_totp",
    tag = "Accounts",
    request_body = CodeBody,
    responses(
        (status = 200, description = "It is in use", body = RecoveryCodes),
        (status = 409, description = "None is being set up", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn confirm(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let vault = &state.core.config.vault;
    let mut conn = state.db().await?;
    let tried = Try::take(&mut conn, &state, &request, me.id).await?;
    let confirmed = conn
        .transaction(async |conn| acts::confirm_app(conn, &here.by(), &body.code, vault).await)
        .await;
    let confirmed = tried.end(&mut conn, &state, &request, confirmed).await?;
    drop(conn);
    let (recovery_codes, tickets) = confirmed;
    state.core.pusher.wake(&tickets).await;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Switches the app off
///
/// Without another factor the recovery codes go, too, and a sign-in asks for the password alone.
#[utoipa::path(
    delete,
    path = "/v1/auth/2fa/totp",
    operation_id = "remove_totp",
    tag = "Accounts",
    responses(
        (status = 204, description = "It is off"),
        (status = 404, description = "None is in use", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn remove(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let mut conn = state.db().await?;
    let removed = conn.transaction(async |conn| acts::remove_app(conn, &here.by()).await);
    let tickets = removed.await?;
    drop(conn);
    state.core.pusher.wake(&tickets).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes new recovery codes
///
/// Those before work no more.
#[utoipa::path(
    post,
    path = "/v1/auth/2fa/recovery-codes",
    operation_id = "renew_recovery_codes",
    tag = "Accounts",
    responses(
        (status = 200, description = "Ten codes", body = RecoveryCodes),
        (status = 409, description = "There is no second factor", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn renew_codes(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| acts::renew_codes(conn, &here.by()).await);
    Ok(Json(RecoveryCodes {
        recovery_codes: made.await?,
    }))
}
