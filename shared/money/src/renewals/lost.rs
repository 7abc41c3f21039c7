//! Charges of a period that a restored database does not know: its vendor does.

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use uuid::Uuid;
use vendors::ProviderErrorKind;
use vendors::payment::{Happened, Sought};

use super::model::{Renewal, RenewalState, finds_charges, is_by_vendor};
use super::turn::{self, Turn};
use super::{queries, rules};
use crate::payments::model::{Payment, PaymentProvider};
use crate::payments::queries as payments;
use crate::payments::reconcile::{Away, Reconciler};
use crate::payments::rules::charge_id;
use crate::subscriptions::queries as subscriptions;

/// A charge that was found, or that is to be looked for by hand.
pub type Sighted = (PaymentProvider, Uuid);

/// What a vendor knows of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Ended,
    Open,
    Nothing,
    /// It does not answer.
    Silent,
}

impl Reconciler<'_> {
    /// On a database that was restored to a moment in the past: asks the vendor about the charges of a period that were due
    /// since then, one after the other, before the plan is ended for want of money. A try that the vendor does not know is
    /// passed over, and leaves no row. May be repeated: it goes on where it has stopped.
    ///
    /// # Errors
    /// Those of the database; what a vendor fails at is logged, and its provider is `away`.
    pub async fn look_for_tries(
        &self,
        account: Uuid,
        away: &mut Away,
    ) -> Result<Vec<Sighted>, Error> {
        let (db, now) = (self.intake.db, self.intake.now);
        let mut sighted = Vec::new();
        self.take_first(account, &mut sighted).await?;
        let renewal = queries::find(&mut *db.get().await?, account).await?;
        let Some(renewal) = renewal.filter(|one| !is_by_vendor(one.provider)) else {
            return Ok(sighted);
        };
        let provider = renewal.provider;
        if !finds_charges(provider) {
            let lost = self.lost(account).await?;
            if let Some((due, _)) = lost.first() {
                self.write(account, *due).await?;
            }
            sighted.extend(lost.into_iter().map(|(_, id)| (provider, id)));
            return Ok(sighted);
        }
        let mut open = self.open(&renewal).await?;
        if let Some(payment) = &open {
            match self.knows(payment.provider, payment.sought(), away).await {
                Known::Ended => {
                    self.ask(std::slice::from_ref(payment), away).await?;
                    open = None;
                }
                Known::Nothing => {}
                Known::Open | Known::Silent => return Ok(sighted),
            }
        }
        for (due, id) in self.lost(account).await? {
            let sought = Sought {
                id,
                external_id: None,
                created_at: due,
            };
            let known = self.knows(provider, sought, away).await;
            let is_over = renewal.access_until.is_some_and(|end| now >= end);
            match known {
                Known::Nothing => continue,
                Known::Silent if open.is_some() || !is_over => break,
                // The plan would end before the vendor has answered: the row holds it.
                Known::Silent | Known::Open | Known::Ended => {}
            }
            if let Some(unmade) = open.take() {
                // There was a later one, so this had been given up.
                self.abandon(&unmade).await?;
            }
            let Some(payment) = self.write(account, due).await? else {
                break;
            };
            sighted.push((provider, id));
            if known != Known::Ended {
                break;
            }
            self.ask(&[payment], away).await?;
        }
        Ok(sighted)
    }

    /// Writes the first charge of a period that is due: its tries follow only if it was refused.
    async fn take_first(&self, account: Uuid, sighted: &mut Vec<Sighted>) -> Result<(), Error> {
        let (mut conn, now) = (self.intake.db.get().await?, self.intake.now);
        let is_first = |one: &Renewal| {
            one.state != RenewalState::PastDue
                && one.goes_on()
                && one.underway.is_none()
                && !is_by_vendor(one.provider)
        };
        let renewal = queries::find(&mut conn, account).await?;
        if !renewal.as_ref().is_some_and(is_first) {
            return Ok(());
        }
        // What it has written for the workers, they find without a wake-up.
        let turn = conn.transaction(async |conn| turn::take(conn, account, now).await);
        if let Turn::Charge(charge) = turn.await? {
            sighted.push((charge.payment.provider, charge.payment.id));
        }
        Ok(())
    }

    /// The charge whose end is not known here.
    async fn open(&self, renewal: &Renewal) -> Result<Option<Payment>, Error> {
        let Some(id) = renewal.underway else {
            return Ok(None);
        };
        let payment = payments::find(&mut *self.intake.db.get().await?, id).await?;
        Ok(payment.filter(Payment::is_pending))
    }

    /// The tries of a refused period that have no row, and when they were due.
    async fn lost(&self, account: Uuid) -> Result<Vec<(DateTime<Utc>, Uuid)>, Error> {
        let mut conn = self.intake.db.get().await?;
        let renewal = queries::find(&mut conn, account).await?;
        let plan = subscriptions::of_account(&mut conn, account).await?;
        let Some((renewal, plan)) = renewal.zip(plan) else {
            return Ok(Vec::new());
        };
        let first = queries::first_refused(&mut conn, &renewal).await?;
        let first = first.and_then(rules::due_of);
        let mut lost = Vec::new();
        for due in rules::tries_until(&renewal, first, self.intake.now) {
            let id = charge_id(plan.id, due, 0);
            if payments::find(&mut conn, id).await?.is_none() {
                lost.push((due, id));
            }
        }
        Ok(lost)
    }

    async fn write(&self, account: Uuid, due: DateTime<Utc>) -> Result<Option<Payment>, Error> {
        let (mut conn, now) = (self.intake.db.get().await?, self.intake.now);
        let turn = conn.transaction(async |conn| turn::take_try(conn, account, due, now).await);
        Ok(match turn.await? {
            Turn::Charge(charge) => Some(charge.payment),
            Turn::Done(_) => None,
        })
    }

    async fn knows(&self, provider: PaymentProvider, sought: Sought, away: &mut Away) -> Known {
        let name = provider.as_str();
        if away.contains(name) {
            return Known::Silent;
        }
        let Ok(gateway) = self.gateways.get(name) else {
            tracing::warn!(
                provider = name,
                "charges are not asked about: their provider is not configured"
            );
            away.insert(name);
            return Known::Silent;
        };
        let order = sought.id.to_string();
        match gateway.look_up(&[sought]).await {
            Ok(said) => {
                let mut own = said.iter().filter(|one| one.order_id == order).peekable();
                if own.peek().is_none() {
                    return Known::Nothing;
                }
                match own.all(|one| one.happened == Happened::Open) {
                    true => Known::Open,
                    false => Known::Ended,
                }
            }
            Err(why) => {
                tracing::warn!(error = %why, provider = name, order, "a charge is not asked about");
                // What is about this one alone must not hold up the others.
                let is_its_own = [ProviderErrorKind::Rejected, ProviderErrorKind::Protocol];
                if !is_its_own.contains(&why.kind) {
                    away.insert(name);
                }
                Known::Silent
            }
        }
    }
}
