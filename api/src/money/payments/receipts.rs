//! `GET /v1/payments` and `/v1/payments/{id}`: what a person has bought, and whether the money has come.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kernel::{Error, Language};
use money::payments::model::{Payment, PaymentProvider, PaymentStatus};
use money::payments::{queries, rules};
use money::subscriptions::model::SubscriptionTier;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::extract::{Me, QueryFields};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::readings::show::{applied, permit, wait};
use crate::state::ApiState;

const LIMIT_MAX: i64 = 100;

/// How often a payment that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At most so many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{22}$")]
    cursor: Option<String>,
}

/// Some of a person's payments.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payments {
    data: Vec<PaymentDetails>,
    pagination: PaymentsPagination,
}

/// Where in the list this is.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentsPagination {
    limit: i64,
    has_more: bool,
    /// For the next page, if there is one.
    next_cursor: Option<String>,
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
    fn of(payment: Payment, language: Language) -> Self {
        Self {
            id: payment.id,
            provider: payment.provider,
            tier: payment.tier,
            amount: rules::minor_units(payment.amount, &payment.currency),
            status: payment.status,
            error: PaymentFailure::of(&payment, language),
            created_at: payment.created_at,
            paid_at: payment.paid_at(),
            refunded_at: payment.refunded_at(),
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
    me: Me,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<HttpResponse, Problem> {
    let limit = wanted.limit.unwrap_or(20);
    if !(1..=LIMIT_MAX).contains(&limit) {
        let why = format!("must be from 1 to {LIMIT_MAX}");
        return Err(Error::invalid("limit", why).into());
    }
    let before = wanted.cursor.as_deref().map(position).transpose()?;
    let mut conn = state.db().await?;
    let mut rows = queries::newest(&mut conn, me.id, before, limit + 1).await?;
    let has_more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    let last = rows.last().filter(|_| has_more);
    let next_cursor = last.map(|last| URL_SAFE_NO_PAD.encode(last.id));
    Ok(HttpResponse::Ok().json(Payments {
        data: rows
            .into_iter()
            .map(|payment| PaymentDetails::of(payment, me.language))
            .collect(),
        pagination: PaymentsPagination {
            limit,
            has_more,
            next_cursor,
        },
    }))
}

/// The payment that a cursor names: the list goes on below it.
fn position(cursor: &str) -> Result<Uuid, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let id = bytes.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    id.ok_or_else(|| Error::invalid("cursor", "unknown or malformed cursor"))
}

/// Shows a payment
///
/// With `Prefer: wait=N` (RFC 7240) the answer comes when it is no longer pending; after N seconds (60 at most) in
/// any case. What the app saw at the invoice is no proof: only this says that the money is there.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}",
    operation_id = "get_payment",
    tag = "Subscriptions",
    params(
        ("id" = Uuid, Path, description = "`payment_id` of a purchase"),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: answer when it is no longer pending"),
    ),
    responses(
        (status = 200, description = "The payment as it is now", body = PaymentDetails,
            headers(("Preference-Applied" = String, description = "`wait=N`, if it was waited for"))),
        (status = 404, description = "There is no such payment, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn show(
    me: Me,
    request: HttpRequest,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("payment"))?;
    let wait = wait(request.headers());
    let _permit = wait.map(|_| permit(&state, &request)).transpose()?;
    let deadline = Instant::now() + wait.unwrap_or_default();
    let mut payment = found(&state, &me, id).await?;
    // No connection is held in between.
    while payment.is_pending() && Instant::now() < deadline && !state.waiting.is_closed() {
        sleep_until(deadline.min(Instant::now() + LOOK_EVERY)).await;
        payment = found(&state, &me, id).await?;
    }
    let mut answer = HttpResponse::Ok().json(PaymentDetails::of(payment, me.language));
    applied(answer.headers_mut(), wait);
    Ok(answer)
}

async fn found(state: &ApiState, me: &Me, id: Uuid) -> Result<Payment, Error> {
    let payment = queries::find(&mut *state.db().await?, id).await?;
    let own = payment.filter(|payment| payment.user_id == Some(me.id));
    own.ok_or(Error::NotFound("payment"))
}
