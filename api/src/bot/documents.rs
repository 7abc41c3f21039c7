//! `GET /v1/documents/{name}`: the terms of use and the privacy policy, as the app shows them.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use bot::documents::Document;
use kernel::{Error, Language};
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use crate::http::extract::{Found, of_person};
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// A document for people, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = Document)]
pub(crate) struct DocumentView {
    #[schema(value_type = String, pattern = "^(terms|privacy)$")]
    name: &'static str,
    /// What a person agrees to by `PUT /v1/users/me/consents`.
    version: &'static str,
    /// `ru`, `en` or `zh`.
    language: Language,
    /// Where the whole text stands, if the operator has published it.
    #[schema(value_type = Option<String>, format = "uri")]
    url: Option<Url>,
    /// Plain text.
    paragraphs: Vec<String>,
}

/// A document for people
///
/// In the language that the caller has chosen, else by `Accept-Language`.
#[utoipa::path(
    get,
    path = "/v1/documents/{name}",
    operation_id = "get_document",
    tag = "Users",
    params(("name" = String, Path, description = "`terms` or `privacy`", pattern = "^(terms|privacy)$")),
    responses(
        (status = 200, description = "The document", body = DocumentView),
        (status = 404, description = "There is no such document", body = ErrorBody),
        (status = 500, description = "An internal error", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn show(
    request: HttpRequest,
    state: web::Data<ApiState>,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let document = Document::parse(&name).ok_or(Error::NotFound("document"))?;
    let language = of_person(&request, &state, true).await;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_LANGUAGE, language.code()));
    // A person whose language is known gets what is for them alone.
    let is_known = matches!(request.extensions().get(), Some(Found(Ok(_))));
    if !is_known {
        answer.insert_header((CACHE_CONTROL, "public, max-age=300"));
        answer.insert_header((
            VARY,
            "accept-language, x-telegram-init-data, authorization, x-api-key",
        ));
    }
    Ok(answer.json(DocumentView {
        name: document.as_str(),
        version: document.version(),
        language,
        url: document.url(&state.core.config.bot).cloned(),
        paragraphs: document.paragraphs(language),
    }))
}
