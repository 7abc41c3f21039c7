//! `GET /v1/payments` and `/v1/payments/{id}`: what a person has bought, and whether the money has come.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::currencies::minor;
use kernel::{Error, Language};
use money::payments::model::{Payment, PaymentProvider, PaymentStatus};
use money::payments::queries;
use money::refunds::queries as refunds;
use money::subscriptions::model::SubscriptionTier;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{Paying, QueryFields};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::pages::{CursorPagination, Wanted};
use crate::readings::show::{applied, permit, wait};
use crate::state::ApiState;

/// How often a payment that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A person who looks at a payment waits no longer than this for its vendor.
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Some of a person's payments.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payments {
    data: Vec<PaymentDetails>,
    pagination: CursorPagination,
}

/// A payment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentDetails {
    id: Uuid,
    provider: PaymentProvider,
    tier: SubscriptionTier,
    /// In the smallest unit of the currency: Stars, kopecks.
    amount: i64,
    /// ISO 4217; Telegram Stars are `XTR`.
    #[schema(example = "XTR")]
    currency: String,
    status: PaymentStatus,
    /// Why no money came, if `status` is `failed` or `canceled`.
    error: Option<PaymentFailure>,
    created_at: DateTime<Utc>,
    /// When the money came.
    paid_at: Option<DateTime<Utc>>,
    /// When it went back.
    refunded_at: Option<DateTime<Utc>>,
    /// What of it has gone back in all, in the smallest unit.
    refunded_amount: i64,
    /// Where the person claims money that goes back to them, if its vendor does not send it by itself.
    refund_page: Option<String>,
}

/// Why no money came.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentFailure {
    /// A code of the catalogue.
    #[schema(example = "E403")]
    code: &'static str,
    /// For the person, in their language.
    message: &'static str,
}

impl PaymentFailure {
    fn of(payment: &Payment, language: Language) -> Option<Self> {
        if !matches!(
            payment.status,
            PaymentStatus::Failed | PaymentStatus::Canceled
        ) {
            return None;
        }
        let code = payment.error_code.as_deref();
        let code = code.and_then(product::error_codes::find)?;
        Some(Self {
            code: code.as_str(),
            message: code.message(language),
        })
    }
}

impl PaymentDetails {
    fn of(payment: Payment, refund_page: Option<String>, language: Language) -> Self {
        Self {
            refund_page,
            id: payment.id,
            provider: payment.provider,
            tier: payment.tier,
            amount: minor(payment.amount, &payment.currency).unwrap_or_default(),
            status: payment.status,
            error: PaymentFailure::of(&payment, language),
            created_at: payment.created_at,
            paid_at: payment.paid_at(),
            refunded_at: payment.refunded_at(),
            refunded_amount: minor(payment.gone(), &payment.currency).unwrap_or_default(),
            currency: payment.currency,
        }
    }
}

/// Lists a person's payments
///
/// The newest first, with those that were never paid.
#[utoipa::path(
    get,
    path = "/v1/payments",
    operation_id = "list_payments",
    tag = "Subscriptions",
    params(Wanted),
    responses((status = 200, description = "A page", body = Payments), Refused),
)]
pub(crate) async fn list(
    paying: Paying,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<HttpResponse, Problem> {
    let page = wanted.page()?;
    let mut conn = state.db().await?;
    let mut rows = queries::newest(&mut conn, paying.account, page.before, page.rows()).await?;
    let pagination = page.cut(&mut rows, |payment| payment.id);
    drop(conn);
    Ok(HttpResponse::Ok().json(Payments {
        data: details(&state, rows, paying.language).await?,
        pagination,
    }))
}

/// Shows a payment
///
/// Of one that is pending its vendor is asked first, at most once in 10 seconds.
///
/// With `Prefer: wait=N` (RFC 7240) the answer comes when it is paid, refused or given up; after N seconds (60 at most) in
/// any case. What the app saw at the invoice is no proof: only this says that the money is there.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}",
    operation_id = "get_payment",
    tag = "Subscriptions",
    params(
        ("id" = Uuid, Path, description = "`payment_id` of a purchase"),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: answer when it is paid, refused or given up"),
    ),
    responses(
        (status = 200, description = "The payment as it is now", body = PaymentDetails,
            headers(("Preference-Applied" = String, description = "`wait=N`, if it was waited for"))),
        (status = 404, description = "There is no such payment, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn show(
    paying: Paying,
    request: HttpRequest,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("payment"))?;
    let wait = wait(request.headers());
    let permit = wait.map(|_| permit(&state, &request, Some(paying.account)));
    let _permit = permit.transpose()?;
    let deadline = Instant::now() + wait.unwrap_or_default();
    let mut payment = found(&state, &paying, id).await?;
    if payment.is_pending() && is_asked(&state, &payment).await {
        payment = found(&state, &paying, id).await?;
    }
    // No connection is held in between.
    while payment.is_pending() && Instant::now() < deadline && !state.waiting.is_closed() {
        sleep_until(deadline.min(Instant::now() + LOOK_EVERY)).await;
        payment = found(&state, &paying, id).await?;
    }
    let shown = details(&state, vec![payment], paying.language).await?.pop();
    let mut answer = HttpResponse::Ok().json(shown);
    applied(answer.headers_mut(), wait);
    Ok(answer)
}

/// These payments as their person sees them.
async fn details(
    state: &ApiState,
    rows: Vec<Payment>,
    language: Language,
) -> Result<Vec<PaymentDetails>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|payment| payment.id).collect();
    let underway = refunds::underway(&mut *state.db().await?, &ids).await?;
    let page = |payment: &Payment| {
        let (_, number) = underway.iter().find(|(id, _)| *id == payment.id)?;
        let gateways = &state.core.providers.gateways;
        let page = gateways.claim_page(payment.provider.as_str(), Some(number));
        page.map(String::from)
    };
    let view = |payment: Payment| {
        let page = page(&payment);
        PaymentDetails::of(payment, page, language)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Asks the vendor about a payment that waits for its money: a notification may be late, or lost. Whatever fails changes
/// nothing in the answer.
async fn is_asked(state: &ApiState, payment: &Payment) -> bool {
    let (intake, gateways) = (state.core.intake(), &state.core.providers.gateways);
    match tokio::time::timeout(ASK_WITHIN, intake.ask(gateways, payment)).await {
        Ok(Ok(is_asked)) => is_asked,
        Ok(Err(why)) => {
            tracing::debug!(error = %why, payment = %payment.id, "a payment that is looked at stays pending");
            false
        }
        Err(_) => false,
    }
}

pub(super) async fn found(state: &ApiState, paying: &Paying, id: Uuid) -> Result<Payment, Error> {
    let payment = queries::find(&mut *state.db().await?, id).await?;
    let own = payment.filter(|payment| payment.user_id == Some(paying.account));
    own.ok_or(Error::NotFound("payment"))
}
