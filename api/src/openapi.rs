//! The OpenAPI document, made from the handlers' own annotations. Served at `/openapi.json`, shown
//! at `/docs`, committed as `docs/openapi.json`.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

/// The body of every answer that is not a success.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// A code of the catalogue.
    #[schema(example = "E104")]
    code: String,
    /// For the person, in their language.
    message: String,
    /// What a program may want to know; depends on the code.
    #[schema(value_type = Object)]
    details: Value,
    /// To be quoted to the operator; also in `X-Request-Id`.
    request_id: String,
}

/// Refusals that any path with a caller can give.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "read by utoipa alone")]
pub(crate) enum Refused {
    /// The request cannot be carried out as it was written.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// Nobody is known to be asking.
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// Known, but not allowed.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// Too many requests; `Retry-After` says when to come again.
    #[response(status = 429)]
    RateLimited(ErrorBody),
    /// A fault of ours.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// Out of reach for now; `Retry-After` says when to come again.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// The whole API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Symancy API",
        description = "Readings of coffee cups: send a photo, wait a few seconds, read.",
        license(name = "MIT"),
    ),
    modifiers(&Callers),
    security(("TelegramAuth" = []), ("ApiKey" = [])),
    components(schemas(ErrorBody)),
    paths(
        crate::handlers::payments::telegram::webhook,
        crate::handlers::payments::tinkoff::webhook,
        crate::handlers::subscriptions::cancel::cancel,
        crate::handlers::subscriptions::plans::list,
        crate::handlers::subscriptions::purchase::purchase,
        crate::handlers::subscriptions::show::show,
        crate::handlers::subscriptions::trial::trial,
    ),
)]
pub struct ApiDoc;

/// How callers say who they are.
struct Callers;

impl Modify for Callers {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let header = |name: &str, what: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, what)))
        };
        components.add_security_scheme(
            "TelegramAuth",
            header(
                "X-Telegram-Init-Data",
                "`initData` of the Telegram Mini App, at most an hour old",
            ),
        );
        components.add_security_scheme(
            "ApiKey",
            header(
                "X-API-Key",
                "Key of a service. It says for whom it asks in `X-Telegram-User-Id`",
            ),
        );
    }
}
