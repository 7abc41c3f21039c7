//! What follows from a vendor's event: the one place where money becomes a plan.
//!
//! Called by the webhooks, in a transaction of their own. All of it is keyed by the vendor's number
//! of the charge and guarded by the person's lock: a second delivery, two at once and any order of
//! them lead to the same rows.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde_json::Value;
use uuid::Uuid;

use super::case::{Case, Effects, Grant, only};
use super::model::{Event, Happened, Outcome, Payment, PaymentStatus};
use super::{queries, reports, rules};
use crate::books::queries as books;
use crate::invoices::config::Terms;
use crate::refunds;
use crate::refunds::model::{Refund, RefundState};
use crate::renewals::follow;
use crate::renewals::model::is_by_vendor;
use crate::renewals::rules::VENDORS_PERIOD;
use crate::subscriptions;
use crate::subscriptions::rules as time;
use audit::model::Origin;
use jobs::ledger::Ticket;

/// The result of an event; once it is committed, the caller wakes workers and counts it.
#[derive(Debug)]
pub struct Settled {
    pub outcome: Outcome,
    /// Whether the event came for the first time.
    pub first: bool,
    pub tickets: Vec<Ticket>,
    grant: Option<Grant>,
}

/// Applies a vendor's event. `terms`: of the invoice that is issued with what is granted.
///
/// # Errors
/// Those of the database: roll back, and the vendor sends it again.
pub async fn settle(
    conn: &mut AsyncPgConnection,
    event: &Event,
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<Settled> {
    let ((outcome, mut tickets, grant), payment) = apply(conn, event, terms, now).await?;
    book_astray(conn, event, outcome, now).await?;
    let first = reports::remember(conn, event, outcome).await?;
    if let Some(id) = payment {
        // That it was taken back is told once, though by words that were here before.
        let is_lost =
            outcome == Outcome::Returned || event.happened == Happened::DisputeLost && first;
        let more = follow::after_event(conn, id, is_lost, &origin(event), now).await?;
        tickets.extend(more);
    }
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
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<(Effects, Option<Uuid>)> {
    let order = match event.order_id.parse::<Uuid>() {
        Ok(id) => queries::find(conn, id).await?,
        Err(_) => None,
    };
    let Some(order) = order.filter(|order| order.provider == event.provider) else {
        return Ok((only(Outcome::Unknown), None));
    };
    order.name_in_reports();
    let subscription = match order.user_id {
        Some(user_id) => subscriptions::queries::lock(conn, user_id).await?,
        None => None,
    };
    let payment = match queries::of_charge(conn, order.id, event).await? {
        Ok(payment) => payment,
        Err(false) => return Ok((only(Outcome::Unknown), None)),
        // Only money makes it a payment of its own: nothing is known of that which went back of a charge unseen.
        Err(true) if event.happened == Happened::Paid => {
            queries::repeat(conn, &order, event).await?
        }
        Err(true) => return Ok((only(Outcome::Noted), None)),
    };
    let id = payment.id;
    let case = Case {
        event,
        payment,
        subscription,
        origin: origin(event),
        terms,
        now,
    };
    Ok((case.proceed(conn).await?, Some(id)))
}

fn origin(event: &Event) -> Origin {
    Origin::own(&format!("payment:{}", event.provider.as_str()))
}

/// Money that we have sent back has arrived: what the vendor tells of it, before or after, adds nothing. `None`: its end
/// was known.
///
/// # Errors
/// Those of the database.
pub async fn sent_back(
    conn: &mut AsyncPgConnection,
    refund: &Refund,
    number: Option<&str>,
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Event, Settled)>> {
    let found = queries::find(conn, refund.payment_id).await?;
    let subscription = match found.and_then(|payment| payment.user_id) {
        Some(person) => subscriptions::queries::lock(conn, person).await?,
        None => None,
    };
    let payment = queries::locked(conn, refund.payment_id).await?;
    let refund = refunds::queries::find(conn, refund.id).await?;
    let refund = refund.filter(|one| one.state == RefundState::Underway);
    let (Some(payment), Some(refund)) = (payment, refund) else {
        return Ok(None);
    };
    let end = (number, None);
    refunds::queries::end(conn, refund.id, RefundState::Succeeded, end, now).await?;
    let event = Event {
        provider: payment.provider,
        order_id: payment.id.to_string(),
        external_id: payment.external_id.clone().unwrap_or_default(),
        status: "refund".to_owned(),
        happened: Happened::PartlyReturned,
        amount: refund.amount,
        currency: payment.currency.clone(),
        payer: None,
        refusal: None,
        returned: None,
        words: Value::Null,
    };
    let case = Case {
        origin: origin(&event),
        event: &event,
        payment,
        subscription,
        terms,
        now,
    };
    let (outcome, mut tickets, grant) = case.proceed(conn).await?;
    let (id, is_lost) = (refund.payment_id, outcome == Outcome::Returned);
    tickets.extend(follow::after_event(conn, id, is_lost, &origin(&event), now).await?);
    let settled = Settled {
        outcome,
        first: true,
        tickets,
        grant,
    };
    Ok(Some((event, settled)))
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
        // The vendor has told another sum of the same charge before, or its order was not known.
        Happened::Paid if outcome == Outcome::Granted => {
            books::was_not_astray(conn, event, now).await
        }
        Happened::Returned if is_astray || books::is_astray(conn, event).await? => {
            books::went_astray(conn, event, now).await
        }
        _ => Ok(()),
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
        if self.first && rules::is_of_dispute(event.happened) {
            crate::metrics::payment_disputed(provider, event.happened.as_str());
            tracing::error!(provider, charge = event.external_id, order = event.order_id,
                status = event.status, amount = %event.amount, currency = event.currency,
                what = event.happened.as_str(), "a payment is disputed, or a dispute is over: see it at the vendor");
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
            least: self.least(),
        })
    }

    /// What its month lasts at the least: until a vendor that renews by itself charges again.
    pub fn least(&self) -> TimeDelta {
        match self.renew && is_by_vendor(self.provider) {
            true => VENDORS_PERIOD,
            false => TimeDelta::zero(),
        }
    }
}
