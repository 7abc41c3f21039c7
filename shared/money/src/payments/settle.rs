//! What follows from a vendor's event: the one place where money becomes a plan.
//!
//! Called by the webhooks, in a transaction of their own. All of it is keyed by the vendor's number
//! of the charge and guarded by the person's lock: a second delivery, two at once and any order of
//! them lead to the same rows.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::model::{Event, Happened, Outcome, Payment, PaymentStatus};
use super::rules::{self, Step};
use super::{queries, reports};
use crate::books::queries as books;
use crate::payments::messages::{PaymentRefunded, PaymentRefused, PaymentSuccess};
use crate::subscriptions;
use crate::subscriptions::model::SubscriptionTier;
use crate::subscriptions::model::{Subscription, SubscriptionStatus, rank};
use crate::subscriptions::rules as time;
use audit::model::Origin;
use jobs::ledger;
use jobs::ledger::Ticket;
use people::users;

/// The result of an event; once it is committed, the caller wakes workers and counts it.
#[derive(Debug)]
pub struct Settled {
    pub outcome: Outcome,
    /// Whether the event came for the first time.
    pub first: bool,
    pub tickets: Vec<Ticket>,
    grant: Option<Grant>,
}

/// A plan that was granted.
#[derive(Debug)]
struct Grant {
    tier: SubscriptionTier,
    /// What it cost, in roubles; what is paid in Stars counts with the plan's price in roubles.
    roubles: Option<f64>,
    /// From which plan to which, if that is a higher one.
    upgrade: Option<(SubscriptionTier, SubscriptionTier)>,
}

/// The event, its payment and the person's subscription.
struct Case<'a> {
    event: &'a Event,
    payment: Payment,
    subscription: Option<Subscription>,
    origin: Origin,
    now: DateTime<Utc>,
}

type Effects = (Outcome, Vec<Ticket>, Option<Grant>);

/// Applies a vendor's event.
///
/// # Errors
/// Those of the database: roll back, and the vendor sends it again.
pub async fn settle(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<Settled> {
    let (outcome, tickets, grant) = apply(conn, event, now).await?;
    book_astray(conn, event, outcome, now).await?;
    let first = reports::remember(conn, event, outcome).await?;
    Ok(Settled {
        outcome,
        first,
        tickets,
        grant,
    })
}

async fn apply(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<Effects> {
    let order = match event.order_id.parse::<Uuid>() {
        Ok(id) => queries::find(conn, id).await?,
        Err(_) => None,
    };
    let Some(order) = order.filter(|order| order.provider == event.provider) else {
        return Ok(only(Outcome::Unknown));
    };
    let subscription = match order.user_id {
        Some(user_id) => subscriptions::queries::lock(conn, user_id).await?,
        None => None,
    };
    let payment = match queries::of_charge(conn, order.id, event).await? {
        Ok(payment) => payment,
        Err(false) => return Ok(only(Outcome::Unknown)),
        // Only money makes it a payment of its own: nothing is known of that which went back of a charge unseen.
        Err(true) if event.happened == Happened::Paid => {
            queries::repeat(conn, &order, event).await?
        }
        Err(true) => return Ok(only(Outcome::Noted)),
    };
    let case = Case {
        event,
        payment,
        subscription,
        origin: Origin::own(&format!("payment:{}", event.provider.as_str())),
        now,
    };
    case.proceed(conn).await
}

/// What came for no order, or not as ordered, stands in the books until it goes back. So does what went back and never came.
async fn book_astray(
    conn: &mut AsyncPgConnection,
    event: &Event,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let is_astray = matches!(
        outcome,
        Outcome::Ownerless | Outcome::Mismatched | Outcome::Unknown
    );
    match event.happened {
        Happened::Paid if is_astray => books::came_astray(conn, event, now).await,
        Happened::Returned if is_astray || books::is_astray(conn, event).await? => {
            books::went_astray(conn, event, now).await
        }
        _ => Ok(()),
    }
}

fn only(outcome: Outcome) -> Effects {
    (outcome, Vec::new(), None)
}

impl Case<'_> {
    async fn proceed(self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        match rules::step(self.payment.status, self.event.happened) {
            Step::Grant if !self.fits() => self.mismatched(conn).await,
            Step::Grant if self.went_back(conn).await? => {
                queries::note_paid(conn, self.payment.id).await?;
                self.take_back(conn).await
            }
            Step::Grant => self.grant(conn).await,
            Step::TakeBack => self.take_back(conn).await,
            Step::Close(status) => self.close(conn, status).await,
            Step::Nothing => self.nothing(conn).await,
        }
    }

    fn fits(&self) -> bool {
        let Event {
            provider, amount, ..
        } = *self.event;
        rules::fits(&self.payment, (provider, amount, &self.event.currency))
    }

    /// Whether this very event came before.
    async fn is_known(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        let known = reports::of_charge(conn, self.event).await?;
        Ok(known.iter().any(|one| one.is_of(self.event)))
    }

    /// Whether the return of this money was heard of before the money.
    async fn went_back(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        let known = reports::of_charge(conn, self.event).await?;
        Ok(known.iter().any(|one| one.is_return()))
    }

    async fn grant(self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        let (payment, origin, now) = (&self.payment, &self.origin, self.now);
        let Some(before) = &self.subscription else {
            let fault = (
                kernel::codes::NOT_FOUND,
                "the person no longer exists".to_owned(),
            );
            let (status, action) = (PaymentStatus::Succeeded, "payment_ownerless");
            queries::close(conn, payment, status, Some(fault), origin, action).await?;
            return Ok(only(Outcome::Ownerless));
        };
        let bought = queries::windows(conn, before.user_id, now).await?;
        let mut bought = time::with_given(bought, before, now);
        let from = time::by_now(before, bought.clone(), now).tier;
        let window = time::next_window(&bought, payment.id, payment.tier, now);
        queries::set_window(conn, &window).await?;
        let status = PaymentStatus::Succeeded;
        queries::close(conn, payment, status, None, origin, "payment_succeeded").await?;
        books::paid(conn, payment, now).await?;
        bought.push(window);
        let after = match time::standing(&bought, now) {
            Some(standing) => time::paid(before, payment.tier, standing),
            None => before.clone(),
        };
        let write = subscriptions::queries::write;
        write(conn, before, &after, origin, "subscription_paid").await?;
        let user = users::queries::by_id(conn, before.user_id).await?;
        let mut tickets = Vec::new();
        if let Some(chat_id) = user.telegram_id {
            let job = PaymentSuccess {
                user_id: user.id,
                payment_id: payment.id,
                chat_id,
            };
            tickets.push(ledger::enqueue(conn, &job).await?);
        }
        let grant = self.granted(conn, from, after.tier).await?;
        Ok((Outcome::Granted, tickets, Some(grant)))
    }

    async fn granted(
        &self,
        conn: &mut AsyncPgConnection,
        from: SubscriptionTier,
        to: SubscriptionTier,
    ) -> QueryResult<Grant> {
        let tier = self.payment.tier;
        let roubles = if self.payment.currency == "RUB" {
            Some(self.payment.amount)
        } else {
            let plan = subscriptions::queries::plan(conn, tier).await?;
            plan.and_then(|plan| plan.price_rub)
        };
        Ok(Grant {
            tier,
            roubles: roubles.and_then(|roubles| roubles.to_f64()),
            upgrade: (rank(to) > rank(from)).then_some((from, to)),
        })
    }

    async fn take_back(self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        let (payment, origin, now) = (&self.payment, &self.origin, self.now);
        if let (Some(before), Some(returned)) = (&self.subscription, payment.window()) {
            let bought = queries::windows(conn, before.user_id, now).await?;
            let bought = time::with_given(bought, before, now);
            let left = time::after_return(&bought, &returned, now);
            for window in left.iter().filter(|one| !bought.contains(one)) {
                queries::set_window(conn, window).await?;
            }
            let standing = time::standing(&left, now);
            let after = time::ended(before, standing, SubscriptionStatus::Canceled, now);
            let write = subscriptions::queries::write;
            write(conn, before, &after, origin, "subscription_refunded").await?;
        }
        let status = PaymentStatus::Refunded;
        queries::close(conn, payment, status, None, origin, "payment_refunded").await?;
        books::returned(conn, payment, now).await?;
        let Some((user_id, chat_id)) = self.chat(conn).await? else {
            return Ok(only(Outcome::Returned));
        };
        let job = PaymentRefunded {
            user_id,
            payment_id: payment.id,
            chat_id,
        };
        let ticket = ledger::enqueue(conn, &job).await?;
        Ok((Outcome::Returned, vec![ticket], None))
    }

    async fn close(
        self,
        conn: &mut AsyncPgConnection,
        status: PaymentStatus,
    ) -> QueryResult<Effects> {
        let (code, action) = match status {
            PaymentStatus::Canceled => (crate::codes::PAYMENT_CANCELED, "payment_canceled"),
            _ => (rules::code_of(self.event.refusal), "payment_failed"),
        };
        let fault = Some((code, self.event.status.replace('\0', "")));
        queries::close(conn, &self.payment, status, fault, &self.origin, action).await?;
        // A person who turns back knows it.
        let refused = (self.chat(conn).await?).filter(|_| status == PaymentStatus::Failed);
        let Some((user_id, chat_id)) = refused else {
            return Ok(only(Outcome::Closed));
        };
        let job = PaymentRefused {
            user_id,
            payment_id: self.payment.id,
            chat_id,
        };
        let ticket = ledger::enqueue(conn, &job).await?;
        Ok((Outcome::Closed, vec![ticket], None))
    }

    /// The person, and their chat; `None` if they are gone, or have none.
    async fn chat(&self, conn: &mut AsyncPgConnection) -> QueryResult<Option<(Uuid, i64)>> {
        let Some(subscription) = &self.subscription else {
            return Ok(None);
        };
        let user = users::queries::by_id(conn, subscription.user_id).await?;
        Ok(user.telegram_id.map(|chat_id| (user.id, chat_id)))
    }

    async fn mismatched(self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        if self.is_known(conn).await? {
            return Ok(only(Outcome::Mismatched));
        }
        let (payment, event) = (&self.payment, self.event);
        let why = format!(
            "{} {} came instead of {} {}",
            event.amount,
            event.currency.replace('\0', ""),
            payment.amount,
            payment.currency
        );
        let fault = Some((crate::codes::PAYMENT_FAILED, why));
        let (status, action) = (PaymentStatus::Failed, "payment_mismatched");
        queries::close(conn, payment, status, fault, &self.origin, action).await?;
        Ok(only(Outcome::Mismatched))
    }

    async fn nothing(self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        let payment = &self.payment;
        match (self.event.happened, payment.status) {
            (Happened::PartlyReturned, status) => {
                if !self.is_known(conn).await? {
                    let action = "payment_partly_refunded";
                    queries::note(conn, payment, status, &self.origin, action).await?;
                }
            }
            (Happened::Paid, PaymentStatus::Refunded) => {
                queries::note_paid(conn, payment.id).await?;
            }
            _ => {}
        }
        Ok(only(Outcome::Noted))
    }
}

impl Settled {
    /// Counts it, and alarms an operator where one is needed; once it is committed.
    pub fn report(&self, event: &Event) {
        let provider = event.provider.as_str();
        match self.outcome {
            Outcome::Granted => crate::metrics::payment_processed(provider, "succeeded"),
            Outcome::Closed if event.happened == Happened::Refused => {
                crate::metrics::payment_processed(provider, "failed");
            }
            Outcome::Returned => crate::metrics::payment_processed(provider, "refunded"),
            Outcome::Ownerless | Outcome::Mismatched | Outcome::Unknown
                if self.first && event.happened == Happened::Paid =>
            {
                crate::metrics::payment_astray(provider, self.outcome.as_str());
                tracing::error!(provider, charge = event.external_id, order = event.order_id,
                    status = event.status, amount = %event.amount, currency = event.currency,
                    outcome = self.outcome.as_str(), payer = event.payer,
                    "money came, but no plan was granted for it: check it, and refund it");
            }
            _ => {}
        }
        if let Some(grant) = &self.grant {
            crate::metrics::payment_amount(provider, grant.tier.as_str(), grant.roubles);
            if let Some((from, to)) = grant.upgrade {
                crate::metrics::subscription_upgraded(from.as_str(), to.as_str());
            }
        }
    }
}

impl Payment {
    /// Whether it waits for its money.
    pub fn is_pending(&self) -> bool {
        self.status == PaymentStatus::Pending
    }

    /// Whether its money has come.
    pub fn is_succeeded(&self) -> bool {
        self.status == PaymentStatus::Succeeded
    }

    /// The time that it has bought; `None` until it succeeded.
    pub fn window(&self) -> Option<time::Window> {
        Some(time::Window {
            payment_id: self.id,
            tier: self.tier,
            from: self.period_start?,
            until: self.period_end?,
        })
    }
}
