//! A subscription, with how it goes on.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use kernel::currencies::minor;
use money::payments::model::{Payment, PaymentProvider, PaymentStatus};
use money::renewals::model::{Renewal, RenewalState};
use money::renewals::{methods, queries as renewals};
use money::subscriptions::model::{Subscription, SubscriptionTier};
use money::subscriptions::queries;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::show::SubscriptionView;
use crate::http::extract::Paying;

/// A person's plan, and how it goes on.
#[derive(Serialize, ToSchema)]
#[schema(as = RenewingSubscription)]
pub(crate) struct RenewingView {
    #[serde(flatten)]
    subscription: SubscriptionView,
    /// Null: it was never to be renewed.
    renewal: Option<RenewalView>,
    /// The charge of an upgrade.
    charge: Option<ChargeView>,
}

/// How a plan goes on.
#[derive(Serialize, ToSchema)]
#[schema(as = Renewal)]
pub(crate) struct RenewalView {
    state: RenewalState,
    /// Of the next period.
    tier: SubscriptionTier,
    provider: PaymentProvider,
    /// What each period costs, in the smallest unit of the currency.
    #[schema(example = 29900)]
    amount: i64,
    #[schema(example = "RUB")]
    currency: String,
    /// The end of what is paid for: the next period begins then.
    paid_until: DateTime<Utc>,
    /// When the next charge is made; null: none is, or the vendor makes it.
    charges_at: Option<DateTime<Utc>>,
    /// Past due: until when the plan is kept.
    access_until: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    /// What is charged.
    payment_method: Option<ChargedMethod>,
}

/// What is charged.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargedMethod {
    id: Uuid,
    #[schema(example = "Visa •• 4242")]
    label: String,
}

/// What became of a charge.
#[derive(Serialize, ToSchema)]
#[schema(as = Charge)]
pub(crate) struct ChargeView {
    payment_id: Uuid,
    /// `pending`: the vendor has not told yet; `GET /v1/payments/{id}` will.
    status: PaymentStatus,
    /// Why it was refused.
    #[schema(example = "E403")]
    error: Option<String>,
}

impl ChargeView {
    pub(super) fn of(payment: &Payment) -> Self {
        Self {
            payment_id: payment.id,
            status: payment.status,
            error: payment.error_code.clone(),
        }
    }
}

impl RenewalView {
    fn of(renewal: &Renewal, all: &[methods::Method]) -> Self {
        let method = all.iter().find(|one| Some(one.id) == renewal.method_id);
        Self {
            state: renewal.state,
            tier: renewal.tier,
            provider: renewal.provider,
            amount: minor(renewal.amount, &renewal.currency).unwrap_or_default(),
            currency: renewal.currency.clone(),
            paid_until: renewal.paid_until,
            charges_at: renewal.charges_at().filter(|_| method.is_some()),
            access_until: renewal.access_until,
            paused_until: renewal.paused_until,
            payment_method: method.map(|method| ChargedMethod {
                id: method.id,
                label: method.label.clone(),
            }),
        }
    }
}

impl RenewingView {
    /// As it stands by now.
    ///
    /// # Errors
    /// `NotFound` if the person is gone, or those of the database.
    pub(super) async fn read(
        conn: &mut AsyncPgConnection,
        person: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let subscription = queries::of_account(conn, person).await?;
        let subscription = subscription.ok_or(Error::NotFound("user"))?;
        let subscription = queries::by_now(conn, &subscription, now).await?;
        let renewal = renewals::find(conn, person).await?;
        let all = methods::of_person(conn, person).await?;
        Ok(Self {
            subscription: SubscriptionView::of(&subscription),
            renewal: renewal.map(|renewal| RenewalView::of(&renewal, &all)),
            charge: None,
        })
    }

    /// The same, after an upgrade was charged.
    pub(super) fn charged(self, payment: &Payment) -> Self {
        Self {
            charge: Some(ChargeView::of(payment)),
            ..self
        }
    }
}

/// The person's subscription, if that is its id.
///
/// # Errors
/// `NotFound`, or those of the database.
pub(super) async fn own(
    conn: &mut AsyncPgConnection,
    paying: &Paying,
    id: &str,
) -> Result<Subscription, Error> {
    let id: Option<Uuid> = id.parse().ok();
    let own = queries::of_account(conn, paying.account).await?;
    let own = own.filter(|one| Some(one.id) == id);
    own.ok_or(Error::NotFound("subscription"))
}
