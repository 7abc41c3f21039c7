//! `/app/`: the Mini App, from this binary. Its files are built by `make web` and committed.

mod asset;
pub(crate) mod framing;
pub(crate) mod plain;

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    ContentEncoding, ETAG, Encoding, EntityTag, Header, IfNoneMatch, LOCATION, VARY,
};
use actix_web::web::{Data, Path, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::state::ApiState;
use asset::Asset;

/// Not counted: many phones share the address of their network, and nothing here costs more than to send it.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/app").route(web::get().to(entrance)))
        .service(resource("/app/{path:.*}").route(web::get().to(file)));
}

async fn entrance(request: HttpRequest) -> HttpResponse {
    let asked = request.query_string();
    let separator = if asked.is_empty() { "" } else { "?" };
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, format!("/app/{separator}{asked}")))
        .finish()
}

/// A file of the build; any other path without an ending is a screen, which the page itself tells apart.
async fn file(request: HttpRequest, path: Path<String>, state: Data<ApiState>) -> HttpResponse {
    let is_screen = path.is_empty() || !path.contains('.');
    let name = if is_screen { "index.html" } else { &path };
    let Some(asset) = Asset::find(name) else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.kind)
        .insert_header((CACHE_CONTROL, asset.caching()))
        .insert_header((VARY, "accept-encoding"));
    if asset.is_page() {
        response.insert_header((CONTENT_SECURITY_POLICY, state.app_policy.clone()));
    }
    response.insert_header((ETAG, asset.tag.clone()));
    if is_known(&request, &asset.tag) {
        return response
            .status(actix_web::http::StatusCode::NOT_MODIFIED)
            .finish();
    }
    if takes_gzip(&request) {
        response.insert_header((CONTENT_ENCODING, "gzip"));
        return response.body(asset.gzip.clone());
    }
    response.body(asset.plain.clone())
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|one| one.weak_eq(tag)),
        Err(_) => false,
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let kinds = [
        Encoding::Known(ContentEncoding::Identity),
        Encoding::Known(ContentEncoding::Gzip),
    ];
    let accepted = request
        .headers()
        .contains_key(ACCEPT_ENCODING)
        .then(|| AcceptEncoding::parse(request).ok())
        .flatten();
    let chosen = accepted.and_then(|accepted| accepted.negotiate(kinds.iter()));
    chosen == Some(Encoding::Known(ContentEncoding::Gzip))
}
