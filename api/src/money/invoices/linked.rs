//! `GET /v1/invoices/linked/{secret}/pdf`: what the link in a letter leads to.

use actix_web::{HttpRequest, HttpResponse, web};
use kernel::{Error, Language};
use money::invoices::{links, queries};
use serde::Deserialize;
use utoipa::IntoParams;

use super::pdf::drawn;
use crate::http::extract::{QueryFields, of_request};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// How the document is shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Shown {
    /// Not given: that of `Accept-Language`.
    #[param(example = "en")]
    lang: Option<String>,
}

/// Shows an invoice as a PDF, by the link of a letter
///
/// Without a session: the link is the proof, for 30 days from its letter on.
#[utoipa::path(
    get,
    path = "/v1/invoices/linked/{secret}/pdf",
    operation_id = "get_linked_invoice_pdf",
    tag = "Subscriptions",
    params(("secret" = String, Path, description = "Of the link"), Shown),
    responses(
        (status = 200, description = "The invoice", body = String, content_type = "application/pdf"),
        (status = 404, description = "No such link, or its time is over", body = ErrorBody),
        Refused,
    ),
    security(()),
)]
pub(crate) async fn pdf(
    request: HttpRequest,
    state: web::Data<ApiState>,
    secret: web::Path<String>,
    QueryFields(shown): QueryFields<Shown>,
) -> Result<HttpResponse, Problem> {
    let language = shown.lang.as_deref().and_then(Language::from_tag);
    let language = language.unwrap_or_else(|| of_request(&request));
    let mut conn = state.db().await?;
    let linked = links::find(&mut conn, &secret, state.core.clock.now()).await?;
    let id = linked.ok_or(Error::NotFound("invoice"))?;
    let invoice = queries::find(&mut conn, id).await?;
    let invoice = invoice.ok_or(Error::NotFound("invoice"))?;
    let lines = queries::lines(&mut conn, &[id]).await?.remove(&id);
    drop(conn);
    Ok(drawn(&state, invoice, lines.unwrap_or_default(), language).await?)
}
