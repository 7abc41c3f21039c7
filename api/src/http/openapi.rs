//! The OpenAPI document, put together from those of the endpoints. Served at `/openapi.json`, shown
//! at `/docs`, committed as `docs/openapi.json`.

use readings::growing::Partial;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::http::extract::TELEGRAM_ID_MAX;
use crate::http::problem::ErrorBody;
use crate::routes::endpoints;

/// What the document says besides the endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Symancy API",
        description = "Readings of coffee cups: send a photo, wait a few seconds, read.",
        license(name = "MIT"),
        contact(email = "api@coffeereader.com"),
    ),
    servers(
        (url = "/", description = "The server that this document comes from"),
        (url = "http://127.0.0.1:3000", description = "`make run` on your own machine"),
    ),
    security(("TelegramAuth" = []), ("AccessToken" = []), ("ApiKey" = [])),
    components(schemas(ErrorBody, Partial)),
    tags(
        (name = "Users", description = "A person and what they choose"),
        (name = "Accounts", description = "Signing up and in by e-mail, and sessions"),
        (name = "Analysis", description = "Readings"),
        (name = "Limits", description = "Plans, and how much of them is used"),
        (name = "Usage", description = "What accounts use, request by request, and events of their own"),
        (name = "Subscriptions", description = "Plans, and buying them"),
        (name = "Organizations", description = "Accounts with members, their roles, and invitations"),
        (name = "Keys", description = "Keys of an account"),
        (name = "Analytics", description = "What happened, in figures: for operators of all, for organizations of theirs"),
        (name = "Events", description = "What happens to an account, posted to its webhooks"),
        (name = "Operators", description = "For the operators of a deployment, and what they announce"),
        (name = "Privacy", description = "A copy of a person's data, and its end"),
        (name = "Webhooks", description = "Calls from outside"),
        (name = "Operations", description = "For load balancers and Prometheus"),
    ),
)]
struct ApiDoc;

/// The document, as it is committed in `docs/openapi.json`.
pub fn document() -> String {
    let parts = endpoints().into_iter().map(|endpoint| endpoint.document);
    let mut document = parts.fold(ApiDoc::openapi(), utoipa::openapi::OpenApi::merge_from);
    let modifiers: [&dyn Modify; 3] = [&Callers, &Headers, &Bodies];
    for modifier in modifiers {
        modifier.modify(&mut document);
    }
    // A document that was built from types is JSON.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The credentials of callers.
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
        let mut token = Http::new(HttpAuthScheme::Bearer);
        token.bearer_format = Some("JWT".to_owned());
        token.description = Some(
            "What `POST /v1/auth/telegram` or `/v1/auth/login` answers, good for 15 minutes"
                .to_owned(),
        );
        components.add_security_scheme("AccessToken", SecurityScheme::Http(token));
        components.add_security_scheme(
            "ApiKey",
            header(
                "X-API-Key",
                "A key. One of operators names the person it acts for in `X-Telegram-User-Id`; one of an account \
                 (`POST /v1/api-keys`) acts for that",
            ),
        );
    }
}

/// Headers that mean the same wherever they are.
struct Headers;

impl Modify for Headers {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            for operation in operations.into_iter().flatten() {
                let parameters = operation.parameters.get_or_insert_default();
                for parameter in parameters.iter_mut() {
                    if let RefOr::T(parameter) = parameter
                        && parameter.name == "Idempotency-Key"
                    {
                        parameter.schema = Some(idempotency_key());
                    }
                }
                if is_of_person(path) {
                    parameters.push(RefOr::T(for_whom()));
                    let gone = || RefOr::T(refusal("Their data was deleted this moment"));
                    let responses = &mut operation.responses.responses;
                    responses.entry("404".to_owned()).or_insert_with(gone);
                }
                if is_of_account(path) {
                    parameters.push(RefOr::T(for_account()));
                }
            }
        }
    }
}

/// How any body can be refused, whatever it is for.
struct Bodies;

impl Modify for Bodies {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            let operations = [
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            let operations = operations.into_iter().flatten();
            for operation in operations.filter(|one| one.request_body.is_some()) {
                for (status, why) in [
                    ("408", "The body took too long"),
                    ("413", "The body is too large"),
                    ("415", "The body is of a kind that is not read here"),
                ] {
                    let responses = &mut operation.responses.responses;
                    let said = responses.entry(status.to_owned());
                    said.or_insert_with(|| RefOr::T(refusal(why)));
                }
            }
        }
    }
}

fn refusal(why: &str) -> Response {
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    ResponseBuilder::new()
        .description(why)
        .content("application/json", body)
        .build()
}

/// Whether a path is about an account that a header may name, and that no other part of the document says.
fn is_of_account(path: &str) -> bool {
    [
        "/v1/api-keys",
        "/v1/webhook-endpoints",
        "/v1/event-types",
        "/v1/analytics/",
    ]
    .iter()
    .any(|about| path.starts_with(about))
}

/// Whether a path is about the caller, or about whom a service names.
fn is_of_person(path: &str) -> bool {
    [
        "/v1/users/",
        "/v1/limits/",
        "/v1/subscriptions/",
        "/v1/payments",
        "/v1/invoices",
        "/v1/billing/",
        "/v1/support",
        "/v1/analyses",
        "/v1/organizations",
        "/v1/invitations/{token}/",
        "/v1/api-keys",
        "/v1/webhook-endpoints",
        "/v1/event-types",
    ]
    .iter()
    .any(|about| path.starts_with(about))
}

fn idempotency_key() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[A-Za-z0-9_.:/+=-]{1,255}$"))
        .into()
}

fn for_account() -> Parameter {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name("X-Account-Id")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The account that the request is about: an organization of which the caller is a member. Without it \
             the caller's own; of a key, the one that it belongs to",
        ))
        .schema(Some(id))
        .build()
}

fn for_whom() -> Parameter {
    let id = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1))
        .maximum(Some(TELEGRAM_ID_MAX));
    ParameterBuilder::new()
        .name("X-Telegram-User-Id")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The person that a service acts for: nothing of others is found. Required of services on paths of \
             `me`, of the list of readings, and of keys that are bound to several persons. A person can only act \
             for themselves",
        ))
        .schema(Some(id))
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;

    #[test]
    fn every_endpoint_is_described_once() {
        let document: Value = serde_json::from_str(&document()).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        for one in endpoints() {
            let method = one.method.as_str().to_lowercase();
            assert!(
                paths[&one.path][&method].is_object(),
                "{method} {}",
                one.path
            );
        }
        let described = paths.values().filter_map(Value::as_object).map(Map::len);
        // Of two with the same path and method one would never be called.
        assert_eq!(described.sum::<usize>(), endpoints().len());
    }
}
