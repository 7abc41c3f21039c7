//! `POST /v1/auth/reauthenticate`: a person proves once more that it is them.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use audit::model::{Change, Origin};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use kernel::codes::UNAUTHORIZED;
use people::factors::acts::{self, Shown};
use people::passkeys::challenges::Purpose;
use people::passkeys::proofs::Verdict;
use people::sessions::proofs;
use people::sessions::stored::Row;
use people::sessions::{Method, Way};
use people::users::queries::lock;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::passkey_proofs::{PasskeyBody, copied};
use super::second_step::{Try, shown};
use super::tokens::{Delivery, SignedInView, answer};
use super::{changes, cookies, login, person};
use crate::http::extract::{Flag, JsonBody, Me, Proof, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// What is shown: one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofBody {
    #[schema(max_length = 128)]
    password: Option<String>,
    /// Of the app.
    #[schema(max_length = 20, example = "287082")]
    code: Option<String>,
    #[schema(max_length = 40)]
    recovery_code: Option<String>,
    /// For what `POST /v1/auth/passkeys/prove/options` has given.
    passkey: Option<PasskeyBody>,
}

/// Proves the caller once more
///
/// For what answers 403 E221: by the password, or by a second factor where the person has one (a passkey is one). Good for
/// ten minutes, in this session. After five wrong ones each further try waits longer: 429 E304.
#[utoipa::path(
    post,
    path = "/v1/auth/reauthenticate",
    operation_id = "reauthenticate",
    tag = "Accounts",
    params(Delivery),
    request_body = ProofBody,
    responses((status = 200, description = "The same session, with new tokens", body = SignedInView), Refused),
    security(("AccessToken" = [])),
)]
pub(crate) async fn reauthenticate(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    QueryFields(delivery): QueryFields<Delivery>,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<HttpResponse, Problem> {
    let (id, generation) = stored_of(&proof)?;
    let factor = (body.code, body.recovery_code, body.passkey);
    let row = match (body.password, factor) {
        (Some(password), (None, None, None)) => {
            by_password(&state, &request, &me, id, &password).await?
        }
        (None, (None, None, Some(passkey))) => {
            by_passkey(&state, &request, &me, id, passkey).await?
        }
        (None, (code, recovery_code, None)) => {
            let shown = shown(code, recovery_code)?;
            by_factor(&state, &request, &me, id, &shown).await?
        }
        _ => {
            let why = "bring one of `password`, `code`, `recovery_code` and `passkey`";
            return Err(Error::invalid("password", why).into());
        }
    };
    // Who came by cookies gets them again: no script may see what they hold.
    let by_cookie = cookies::access(request.headers()).is_some();
    let delivery = Delivery {
        cookies: Flag(by_cookie || delivery.is_cookies()),
    };
    // The refresh token stays the one that the client holds.
    let session = row.session(generation);
    Ok(answer(&state, &session, None, StatusCode::OK, delivery)?)
}

fn stored_of(proof: &Proof) -> Result<(Uuid, i32), Error> {
    match proof {
        Proof::Token(token) => match token.session.way {
            Way::Stored { id, generation, .. } => Ok((id, generation)),
            Way::MiniApp { .. } => Err(Error::Unauthenticated(UNAUTHORIZED)),
        },
        Proof::InitData { .. } => Err(Error::Unauthenticated(UNAUTHORIZED)),
    }
}

async fn by_password(
    state: &ApiState,
    request: &HttpRequest,
    me: &Me,
    id: Uuid,
    password: &str,
) -> Result<Row, Error> {
    let (_, owner) = changes::proved(state, request, me, password).await?;
    let (now, origin) = (state.core.clock.now(), person(request));
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        login::still(conn, &owner).await?;
        let row = proofs::prove(conn, id, None, now).await?;
        note(conn, &row, Method::Password, &origin).await?;
        Ok(row)
    })
    .await
}

async fn by_factor(
    state: &ApiState,
    request: &HttpRequest,
    me: &Me,
    id: Uuid,
    shown: &Shown,
) -> Result<Row, Error> {
    let (now, origin) = (state.core.clock.now(), person(request));
    let vault = &state.core.config.vault;
    let mut conn = state.db().await?;
    let tried = Try::take(&mut conn, state, request, me.id).await?;
    let proved = conn.transaction(async |conn| {
        lock(conn, me.id).await?;
        let (method, tickets) = acts::prove(conn, me.id, shown, vault, &origin, now).await?;
        let row = proofs::prove(conn, id, Some(method), now).await?;
        note(conn, &row, method, &origin).await?;
        Ok::<_, Error>((row, tickets))
    });
    let proved = proved.await;
    let (row, tickets) = tried.end(&mut conn, state, request, proved).await?;
    drop(conn);
    state.core.pusher.wake(&tickets).await;
    Ok(row)
}

async fn by_passkey(
    state: &ApiState,
    request: &HttpRequest,
    me: &Me,
    id: Uuid,
    passkey: PasskeyBody,
) -> Result<Row, Error> {
    let (now, origin) = (state.core.clock.now(), person(request));
    let asked = passkey.asked(state, Purpose::Prove(id), Some(me.id))?;
    let mut conn = state.db().await?;
    let tried = Try::take(&mut conn, state, request, me.id).await?;
    let proved = conn.transaction(async |conn| {
        let taken = asked.take(conn, &origin, now).await?;
        let Verdict::Proved(_) = taken else {
            return Ok::<_, Error>(Err(taken));
        };
        let row = proofs::prove(conn, id, Some(Method::Passkey), now).await?;
        note(conn, &row, Method::Passkey, &origin).await?;
        Ok(Ok(row))
    });
    let proved = proved.await;
    match tried.end(&mut conn, state, request, proved).await? {
        Ok(row) => Ok(row),
        Err(verdict) => {
            drop(conn);
            Err(copied(state, request, &verdict).await)
        }
    }
}

async fn note(
    conn: &mut AsyncPgConnection,
    row: &Row,
    method: Method,
    origin: &Origin,
) -> Result<(), Error> {
    let change = Change {
        user_id: Some(row.user_id),
        action: "proved_again",
        entity_type: "session",
        entity_id: Some(row.id),
        old_value: None,
        new_value: Some(json!({ "method": method.as_str() })),
    };
    Ok(audit::queries::record(conn, origin, change).await?)
}
