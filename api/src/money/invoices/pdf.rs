//! `GET /v1/invoices/{id}/pdf`.

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, web};
use kernel::{Error, Language};
use money::invoices::model::{Invoice, Line};
use money::invoices::queries;

use super::document::Document;
use super::show::found;
use crate::http::extract::Paying;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Shows an invoice as a PDF
///
/// In the language of the person. It is made of the stored invoice each time, and the same bytes each time.
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}/pdf",
    operation_id = "get_invoice_pdf",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "The id of an invoice")),
    responses(
        (status = 200, description = "The invoice", body = String, content_type = "application/pdf"),
        (status = 404, description = "There is no such invoice, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn pdf(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (invoice, lines) = found(&state, &paying, &id).await?;
    Ok(drawn(&state, invoice, lines, paying.language).await?)
}

/// The document of an invoice.
pub(super) async fn drawn(
    state: &ApiState,
    invoice: Invoice,
    lines: Vec<Line>,
    language: Language,
) -> Result<HttpResponse, Error> {
    let refers_to = match invoice.refers_to {
        Some(of) => queries::find(&mut *state.db().await?, of).await?,
        None => None,
    };
    let name = format!("attachment; filename=\"{}.pdf\"", invoice.number);
    let fonts = state.config.fonts.clone();
    // Some milliseconds, more with a large font.
    let made = tokio::task::spawn_blocking(move || {
        let refers_to = refers_to.map(|invoice| invoice.number);
        Document::of(
            &invoice,
            &lines,
            refers_to.as_deref(),
            fonts.speaks(language),
        )
        .pdf(&fonts)
    });
    let bytes = made.await.map_err(Error::internal)??;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}
