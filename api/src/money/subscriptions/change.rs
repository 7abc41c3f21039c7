//! `PUT` and `DELETE /v1/subscriptions/{id}`, and `POST /v1/subscriptions/{id}/quote`.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use kernel::currencies::minor;
use kernel::telemetry::in_current_unit;
use money::payments::queries as payments;
use money::renewals::change;
use money::renewals::quotes::{self, Quote};
use money::renewals::turn::Due;
use money::subscriptions::change as plan;
use money::subscriptions::model::{SubscriptionTier, is_for_sale};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::renewal::{RenewingView, own};
use crate::http::extract::{JsonBody, Paying};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// How a subscription is to go on: one of `tier`, `paused_months`, `resume` and `payment_method`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscriptionChange {
    /// BASIC, ADVANCED or PREMIUM. A lower plan begins with the next period, and the present one undoes that; a higher one
    /// begins at once, for what `quote` says.
    #[schema(pattern = "^(BASIC|ADVANCED|PREMIUM)$", example = "BASIC")]
    tier: Option<String>,
    /// `id` of the answer to `POST /v1/subscriptions/{id}/quote`, with a higher plan.
    quote: Option<Uuid>,
    /// For how many months after the present period nothing is charged, and there is no plan.
    #[schema(minimum = 1, maximum = 3)]
    paused_months: Option<u32>,
    /// True: undoes a cancellation before the end of the period, or a pause.
    resume: Option<bool>,
    /// What is charged from now on: of the same vendor.
    payment_method: Option<Uuid>,
}

/// What a higher plan is asked the cost of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteWanted {
    /// Higher than the present one.
    #[schema(pattern = "^(BASIC|ADVANCED|PREMIUM)$", example = "PREMIUM")]
    tier: String,
}

/// What a higher plan costs.
#[derive(Serialize, ToSchema)]
#[schema(as = Quote)]
pub(crate) struct QuoteView {
    /// For `PUT /v1/subscriptions/{id}`.
    id: Uuid,
    tier: SubscriptionTier,
    /// What is charged at once, for the rest of the period, in the smallest unit of the currency.
    #[schema(example = 15000)]
    amount: i64,
    /// What each later period costs.
    #[schema(example = 59900)]
    then: i64,
    #[schema(example = "RUB")]
    currency: String,
    /// From when on it is counted.
    proration_at: DateTime<Utc>,
    valid_until: DateTime<Utc>,
    /// The end of the period, which stays.
    period_end: DateTime<Utc>,
}

impl QuoteView {
    fn of(quote: Quote) -> Self {
        let of = |amount| minor(amount, &quote.currency).unwrap_or_default();
        Self {
            id: quote.id,
            tier: quote.tier,
            amount: of(quote.amount),
            then: of(quote.then),
            currency: quote.currency.clone(),
            proration_at: quote.proration_at,
            valid_until: quote.valid_until,
            period_end: quote.period_end,
        }
    }
}

/// One of the changes.
#[derive(Clone, Copy)]
enum Act {
    Tier(SubscriptionTier),
    Upgrade(SubscriptionTier, Uuid),
    Pause(u32),
    Resume,
    Method(Uuid),
}

impl Act {
    fn of(written: SubscriptionChange) -> Result<Self, Error> {
        let tier = written.tier.as_deref().map(tier).transpose()?;
        let resume = written.resume.filter(|resume| *resume);
        match (
            tier,
            written.quote,
            written.paused_months,
            resume,
            written.payment_method,
        ) {
            (Some(tier), None, None, None, None) => Ok(Self::Tier(tier)),
            (Some(tier), Some(quote), None, None, None) => Ok(Self::Upgrade(tier, quote)),
            (None, None, Some(months @ 1..=3), None, None) => Ok(Self::Pause(months)),
            (None, None, Some(_), None, None) => {
                Err(Error::invalid("paused_months", "must be from 1 to 3"))
            }
            (None, None, None, Some(_), None) => Ok(Self::Resume),
            (None, None, None, None, Some(id)) => Ok(Self::Method(id)),
            _ => {
                let why = "exactly one of tier, paused_months, resume and payment_method";
                Err(Error::invalid("body", why))
            }
        }
    }
}

fn tier(text: &str) -> Result<SubscriptionTier, Error> {
    let tier = SubscriptionTier::parse(text).filter(|tier| is_for_sale(*tier));
    tier.ok_or_else(|| Error::invalid("tier", "must be BASIC, ADVANCED or PREMIUM"))
}

/// Changes how a subscription goes on
///
/// Exactly one thing at a time. An upgrade is charged to what is kept at the vendor, for exactly the sum of the quote, and
/// the answer says in `charge` what became of that; of one that was refused nothing else changes.
#[utoipa::path(
    put,
    path = "/v1/subscriptions/{id}",
    operation_id = "change_subscription",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "Of the subscription")),
    request_body = SubscriptionChange,
    responses(
        (status = 200, description = "As it stands now", body = RenewingView),
        (status = 404, description = "There is no such subscription, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "It cannot be changed so, or the quote is over", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn change(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    JsonBody(written): JsonBody<SubscriptionChange>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let act = Act::of(written)?;
    let mut conn = state.db().await?;
    own(&mut conn, &paying, &id).await?;
    let due = conn.transaction(async |conn| perform(conn, &paying, act, now).await);
    let due = due.await?;
    drop(conn);
    let charged = match due {
        Some(due) => Some(charge(&state, due).await?),
        None => None,
    };
    let mut conn = state.db().await?;
    let mut view = RenewingView::read(&mut conn, paying.account, now).await?;
    if let Some(id) = charged
        && let Some(payment) = payments::find(&mut conn, id).await?
    {
        view = view.charged(&payment);
    }
    Ok(HttpResponse::Ok().json(view))
}

async fn perform(
    conn: &mut AsyncPgConnection,
    paying: &Paying,
    act: Act,
    now: DateTime<Utc>,
) -> Result<Option<Due>, Error> {
    let origin = &paying.origin;
    match act {
        Act::Tier(tier) => change::change_next(conn, paying.account, tier, origin, now).await?,
        Act::Pause(months) => change::pause(conn, paying.account, months, origin, now).await?,
        Act::Resume => change::resume(conn, paying.account, origin, now).await?,
        Act::Method(id) => {
            change::use_method(conn, paying.account, id, origin, now).await?;
        }
        Act::Upgrade(tier, quote) => {
            let due = quotes::accept(conn, paying.account, (quote, tier), origin, now).await?;
            return Ok(Some(due));
        }
    }
    Ok(None)
}

/// Charges an upgrade; returns the payment. In a task of its own: a client that disconnects must not interrupt it. Without an
/// answer of the vendor it is pending, and the reconciler asks.
async fn charge(state: &web::Data<ApiState>, due: Due) -> Result<Uuid, Error> {
    let (id, state) = (due.payment.id, state.clone());
    let charging = async move {
        let gateways = &state.core.providers.gateways;
        if let Err(why) = state.core.intake().charge(gateways, &due).await {
            tracing::warn!(error = %why, payment = %id, "the end of a charge is not known yet");
        }
    };
    let charging = actix_web::rt::spawn(in_current_unit(charging).in_current_span());
    charging.await.map_err(Error::internal)?;
    Ok(id)
}

/// Says what a higher plan costs
///
/// For the rest of the period, by the second: its price, without what is left of what was paid. The sum stands for a
/// quarter of an hour, and is what `PUT /v1/subscriptions/{id}` charges.
#[utoipa::path(
    post,
    path = "/v1/subscriptions/{id}/quote",
    operation_id = "quote_subscription",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "Of the subscription")),
    request_body = QuoteWanted,
    responses(
        (status = 200, description = "What it costs", body = QuoteView),
        (status = 404, description = "There is no such subscription, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "It does not renew, or the next period is paid for already", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn quote(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    JsonBody(wanted): JsonBody<QuoteWanted>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let tier = tier(&wanted.tier)?;
    let mut conn = state.db().await?;
    own(&mut conn, &paying, &id).await?;
    let quote = conn.transaction(async |conn| quotes::quote(conn, paying.account, tier, now).await);
    Ok(HttpResponse::Ok().json(QuoteView::of(quote.await?)))
}

/// Cancels a subscription by its id
///
/// As `POST /v1/subscriptions/cancel`: nothing more is charged, and what is paid for runs to the end of its time. What is kept
/// although it is past due ends at once.
#[utoipa::path(
    delete,
    path = "/v1/subscriptions/{id}",
    operation_id = "delete_subscription",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "Of the subscription")),
    responses(
        (status = 200, description = "As it stands now", body = RenewingView),
        (status = 404, description = "There is no such subscription, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn remove(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    own(&mut conn, &paying, &id).await?;
    conn.transaction(async |conn| plan::cancel(conn, paying.account, &paying.origin, now).await)
        .await?;
    let view = RenewingView::read(&mut conn, paying.account, now).await?;
    Ok(HttpResponse::Ok().json(view))
}
