//! `/v1/auth/passkeys`: the passkeys of a person.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::accounts::changes::Done;
use people::accounts::queries::address_of;
use people::factors::passkeys as acts;
use people::passkeys::ceremony;
use people::passkeys::challenges::{self, LIFETIME, Purpose};
use people::passkeys::client_data::ClientData;
use people::passkeys::keys::ALGORITHMS;
use people::passkeys::queries::{self, Row};
use people::passkeys::wire::{Attestation, Credential};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::closed;
use super::factors::Here;
use super::passkey_proofs::{PasskeyOptions, descriptors, party};
use crate::http::extract::{JsonBody, Me, Proof};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What a browser calls an account without an address.
const NAMELESS: &str = "Symancy";

/// A passkey of a person.
#[derive(Serialize, ToSchema)]
#[schema(as = Passkey)]
pub(crate) struct PasskeyView {
    id: Uuid,
    name: String,
    /// Whether its authenticator has copied it to other devices of the person.
    backed_up: bool,
    /// Ways to its authenticator, as the browser has named them (example: `internal`, `hybrid`).
    transports: Vec<String>,
    created_at: DateTime<Utc>,
    /// `null`: never.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<Row> for PasskeyView {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            backed_up: row.backed_up,
            transports: row.transports,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Passkeys {
    passkeys: Vec<PasskeyView>,
}

/// A passkey that was added.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyAdded)]
pub(crate) struct AddedView {
    passkey: PasskeyView,
    /// Codes that stand in for it, each once, where it is the first second factor. They are shown only here.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

/// A new passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskeyBody {
    /// What the person calls it.
    #[schema(min_length = 1, max_length = 100, example = "My phone")]
    name: String,
    /// What `toJSON()` of the new credential gives.
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
}

/// A name of a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyNameBody {
    #[schema(min_length = 1, max_length = 100, example = "My phone")]
    name: String,
}

/// Begins to add a passkey
///
/// What `PublicKeyCredential.parseCreationOptionsFromJSON()` takes, on a page of `PUBLIC_URL`. It can be answered for five
/// minutes, once, in this session, by `POST /v1/auth/passkeys`.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/options",
    operation_id = "begin_passkey",
    tag = "Accounts",
    responses(
        (status = 200, description = "What the browser needs", body = PasskeyOptions),
        (status = 409, description = "PUBLIC_URL has no domain name", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn options(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<Json<PasskeyOptions>, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let party = party(&state)?;
    let mut conn = state.db().await?;
    let known = queries::list(&mut conn, me.id).await?;
    let address = address_of(&mut conn, me.id).await?;
    let name = address.map_or_else(|| NAMELESS.to_owned(), |(_, spelling, _)| spelling);
    let purpose = Purpose::Register(here.session);
    let algorithms = ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
    Ok(Json(PasskeyOptions {
        public_key: json!({
            "rp": { "id": party.id, "name": "Symancy" },
            "user": { "id": BASE64.encode(me.id), "name": name, "displayName": name },
            "challenge": challenges::make(&state.sessions, purpose, here.now),
            "pubKeyCredParams": algorithms,
            "timeout": LIFETIME.num_milliseconds(),
            "excludeCredentials": descriptors(&known),
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            },
            "attestation": "none",
        }),
    }))
}

/// Adds a passkey
///
/// From now on it signs in by itself, and a sign-in with the password asks for a second factor. It counts as proof in this
/// session. A person has 20 at most.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys",
    operation_id = "add_passkey",
    tag = "Accounts",
    request_body = NewPasskeyBody,
    responses(
        (status = 201, description = "It is in use", body = AddedView),
        (status = 409, description = "It is known already, or one too many", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn add(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<NewPasskeyBody>,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let (name, party) = (acts::name(&body.name)?, party(&state)?);
    let wrong = |why: &str| Error::invalid("credential", why);
    let credential = Credential::<Attestation>::read(body.credential).map_err(wrong)?;
    let client_data = ClientData::read(&credential.response.client_data.0).map_err(wrong)?;
    let purpose = Purpose::Register(here.session);
    let given = &client_data.challenge;
    let challenge = challenges::open(&state.sessions, purpose, given, here.now).map_err(wrong)?;
    let new = ceremony::register(&party, &credential).map_err(wrong)?;
    let mut conn = state.db().await?;
    let added = conn
        .transaction(async |conn| acts::add(conn, &here.by(), (&new, name), &challenge).await)
        .await?;
    drop(conn);
    state.core.pusher.wake(&added.tickets).await;
    Ok(HttpResponse::Created().json(AddedView {
        passkey: added.row.into(),
        recovery_codes: added.recovery_codes,
    }))
}

/// The passkeys of the caller
///
/// The oldest first.
#[utoipa::path(
    get,
    path = "/v1/auth/passkeys",
    operation_id = "list_passkeys",
    tag = "Accounts",
    responses((status = 200, description = "The passkeys", body = Passkeys), Refused),
    security(("AccessToken" = []), ("TelegramAuth" = [])),
)]
pub(crate) async fn list(
    _: Proof,
    me: Me,
    state: Data<ApiState>,
) -> Result<Json<Passkeys>, Problem> {
    let rows = queries::list(&mut *state.db().await?, me.id).await?;
    let passkeys = rows.into_iter().map(PasskeyView::from).collect();
    Ok(Json(Passkeys { passkeys }))
}

/// Gives a passkey another name.
#[utoipa::path(
    patch,
    path = "/v1/auth/passkeys/{id}",
    operation_id = "rename_passkey",
    tag = "Accounts",
    params(("id" = Uuid, Path, description = "The passkey")),
    request_body = PasskeyNameBody,
    responses(
        (status = 200, description = "It is renamed", body = PasskeyView),
        (status = 404, description = "There is no such passkey of the caller", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn rename(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    id: Path<Uuid>,
    JsonBody(body): JsonBody<PasskeyNameBody>,
) -> Result<Json<PasskeyView>, Problem> {
    Here::of(&state, &request, &proof, &me)?;
    let name = acts::name(&body.name)?;
    let mut conn = state.db().await?;
    let row = acts::rename(&mut conn, me.id, *id, name).await?;
    Ok(Json(row.into()))
}

/// Removes a passkey
///
/// Without another second factor the recovery codes go, too, and a sign-in asks for the password alone.
#[utoipa::path(
    delete,
    path = "/v1/auth/passkeys/{id}",
    operation_id = "remove_passkey",
    tag = "Accounts",
    params(("id" = Uuid, Path, description = "The passkey")),
    responses(
        (status = 204, description = "It is removed"),
        (status = 404, description = "There is no such passkey of the caller", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])),
)]
pub(crate) async fn remove(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&state, &request, &proof, &me)?;
    let id = *id;
    let mut conn = state.db().await?;
    let removed = conn.transaction(async |conn| acts::remove(conn, &here.by(), id).await);
    let (tickets, ended) = removed.await?;
    let done = Done {
        tickets,
        ended,
        ..Done::default()
    };
    Ok(closed(&state, done, conn).await)
}
