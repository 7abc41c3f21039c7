//! One event of a charge, and what it does to the payment, the plan and the books. [`super::settle`] finds the payment.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::model::{Event, Happened, Outcome, Payment, PaymentStatus};
use super::reports::Report;
use super::rules::{self, Step};
use super::told::Told;
use super::{queries, reports};
use crate::books::queries as books;
use crate::invoices::config::Terms;
use crate::invoices::issue as invoices;
use crate::news::{self, News};
use crate::refunds;
use crate::refunds::model::{Refund, RefundState};
use crate::renewals;
use crate::subscriptions;
use crate::subscriptions::model::SubscriptionTier;
use crate::subscriptions::model::{Subscription, SubscriptionStatus, rank};
use crate::subscriptions::rules::{self as time, Window};
use audit::model::Origin;
use jobs::ledger::Ticket;
use vendors::payment::{Manners, number_in};

/// A plan that was granted.
#[derive(Debug)]
pub(super) struct Grant {
    pub tier: SubscriptionTier,
    /// What it cost, in roubles; what is paid in Stars counts with the plan's price in roubles.
    pub roubles: Option<f64>,
    /// From which plan to which, if that is a higher one.
    pub upgrade: Option<(SubscriptionTier, SubscriptionTier)>,
}

/// The event, its payment and the person's subscription, both locked.
pub(super) struct Case<'a> {
    pub event: &'a Event,
    pub payment: Payment,
    pub subscription: Option<Subscription>,
    pub origin: Origin,
    /// Of the invoice.
    pub terms: &'a Terms,
    pub now: DateTime<Utc>,
}

/// What is known of the charge with this event.
struct Known {
    told: Told,
    /// What we have sent back ourselves.
    own: Vec<Refund>,
    /// Whether this very event came before.
    is_old: bool,
}

pub(super) type Effects = (Outcome, Vec<Ticket>, Option<Grant>);

pub(super) fn only(outcome: Outcome) -> Effects {
    (outcome, Vec::new(), None)
}

impl Case<'_> {
    pub(super) async fn proceed(mut self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        let known = self.known(conn).await?;
        let amount = self.payment.amount;
        let (gone, held) = (
            known.told.gone(amount, &known.own),
            known.told.held(amount, &known.own),
        );
        let (status, happened) = (self.status(), self.event.happened);
        match rules::step(status, happened, gone >= amount, known.told.has_come()) {
            Step::Grant if !self.fits() => self.mismatched(conn, known.is_old).await,
            Step::Grant => {
                let effects = self.grant(conn, None).await?;
                self.keep(conn, gone, held).await?;
                self.invoice(conn, amount - gone).await?;
                Ok(effects)
            }
            Step::TakeBack => self.take_back(conn).await,
            Step::Restore => self.restore(conn, gone, held).await,
            Step::Reopen => self.reopen(conn, gone, held).await,
            Step::Level => self.level(conn, &known, gone, held).await,
            Step::Close(status) => self.close(conn, status).await,
            Step::Nothing => self.nothing(conn).await,
        }
    }

    /// Where the payment stands. A process of the previous release takes an organization for a person who is gone: money that
    /// it has closed so still waits for its plan.
    fn status(&self) -> PaymentStatus {
        let payment = &self.payment;
        let is_ownerless = payment.is_succeeded()
            && payment.window().is_none()
            && payment.error_code.as_deref() == Some(kernel::codes::NOT_FOUND.as_str());
        match is_ownerless && self.subscription.is_some() {
            true => PaymentStatus::Failed,
            false => payment.status,
        }
    }

    fn fits(&self) -> bool {
        let Event {
            provider, amount, ..
        } = *self.event;
        rules::fits(&self.payment, (provider, amount, &self.event.currency))
    }

    /// All that is known of the charge, and what it means for refunds of our own.
    async fn known(&self, conn: &mut AsyncPgConnection) -> QueryResult<Known> {
        let mut all = reports::of_charge(conn, self.event).await?;
        let earlier = all.iter_mut().find(|one| one.is_of(self.event));
        let is_old = earlier.is_some();
        match earlier {
            Some(earlier) => earlier.returned = earlier.returned.max(self.event.returned),
            None => all.push(Report::of(self.event)),
        }
        let told = Told::of(&all, self.payment.amount);
        let (mut own, mut is_new) = (Vec::new(), !is_old);
        let refunds = refunds::queries::of_payment(conn, self.payment.id).await?;
        // The newest first: one report is about one of them.
        for refund in refunds.into_iter().rev() {
            let before = refund.state;
            let refund = self.end_own(conn, refund, (told.failed(), is_new)).await?;
            is_new &= refund.state == before;
            if refund.state == RefundState::Succeeded {
                own.push(refund);
            }
        }
        Ok(Known { told, own, is_old })
    }

    /// Ends a refund of our own, if the vendor tells of its end; returns it as it is now.
    async fn end_own(
        &self,
        conn: &mut AsyncPgConnection,
        mut refund: Refund,
        (failed, is_new): (Decimal, bool),
    ) -> QueryResult<Refund> {
        let event = self.event;
        let is_of_refund = matches!(
            event.happened,
            Happened::Returned | Happened::PartlyReturned | Happened::ReturnFailed
        );
        let report = refunds::rules::Report {
            happened: event.happened,
            amount: event.amount,
            told: event.returned.map(|all| all - failed),
            number: number_in(&event.status).filter(|_| is_of_refund),
            is_new,
            knows_refunds: Manners::of(event.provider.as_str()).knows_refunds,
        };
        let Some(state) = refunds::rules::ends(&refund, &report) else {
            return Ok(refund);
        };
        let why = (state == RefundState::Failed).then_some(event.status.as_str());
        // The vendor's number of it may come with its notification, before our call is answered.
        let number =
            number_in(&event.status).filter(|_| event.happened == Happened::PartlyReturned);
        refunds::queries::end(conn, refund.id, state, (number, why), self.now).await?;
        refund.number = number.map(str::to_owned).or(refund.number);
        refund.state = state;
        Ok(refund)
    }

    /// Writes what has gone back and what is held, and books it.
    pub(super) async fn keep(
        &mut self,
        conn: &mut AsyncPgConnection,
        gone: Decimal,
        held: Decimal,
    ) -> QueryResult<()> {
        if (gone, held) != (self.payment.returned, self.payment.disputed) {
            queries::set_gone(conn, self.payment.id, gone, held).await?;
            (self.payment.returned, self.payment.disputed) = (gone, held);
        }
        books::level(conn, &self.payment, (gone, held), self.now).await
    }

    /// Brings the invoices to what was paid and kept, once a plan was given for it.
    pub(super) async fn invoice(
        &self,
        conn: &mut AsyncPgConnection,
        kept: Decimal,
    ) -> QueryResult<()> {
        let Some(window) = self.payment.window() else {
            return Ok(());
        };
        let (terms, now) = (self.terms, self.now);
        invoices::level(conn, &self.payment, Some(&window), kept, terms, now).await
    }

    /// Another sum has gone back, or is held. Money that has not come has no sums.
    async fn level(
        mut self,
        conn: &mut AsyncPgConnection,
        known: &Known,
        gone: Decimal,
        held: Decimal,
    ) -> QueryResult<Effects> {
        let (before, status) = (self.payment.returned, self.payment.status);
        // Of a part of ours the vendor tells, too; and of one in a sum by its number.
        let is_told = self.event.returned.is_some() || !known.own.is_empty();
        let is_new = !known.is_old && (!is_told || gone != before);
        if self.event.happened == Happened::PartlyReturned && is_new {
            let action = "payment_partly_refunded";
            queries::note(conn, &self.payment, status, &self.origin, action).await?;
        } else if held != self.payment.disputed {
            let action = "payment_disputed";
            queries::note(conn, &self.payment, status, &self.origin, action).await?;
        }
        if status != PaymentStatus::Succeeded {
            return Ok(only(Outcome::Noted));
        }
        self.keep(conn, gone, held).await?;
        self.invoice(conn, self.payment.amount - gone).await?;
        if gone <= before {
            return Ok(only(Outcome::Noted));
        }
        let payment_id = self.payment.id;
        let told = self
            .tell(conn, &News::PartlyRefunded { payment_id })
            .await?;
        Ok((Outcome::Noted, told, None))
    }

    /// Gives a month; or, of time that it `had` and that was taken back, this rest.
    pub(super) async fn grant(
        &mut self,
        conn: &mut AsyncPgConnection,
        had: Option<(TimeDelta, Window)>,
    ) -> QueryResult<Effects> {
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
        let mut bought = match before.status {
            // The time of grace is not paid for.
            SubscriptionStatus::PastDue => bought,
            _ => time::with_given(bought, before, now),
        };
        let from = time::by_now(before, bought.clone(), now).tier;
        let window = match &had {
            Some((rest, had)) => time::next_rest(&bought, had, *rest, now),
            None => renewals::follow::window(conn, payment, &bought, now).await?,
        };
        queries::set_window(conn, &window).await?;
        let from_to = (window.from, window.until);
        let status = PaymentStatus::Succeeded;
        queries::close(conn, payment, status, None, origin, "payment_succeeded").await?;
        books::paid(conn, payment, now).await?;
        bought.push(window);
        let after = match time::standing(&bought, now) {
            Some(standing) => time::paid(before, payment.tier, standing),
            None => before.clone(),
        };
        let write = subscriptions::queries::write;
        let by = Some(payment.id);
        write(conn, before, &after, origin, "subscription_paid", by).await?;
        let payment_id = payment.id;
        let tickets = self.tell(conn, &News::Paid { payment_id }).await?;
        let grant = self.granted(conn, from, after.tier).await?;
        (self.payment.period_start, self.payment.period_end) = (Some(from_to.0), Some(from_to.1));
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

    async fn take_back(mut self, conn: &mut AsyncPgConnection) -> QueryResult<Effects> {
        if self.event.happened == Happened::Paid {
            queries::note_paid(conn, self.payment.id).await?;
        }
        let (payment, origin, now) = (&self.payment, &self.origin, self.now);
        if let (Some(before), Some(returned)) = (&self.subscription, payment.window()) {
            let bought = queries::windows(conn, before.user_id, now).await?;
            let bought = match before.status {
                // The time of grace is not paid for.
                SubscriptionStatus::PastDue => bought,
                _ => time::with_given(bought, before, now),
            };
            queries::note_taken_back(conn, payment.id, now).await?;
            let left = time::after_return(&bought, &returned, now);
            for window in left.iter().filter(|one| !bought.contains(one)) {
                queries::set_window(conn, window).await?;
            }
            let standing = time::standing(&left, now);
            let after = time::ended(before, standing, SubscriptionStatus::Canceled, now);
            let write = subscriptions::queries::write;
            let by = Some(payment.id);
            write(conn, before, &after, origin, "subscription_refunded", by).await?;
        }
        let status = PaymentStatus::Refunded;
        queries::close(conn, payment, status, None, origin, "payment_refunded").await?;
        self.keep(conn, self.payment.amount, Decimal::ZERO).await?;
        self.invoice(conn, Decimal::ZERO).await?;
        let payment_id = self.payment.id;
        let told = self.tell(conn, &News::Refunded { payment_id }).await?;
        Ok((Outcome::Returned, told, None))
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
        // A person who turns back knows it. Of a renewal there is another message, of an upgrade they wait for the answer.
        let is_told = status == PaymentStatus::Failed && self.payment.charge.is_none();
        if !is_told {
            return Ok(only(Outcome::Closed));
        }
        let payment_id = self.payment.id;
        let told = self.tell(conn, &News::Refused { payment_id }).await?;
        Ok((Outcome::Closed, told, None))
    }

    /// Tells the people of the account, if it is not gone.
    async fn tell(&self, conn: &mut AsyncPgConnection, news: &News) -> QueryResult<Vec<Ticket>> {
        match &self.subscription {
            Some(subscription) => news::tell(conn, subscription.user_id, news).await,
            None => Ok(Vec::new()),
        }
    }

    async fn mismatched(self, conn: &mut AsyncPgConnection, is_old: bool) -> QueryResult<Effects> {
        if is_old {
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
        if self.event.happened == Happened::Paid && self.payment.status == PaymentStatus::Refunded {
            queries::note_paid(conn, self.payment.id).await?;
        }
        Ok(only(Outcome::Noted))
    }
}
