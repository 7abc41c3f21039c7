//! `/openapi.json`, and `/docs` that shows it. Counted by address, and not there if the operator does
//! not want them (`API_DOCS`).

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, get, resource, scope};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::http::middleware::rate_limit;
use crate::http::openapi::document;
use crate::state::ApiState;

/// The document. It is the same for the whole life of a process.
static DOCUMENT: LazyLock<String> = LazyLock::new(document);

pub(crate) fn configure(config: &mut ServiceConfig, state: &ApiState) {
    if !state.config.docs {
        return;
    }
    let counted = || from_fn(rate_limit::each);
    config
        .service(
            resource("/openapi.json")
                .route(get().to(openapi))
                .wrap(counted()),
        )
        .service(resource("/docs").route(get().to(entrance)).wrap(counted()))
        .service(scope("/docs").service(page()).wrap(counted()));
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
    SwaggerUi::new("/{_:.*}").config(Config::from("/openapi.json"))
}
