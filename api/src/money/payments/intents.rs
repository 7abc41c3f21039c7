//! `POST /v1/payments/intents`: an order that a client of the web pays with the vendor's form in its own page.
//!
//! It is an order like any other: the intent is written first, only the vendor moves it, and the same key goes on with it.
//! What the client pays it with (`client_secret`) is stored nowhere: the vendor is asked for it again.

use actix_web::{HttpRequest, HttpResponse, web};
use kernel::Error;
use kernel::telemetry::in_current_unit;
use money::payments::model::{Payment, PaymentProvider, PaymentStatus};
use money::payments::{orders, queries};
use money::renewals::customers::{self, Customer};
use money::renewals::elsewhere::{self, Whose};
use money::renewals::texts;
use people::idempotency::queries::Lease;
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;
use vendors::payment::{Elements, Intended};

use crate::http::extract::{JsonBody, Paying};
use crate::http::idempotency::{self, Turn};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::begun::{begin, of_vendor, refused, resumed, take_up};
use crate::money::order::{Order, Purchase};
use crate::state::ApiState;

/// What keys are of.
const OPERATION: &str = "POST /v1/payments/intents";

/// The one provider whose form clients can show.
const PROVIDER: PaymentProvider = PaymentProvider::Stripe;

/// What to buy with a form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentIntentRequest {
    /// BASIC, ADVANCED or PREMIUM.
    #[schema(value_type = String, required, pattern = "^(BASIC|ADVANCED|PREMIUM)$", example = "BASIC")]
    tier: Option<String>,
    /// ISO 4217, one that Stripe takes and the plan has a price in. Not given: EUR, the one that SEPA debit, iDEAL and
    /// Bancontact are offered for.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: Option<String>,
    /// Whether the plan is renewed: Stripe keeps the card or the account, and it is charged each month until the
    /// subscription is cancelled. Not given: one month, and no more.
    renew: Option<bool>,
}

/// What the form is shown with.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentIntent)]
pub(crate) struct IntentView {
    /// Ours: `GET /v1/payments/{id}` tells what became of it.
    payment_id: Uuid,
    /// Stripe's.
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    payment_intent_id: String,
    /// For the buyer alone: with it the form pays this order.
    client_secret: String,
    #[schema(example = "pk_live_51...")]
    publishable_key: String,
}

/// Begins a payment with Stripe's form
///
/// For clients of the web with Stripe Elements: card, and for euros SEPA debit, iDEAL and Bancontact. The form's success
/// proves nothing: the plan begins when Stripe says that the money is there, which takes a debit some days. After a
/// refusal the person may try again with the same `client_secret`. A person inside Telegram pays in Stars: 403 E405.
#[utoipa::path(
    post,
    path = "/v1/payments/intents",
    operation_id = "create_payment_intent",
    tag = "Subscriptions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body go on with the same order, as long as it is not paid")),
    request_body = PaymentIntentRequest,
    responses(
        (status = 200, description = "What the form is shown with", body = IntentView),
        Refused,
        (status = 409, description = "The same request is still at work, or its order was paid meanwhile; or `renew`, and the operator has set no ENCRYPTION_KEY", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key was used for another request", body = ErrorBody),
        (status = 502, description = "Stripe refuses, or is not understood", body = ErrorBody),
    ),
)]
pub(crate) async fn create(
    paying: Paying,
    request: HttpRequest,
    JsonBody(body): JsonBody<PaymentIntentRequest>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let wanted = Purchase::by(PROVIDER, body.tier, body.currency, body.renew);
    let order = Order::of(wanted, &[])?;
    let turn = take_up(&state, &paying, request.headers(), &order, OPERATION);
    let lease = match turn.await? {
        Turn::Answered(answer) => return Ok(answer),
        Turn::Work(lease) => lease,
    };
    // In a task of its own: a client that disconnects must not interrupt it.
    let made = async move {
        let made = make(&state, &paying, &order, lease.as_ref()).await;
        // Never answered from what is stored: the key stays bound to the order.
        idempotency::release(&state, lease.as_ref()).await;
        made
    };
    let made = actix_web::rt::spawn(in_current_unit(made).in_current_span()).await;
    let view = made.map_err(Error::internal)??;
    Ok(HttpResponse::Ok().json(view))
}

async fn make(
    state: &ApiState,
    paying: &Paying,
    order: &Order,
    lease: Option<&Lease>,
) -> Result<IntentView, Error> {
    let gateway = state.core.providers.gateways.get(PROVIDER.as_str())?;
    let elements = gateway.elements().ok_or_else(unavailable)?;
    let publishable_key = elements.publishable_key().ok_or_else(unavailable)?;
    let begun = resumed(state, &*gateway, lease, may_be_paid).await?;
    let known = match &begun {
        Some(begun) => goes_on(state, paying, elements, begun, lease).await?,
        None => None,
    };
    let (payment_id, made) = match begun.zip(known) {
        Some((begun, made)) => (begun.id, made),
        None => {
            let payment = begin(state, paying, order, &*gateway, lease).await?;
            let made = open(state, paying, elements, &payment, lease).await?;
            (payment.id, made)
        }
    };
    Ok(IntentView {
        payment_id,
        payment_intent_id: made.number,
        client_secret: made.secret,
        publishable_key: publishable_key.to_owned(),
    })
}

/// The form of an order that was begun; `None`: it is cancelled at the vendor, so another order is begun.
async fn goes_on(
    state: &ApiState,
    paying: &Paying,
    elements: &dyn Elements,
    begun: &Payment,
    lease: Option<&Lease>,
) -> Result<Option<Intended>, Error> {
    match begun.external_id.as_deref() {
        Some(number) => elements.intended(number).await.map_err(of_vendor),
        None => {
            let made = open(state, paying, elements, begun, lease).await?;
            Ok(Some(made))
        }
    }
}

/// Opens the order at the vendor, and notes its number.
async fn open(
    state: &ApiState,
    paying: &Paying,
    elements: &dyn Elements,
    payment: &Payment,
    lease: Option<&Lease>,
) -> Result<Intended, Error> {
    let sold = (payment.tier, payment.amount, payment.currency.as_str());
    let mut wanted = orders::order(payment.id, sold, paying.language, None);
    let mut customer = None;
    if payment.renew {
        wanted.keep_for = Some(paying.account);
        wanted.description = texts::description(payment.tier, paying.language);
        customer = known(state, paying, elements).await?;
    }
    let made = match elements.intend(&wanted, customer.as_deref()).await {
        Ok(made) => made,
        Err(why) => return Err(refused(state, payment.id, lease, why).await),
    };
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    // Each by itself: together they would hold the account and the payment, which a deletion locks in the other order.
    if let Some(number) = made.customer.as_deref() {
        let customer = Customer {
            provider: PROVIDER,
            number,
        };
        customers::note(&mut conn, customer, paying.account, now).await?;
    }
    queries::opened(&mut conn, payment.id, Some(&made.number), None).await?;
    Ok(made)
}

/// The person's customer at the vendor, so that all that is kept for them stands at one.
async fn known(
    state: &ApiState,
    paying: &Paying,
    elements: &dyn Elements,
) -> Result<Option<String>, Error> {
    let whose = Whose {
        person: paying.account,
        provider: PROVIDER,
        elements,
        vault: &state.core.config.vault,
    };
    elsewhere::customer(&mut *state.db().await?, whose, state.core.clock.now()).await
}

/// Whether the form can still pay it: also after a refusal of the bank.
fn may_be_paid(payment: &Payment) -> bool {
    let is_refused = payment.status == PaymentStatus::Failed && payment.external_id.is_some();
    payment.is_pending() || is_refused
}

fn unavailable() -> Error {
    Error::Invalid {
        code: vendors::codes::PAYMENT_PROVIDER_ERROR,
        field: "provider",
        why: "Stripe's form is not available here: the operator has set no STRIPE_PUBLISHABLE_KEY"
            .to_owned(),
    }
}
