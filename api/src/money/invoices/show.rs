//! `GET /v1/invoices` and `/v1/invoices/{id}`.

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use kernel::{Error, Language};
use money::invoices::model::{BillingDetails, Invoice, Line, Seller};
use money::invoices::{queries, texts};
use money::subscriptions::model::SubscriptionTier;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{Paying, QueryFields};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::pages::{CursorPagination, Wanted};
use crate::state::ApiState;

/// Some of a person's invoices.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invoices {
    data: Vec<InvoiceDetails>,
    pagination: CursorPagination,
}

/// An invoice, a receipt or a credit note. Sums are in the smallest unit of the currency, and include the tax.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceDetails {
    id: Uuid,
    /// Without gaps in its series and year.
    #[schema(example = "INV-2026-000001")]
    number: String,
    /// `invoice` (a receipt, if `seller` is null) or `credit_note`.
    kind: &'static str,
    payment_id: Uuid,
    /// Of a credit note: the invoice that it takes back of.
    refers_to: Option<Uuid>,
    #[schema(example = "EUR")]
    currency: String,
    /// Of a credit note: what is taken back.
    total: i64,
    /// How much of it is tax.
    tax: i64,
    /// In a hundred; null: none applies.
    #[schema(example = "21")]
    tax_rate: Option<String>,
    lines: Vec<InvoiceLine>,
    /// As they were when it was issued; null: they were not given, or are not kept any more.
    buyer: Option<BillingDetails>,
    seller: Option<Seller>,
    paid_at: DateTime<Utc>,
    issued_at: DateTime<Utc>,
}

/// A line of an invoice: a month of a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceLine {
    /// In the language of the person.
    description: String,
    tier: SubscriptionTier,
    /// As the time was laid out when the invoice was issued.
    period_start: DateTime<Utc>,
    period_end: DateTime<Utc>,
    total: i64,
    tax: i64,
}

impl InvoiceDetails {
    fn of(invoice: Invoice, lines: Vec<Line>, language: Language) -> Self {
        Self {
            id: invoice.id,
            kind: invoice.kind().as_str(),
            payment_id: invoice.payment_id,
            refers_to: invoice.refers_to,
            total: invoice.total_minor,
            tax: invoice.tax_minor,
            tax_rate: invoice.tax_rate.map(|rate| rate.normalize().to_string()),
            lines: lines
                .into_iter()
                .map(|line| InvoiceLine::of(&line, language))
                .collect(),
            buyer: invoice.buyer(),
            seller: invoice.seller(),
            paid_at: invoice.paid_at,
            issued_at: invoice.issued_at,
            number: invoice.number,
            currency: invoice.currency,
        }
    }
}

impl InvoiceLine {
    fn of(line: &Line, language: Language) -> Self {
        Self {
            description: texts::item(line, language),
            tier: line.tier,
            period_start: line.period_start,
            period_end: line.period_end,
            total: line.total_minor,
            tax: line.tax_minor,
        }
    }
}

/// Lists a person's invoices
///
/// The newest first, with receipts and credit notes.
#[utoipa::path(
    get,
    path = "/v1/invoices",
    operation_id = "list_invoices",
    tag = "Subscriptions",
    params(Wanted),
    responses((status = 200, description = "A page", body = Invoices), Refused),
)]
pub(crate) async fn list(
    paying: Paying,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<Invoices>, Problem> {
    let page = wanted.page()?;
    let mut conn = state.db().await?;
    let mut rows = queries::newest(&mut conn, paying.account, page.before, page.rows()).await?;
    let pagination = page.cut(&mut rows, |invoice| invoice.id);
    let ids: Vec<Uuid> = rows.iter().map(|invoice| invoice.id).collect();
    let mut lines = queries::lines(&mut conn, &ids).await?;
    let data = rows.into_iter().map(|invoice| {
        let lines = lines.remove(&invoice.id).unwrap_or_default();
        InvoiceDetails::of(invoice, lines, paying.language)
    });
    Ok(Json(Invoices {
        data: data.collect(),
        pagination,
    }))
}

/// Shows an invoice
#[utoipa::path(
    get,
    path = "/v1/invoices/{id}",
    operation_id = "get_invoice",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "The id of an invoice")),
    responses(
        (status = 200, description = "The invoice", body = InvoiceDetails),
        (status = 404, description = "There is no such invoice, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn show(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<Json<InvoiceDetails>, Problem> {
    let (invoice, lines) = found(&state, &paying, &id).await?;
    Ok(Json(InvoiceDetails::of(invoice, lines, paying.language)))
}

/// An invoice of the person's own, with its lines.
pub(super) async fn found(
    state: &ApiState,
    paying: &Paying,
    id: &str,
) -> Result<(Invoice, Vec<Line>), Error> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("invoice"))?;
    let mut conn = state.db().await?;
    let invoice = queries::find(&mut conn, id).await?;
    let own = invoice.filter(|invoice| invoice.user_id == Some(paying.account));
    let own = own.ok_or(Error::NotFound("invoice"))?;
    let lines = queries::lines(&mut conn, &[id]).await?.remove(&id);
    Ok((own, lines.unwrap_or_default()))
}
