//! Rows of `renewals`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::pg_enum;
use rust_decimal::Decimal;
use uuid::Uuid;
use vendors::payment::{Manners, Renewal as RenewalBy};

use crate::payments::model::PaymentProvider;
use crate::subscriptions::model::SubscriptionTier;
use schema::renewals;

pg_enum! {
    /// How a renewal stands.
    RenewalState as Text {
        /// The next period is charged before this one ends.
        Active = "active",
        /// The next period was refused. The plan is kept for some days, in which it is tried again.
        PastDue = "past_due",
        /// Nothing is charged until the pause is over.
        Paused = "paused",
        /// It ends with what is paid for, unless the person resumes it.
        Canceled = "canceled",
        Ended = "ended",
    }
}

/// How a person's plan goes on: one row a person.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = renewals, check_for_backend(diesel::pg::Pg))]
#[diesel(primary_key(user_id), treat_none_as_null = true)]
pub struct Renewal {
    pub user_id: Uuid,
    /// The order that it began with.
    pub order_id: Uuid,
    pub provider: PaymentProvider,
    /// Of the next period.
    pub tier: SubscriptionTier,
    /// What the next period costs, in whole units: the sum was agreed, so it stays when a price changes.
    pub amount: Decimal,
    pub currency: String,
    /// What is charged; `None`: the vendor renews by itself, or it was removed.
    pub method_id: Option<Uuid>,
    pub state: RenewalState,
    /// The day of the month on which periods begin, in UTC; 31 is the last one of each month.
    pub anchor_day: i16,
    /// The end of what is paid for.
    pub paid_until: DateTime<Utc>,
    /// When the job looks at it next; `None`: never again.
    pub next_at: Option<DateTime<Utc>>,
    /// How often the next period was refused.
    pub tries: i16,
    pub refused_at: Option<DateTime<Utc>>,
    /// Until when the plan is kept although the next period is not paid.
    pub access_until: Option<DateTime<Utc>>,
    pub paused_until: Option<DateTime<Utc>>,
    /// The charge whose end is not known yet.
    pub underway: Option<Uuid>,
    pub quote_id: Option<Uuid>,
    pub quote_tier: Option<SubscriptionTier>,
    /// In whole units.
    pub quote_amount: Option<Decimal>,
    /// From when on it is counted.
    pub quote_at: Option<DateTime<Utc>>,
}

impl Renewal {
    /// Whether something will still be charged by itself, now or after a pause.
    pub fn goes_on(&self) -> bool {
        use RenewalState::{Active, PastDue, Paused};
        matches!(self.state, Active | PastDue | Paused)
    }

    /// When the next charge is due; `None`: none is.
    pub fn charges_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            RenewalState::Active => Some(self.next_at?.min(self.paid_until)),
            RenewalState::Paused => self.paused_until,
            // The last look ends it, and charges nothing.
            RenewalState::PastDue => self.next_at.filter(|at| Some(*at) != self.access_until),
            RenewalState::Canceled | RenewalState::Ended => None,
        }
    }
}

/// Whether its vendor renews by itself, as Telegram does what is paid in Stars. All others are charged by us.
pub fn is_by_vendor(provider: PaymentProvider) -> bool {
    Manners::of(provider.as_str()).renewal == RenewalBy::ByVendor
}

/// Whether its vendor finds a charge whose answer did not come. Where it does not, none is made again by itself: the money may
/// have been taken, and the vendor's notification alone tells.
pub fn finds_charges(provider: PaymentProvider) -> bool {
    Manners::of(provider.as_str()).finds_charges
}
