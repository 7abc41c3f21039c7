//! `/v1/auth/passkeys/signin` and `/prove`: a person proves themselves by a passkey, which is two factors in one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use audit::model::Origin;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use people::codes::WRONG_PASSKEY;
use people::passkeys::ceremony::RelyingParty;
use people::passkeys::challenges::{self, LIFETIME, Purpose};
use people::passkeys::proofs::{self, Shown, Verdict};
use people::passkeys::queries::{self, Row};
use people::passkeys::wire::{Assertion, Credential};
use people::sessions::{Method, Sessions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::begin::begin;
use super::factors::Here;
use super::login::LoginQuery;
use super::tokens::{Delivery, SignedInView, answer};
use super::{cookies, person};
use crate::http::extract::{JsonBody, Me, Proof, QueryFields};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::http::security::Event;
use crate::state::ApiState;

/// What a browser needs for a passkey.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyOptions {
    /// As Web Authentication, level 3, spells it.
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// What `toJSON()` of a credential gives that has signed.
#[derive(Deserialize, ToSchema)]
#[schema(value_type = Object)]
pub(crate) struct PasskeyBody(Map<String, Value>);

/// What a passkey is shown for.
pub(super) struct Asked<'a> {
    credential: Credential<Assertion>,
    party: RelyingParty,
    sessions: &'a Sessions,
    purpose: Purpose,
    user_id: Option<Uuid>,
}

impl PasskeyBody {
    /// What it is shown for: by this person, or by whom it tells.
    ///
    /// # Errors
    /// E105 for another form; `Conflict` without a domain name.
    pub(super) fn asked(
        self,
        state: &ApiState,
        purpose: Purpose,
        user_id: Option<Uuid>,
    ) -> Result<Asked<'_>, Error> {
        let form = |why: &str| Error::invalid("passkey", why);
        Ok(Asked {
            credential: Credential::read(self.0).map_err(form)?,
            party: party(state)?,
            sessions: &state.sessions,
            purpose,
            user_id,
        })
    }
}

impl Asked<'_> {
    /// Checks it in a transaction, and uses the challenge up.
    ///
    /// # Errors
    /// E223 for what proves nothing; those of the database.
    pub(super) async fn take(
        &self,
        conn: &mut AsyncPgConnection,
        origin: &Origin,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Error> {
        let shown = Shown {
            credential: &self.credential,
            party: &self.party,
            sessions: self.sessions,
            purpose: self.purpose,
            user_id: self.user_id,
        };
        proofs::take(conn, &shown, origin, now).await
    }
}

/// Whom the passkeys are for.
///
/// # Errors
/// `Conflict` if `PUBLIC_URL` has no domain name.
pub(super) fn party(state: &ApiState) -> Result<RelyingParty, Error> {
    let party = RelyingParty::of(&state.core.config.public_url.at("/"));
    party.ok_or_else(|| {
        Error::Conflict(
            "browsers know passkeys only for a domain name (example: localhost): the operator has to set PUBLIC_URL to one"
                .to_owned(),
        )
    })
}

/// What follows when a passkey was refused because there is a copy of it, after the commit of that.
pub(super) async fn copied(state: &ApiState, request: &HttpRequest, verdict: &Verdict) -> Error {
    if let Verdict::Copied(tickets) = verdict {
        state.security_log.note(request, Event::CopiedPasskey);
        state.core.pusher.wake(tickets).await;
    }
    proofs::refused("its counter has gone backwards")
}

/// How the passkeys are named that an authenticator knows already, or may use.
pub(super) fn descriptors(rows: &[Row]) -> Vec<Value> {
    let one = |row: &Row| {
        let id = BASE64.encode(&row.credential_id);
        json!({ "type": "public-key", "id": id, "transports": row.transports })
    };
    rows.iter().map(one).collect()
}

fn options(state: &ApiState, purpose: Purpose, allowed: &[Value]) -> Result<PasskeyOptions, Error> {
    let (party, now) = (party(state)?, state.core.clock.now());
    Ok(PasskeyOptions {
        public_key: json!({
            "challenge": challenges::make(&state.sessions, purpose, now),
            "rpId": party.id,
            "timeout": LIFETIME.num_milliseconds(),
            "allowCredentials": allowed,
            "userVerification": "required",
        }),
    })
}

/// Begins a sign-in by a passkey
///
/// What `PublicKeyCredential.parseRequestOptionsFromJSON()` takes, on a page of `PUBLIC_URL`. The same for all: the browser
/// knows which passkeys there are. It can be answered for five minutes, once.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/signin/options",
    operation_id = "begin_passkey_login",
    tag = "Accounts",
    responses(
        (status = 200, description = "What the browser needs", body = PasskeyOptions),
        (status = 409, description = "PUBLIC_URL has no domain name", body = ErrorBody),
        Refused,
    ),
    security(()),
)]
pub(crate) async fn sign_in_options(
    state: Data<ApiState>,
) -> Result<Json<PasskeyOptions>, Problem> {
    Ok(Json(options(&state, Purpose::SignIn, &[])?))
}

/// A passkey that signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyLoginBody {
    passkey: PasskeyBody,
}

/// Signs in by a passkey
///
/// It proves two factors, so no code is asked for. Whatever is wrong with it: 401 E223. While the account is suspended: 403
/// E215.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/signin",
    operation_id = "login_by_passkey",
    tag = "Accounts",
    params(Delivery, LoginQuery),
    request_body = PasskeyLoginBody,
    responses((status = 200, description = "Signed in", body = SignedInView), Refused),
    security(()),
)]
pub(crate) async fn sign_in(
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    QueryFields(query): QueryFields<LoginQuery>,
    JsonBody(body): JsonBody<PasskeyLoginBody>,
) -> Result<HttpResponse, Problem> {
    cookies::may_begin(&request, &state)?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let asked = body.passkey.asked(&state, Purpose::SignIn, None)?;
    let idle = state.sessions.lifetimes().idle;
    let mut conn = state.db().await?;
    let begun = conn.transaction(async |conn| {
        let verdict = asked.take(conn, &origin, now).await?;
        let Verdict::Proved(id) = verdict else {
            return Ok::<_, Error>(Err(verdict));
        };
        query.check(conn, id, now).await?;
        let methods = (Method::Passkey, Some(Method::Passkey));
        Ok(Ok(begin(conn, id, methods, idle, &origin, now).await?))
    });
    let begun = begun.await;
    drop(conn);
    if begun.as_ref().is_err_and(|why| why.code() == WRONG_PASSKEY) {
        state.security_log.note(&request, Event::WrongPasskey);
    }
    let (session, user, tickets) = match begun? {
        Ok(begun) => begun,
        Err(verdict) => return Err(copied(&state, &request, &verdict).await.into()),
    };
    state.core.pusher.wake(&tickets).await;
    let session = session.session(session.generation);
    let answer = answer(&state, &session, Some(user), StatusCode::OK, delivery);
    Ok(answer?)
}

/// Begins to prove the caller once more by a passkey
///
/// For `passkey` of `POST /v1/auth/reauthenticate`, in this session.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/prove/options",
    operation_id = "begin_passkey_proof",
    tag = "Accounts",
    responses(
        (status = 200, description = "What the browser needs", body = PasskeyOptions),
        (status = 409, description = "PUBLIC_URL has no domain name", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn prove_options(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<Json<PasskeyOptions>, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let own = queries::list(&mut *state.db().await?, me.id).await?;
    let purpose = Purpose::Prove(here.session);
    Ok(Json(options(&state, purpose, &descriptors(&own))?))
}
