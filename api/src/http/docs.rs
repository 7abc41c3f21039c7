//! `/openapi.json`, and `/docs` that shows it.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{ServiceConfig, get, resource};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::http::openapi::document;

/// The document. It is the same for the whole life of a process.
static DOCUMENT: LazyLock<String> = LazyLock::new(document);

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/openapi.json").route(get().to(openapi)))
        .service(resource("/docs").route(get().to(entrance)))
        .service(page());
}

/// `GET /openapi.json`.
async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(DOCUMENT.as_str())
}

/// `GET /docs`: to where the page is.
async fn entrance() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

/// `GET /docs/`: Swagger UI, from this binary alone.
fn page() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json"))
}
