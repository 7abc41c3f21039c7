//! An order, from the intent to pay to what a gateway is asked for. The gateway is called by the programs,
//! outside of any transaction.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use rust_decimal::Decimal;
use url::Url;
use uuid::Uuid;

use super::model::{NewPayment, Payment, PaymentStatus, Wanted};
use super::{queries, rules, texts};
use crate::subscriptions;
use crate::subscriptions::model::SubscriptionTier;
use audit::model::Origin;
use kernel::{Error, Language};
use vendors::payment::Order;
use vendors::{ProviderError, ProviderErrorKind};

/// What we charge ourselves, and the window that it is to buy.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// `renewal` or `upgrade`.
    pub charge: &'static str,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// The moment that it was due at; `None`: a person has asked for it.
    pub due: Option<DateTime<Utc>>,
}

/// Stores the payment, before a vendor is asked for a place to pay at. In the caller's transaction.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn intend(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    origin: &Origin,
) -> Result<Payment, Error> {
    begin(conn, wanted, None, origin).await
}

/// Stores a charge, before a vendor is asked to make it. In the caller's transaction.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn intend_charge(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    planned: Planned,
    origin: &Origin,
) -> Result<Payment, Error> {
    begin(conn, wanted, Some(planned), origin).await
}

async fn begin(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    planned: Option<Planned>,
    origin: &Origin,
) -> Result<Payment, Error> {
    let subscription = subscriptions::queries::of_account(conn, wanted.user_id).await?;
    let subscription = subscription.ok_or(Error::NotFound("user"))?;
    let id = match planned.and_then(|planned| planned.due) {
        Some(due) => id_of_due(conn, subscription.id, due).await?,
        None => Uuid::now_v7(),
    };
    let new = NewPayment {
        id,
        user_id: Some(wanted.user_id),
        subscription_id: Some(subscription.id),
        provider: wanted.provider,
        tier: wanted.tier,
        amount: wanted.amount,
        currency: wanted.currency.clone(),
        repeats: None,
        renew: wanted.renew,
        charge: planned.map(|planned| planned.charge),
        planned_from: planned.map(|planned| planned.from),
        planned_until: planned.map(|planned| planned.until),
    };
    queries::create(conn, &new).await?;
    let payment = queries::find(conn, id).await?;
    let payment = payment.ok_or(Error::NotFound("payment"))?;
    let (status, action) = (PaymentStatus::Pending, "payment_started");
    queries::note(conn, &payment, status, origin, action).await?;
    Ok(payment)
}

/// The id of a charge that is due: the first of its moment that is free. A database that was restored to before the
/// charge makes the same one, so that the vendor knows the order, and does not charge it again.
async fn id_of_due(
    conn: &mut AsyncPgConnection,
    subscription: Uuid,
    due: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let mut number = 0;
    loop {
        let id = rules::charge_id(subscription, due, number);
        if queries::find(conn, id).await?.is_none() {
            return Ok(id);
        }
        number += 1;
    }
}

/// The order as a gateway takes it.
pub fn order(
    id: Uuid,
    (tier, amount, currency): (SubscriptionTier, Decimal, &str),
    language: Language,
    return_url: Option<Url>,
) -> Order {
    Order {
        id,
        amount,
        currency: currency.to_owned(),
        title: texts::title(tier, language),
        description: texts::description(tier, language),
        language,
        return_url,
        email: None,
        keep_for: None,
    }
}

/// Whether asking the vendor again would not help: the payment is closed then.
pub fn is_refusal(why: &ProviderError) -> bool {
    matches!(
        why.kind,
        ProviderErrorKind::Rejected | ProviderErrorKind::Auth
    )
}
