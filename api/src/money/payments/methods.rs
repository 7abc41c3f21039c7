//! `/v1/payment-methods`: what vendors keep to be charged again.

use actix_web::web::Json;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, NaiveDate, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use money::payments::model::PaymentProvider;
use money::renewals::change;
use money::renewals::methods::{self, Method};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::Paying;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// A means of payment that a vendor keeps.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentMethod)]
pub(crate) struct MethodView {
    id: Uuid,
    provider: PaymentProvider,
    #[schema(example = "Visa •• 4242")]
    label: String,
    /// The last day on which it can be charged; null: it has none.
    expires_on: Option<NaiveDate>,
    is_default: bool,
    created_at: DateTime<Utc>,
}

/// All that vendors keep for a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentMethods {
    /// The oldest first.
    payment_methods: Vec<MethodView>,
}

/// What follows from the removal.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentMethodRemoved {
    /// It was what a subscription is charged to: that is cancelled, and ends with what is paid for.
    subscription_canceled: bool,
}

impl MethodView {
    fn of(method: Method) -> Self {
        Self {
            id: method.id,
            provider: method.provider,
            label: method.label,
            expires_on: method.expires_on,
            is_default: method.is_default,
            created_at: method.created_at,
        }
    }
}

/// Lists the person's means of payment
///
/// One is added by buying a plan with `renew`.
#[utoipa::path(
    get,
    path = "/v1/payment-methods",
    operation_id = "list_payment_methods",
    tag = "Subscriptions",
    responses((status = 200, description = "All of them", body = PaymentMethods), Refused),
)]
pub(crate) async fn list(
    paying: Paying,
    state: web::Data<ApiState>,
) -> Result<Json<PaymentMethods>, Problem> {
    let all = methods::of_person(&mut *state.db().await?, paying.account).await?;
    let payment_methods = all.into_iter().map(MethodView::of).collect();
    Ok(Json(PaymentMethods { payment_methods }))
}

/// Makes a means of payment the default
///
/// A subscription of the same vendor is charged to it from now on; one that is past due is tried again at once.
#[utoipa::path(
    put,
    path = "/v1/payment-methods/{id}",
    operation_id = "use_payment_method",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "Of the list")),
    responses(
        (status = 200, description = "As it is now", body = MethodView),
        (status = 404, description = "There is no such means of payment, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "The subscription is charged by another vendor", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn choose(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (parsed(&id)?, state.core.clock.now());
    let mut conn = state.db().await?;
    let method = conn
        .transaction(async |conn| {
            change::use_method(conn, paying.account, id, &paying.origin, now).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(MethodView::of(method)))
}

/// Removes a means of payment
///
/// Its vendor forgets it. A subscription that is charged to it is cancelled with it.
#[utoipa::path(
    delete,
    path = "/v1/payment-methods/{id}",
    operation_id = "remove_payment_method",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "Of the list")),
    responses(
        (status = 200, description = "It is removed", body = PaymentMethodRemoved),
        (status = 404, description = "There is no such means of payment, or it belongs to another person", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn remove(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (id, now) = (parsed(&id)?, state.core.clock.now());
    let mut conn = state.db().await?;
    let subscription_canceled = conn
        .transaction(async |conn| {
            change::remove_method(conn, paying.account, id, &paying.origin, now).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(PaymentMethodRemoved {
        subscription_canceled,
    }))
}

fn parsed(id: &str) -> Result<Uuid, Error> {
    id.parse().map_err(|_| Error::NotFound("payment method"))
}
