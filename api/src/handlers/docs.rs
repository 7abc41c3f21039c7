//! `/openapi.json`, and `/docs` that shows it.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::openapi::ApiDoc;

/// The document. It is the same for the whole life of a process.
static DOCUMENT: LazyLock<String> = LazyLock::new(document);

/// The document, as it is committed in `docs/openapi.json`.
pub fn document() -> String {
    // A document that was built from types is JSON.
    let mut text = ApiDoc::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /openapi.json`.
pub(crate) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(DOCUMENT.as_str())
}

/// `GET /docs`: to where the page is.
pub(crate) async fn entrance() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

/// `GET /docs/`: Swagger UI, from this binary alone.
pub(crate) fn page() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json"))
}
