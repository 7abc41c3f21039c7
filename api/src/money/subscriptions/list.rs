//! `GET /v1/subscriptions`, and what has happened to one.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use money::subscriptions::history::{self, Line};
use money::subscriptions::model::SubscriptionTier;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::renewal::{RenewingView, own};
use crate::http::extract::{Paying, QueryFields};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::pages::{CursorPagination, Wanted};
use crate::state::ApiState;

/// The subscriptions of a person: one.
#[derive(Serialize, ToSchema)]
pub(crate) struct Subscriptions {
    subscriptions: Vec<RenewingView>,
}

/// A change of a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubscriptionChanged {
    id: Uuid,
    /// As the audit log names it.
    #[schema(example = "renewal_paid")]
    action: String,
    /// Who did it: `person`, `telegram`, `key`, `operator`, `worker`, or `payment`, a vendor's word.
    #[schema(example = "person")]
    by: String,
    from_tier: SubscriptionTier,
    to_tier: SubscriptionTier,
    /// The end of what was paid for, after it.
    ends_at: Option<DateTime<Utc>>,
    payment_id: Option<Uuid>,
    happened_at: DateTime<Utc>,
}

/// A page of changes.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubscriptionHistory {
    data: Vec<SubscriptionChanged>,
    pagination: CursorPagination,
}

impl SubscriptionChanged {
    fn of(line: Line) -> Self {
        // Which key or operator it was is not told.
        let by = line.actor.split(':').next().unwrap_or_default();
        Self {
            id: line.id,
            action: line.action,
            by: by.to_owned(),
            from_tier: line.from_tier,
            to_tier: line.to_tier,
            ends_at: line.ends_at,
            payment_id: line.payment_id,
            happened_at: line.happened_at,
        }
    }
}

/// Lists the person's subscriptions
///
/// There is one, with how it goes on: `GET /v1/subscriptions/me` shows the same without that.
#[utoipa::path(
    get,
    path = "/v1/subscriptions",
    operation_id = "list_subscriptions",
    tag = "Subscriptions",
    responses((status = 200, description = "The subscription", body = Subscriptions), Refused),
)]
pub(crate) async fn list(
    paying: Paying,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let one = RenewingView::read(&mut conn, paying.account, now).await?;
    Ok(HttpResponse::Ok().json(Subscriptions {
        subscriptions: vec![one],
    }))
}

/// Lists what has happened to a subscription
///
/// The newest first: plans that began and ended, charges, refusals, and what the person has changed.
#[utoipa::path(
    get,
    path = "/v1/subscriptions/{id}/history",
    operation_id = "list_subscription_history",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "Of the subscription"), Wanted),
    responses(
        (status = 200, description = "A page", body = SubscriptionHistory),
        (status = 404, description = "There is no such subscription, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn changes(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<HttpResponse, Problem> {
    let page = wanted.page()?;
    let mut conn = state.db().await?;
    own(&mut conn, &paying, &id).await?;
    let mut rows = history::newest(&mut conn, paying.account, page.before, page.rows()).await?;
    let pagination = page.cut(&mut rows, |line| line.id);
    Ok(HttpResponse::Ok().json(SubscriptionHistory {
        data: rows.into_iter().map(SubscriptionChanged::of).collect(),
        pagination,
    }))
}
