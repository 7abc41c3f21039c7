//! Asks vendors what became of payments: money whose notifications were lost becomes a plan here. What was not made in time
//! is given up then, and nothing is given up unasked. A vendor that does not answer is asked the next time.

use std::collections::{BTreeMap, BTreeSet};

use audit::model::Origin;
use diesel_async::AsyncConnection;
use kernel::Error;
use vendors::ProviderErrorKind;
use vendors::payment::{Gateways, Notification, Sought};

use super::abandon;
use super::intake::Intake;
use super::model::{Happened, Outcome, Payment, PaymentProvider};
use crate::metrics::asked;
use crate::renewals::follow;

/// The providers that do not answer in this run.
pub type Away = BTreeSet<&'static str>;

/// What asking needs.
#[derive(Clone, Copy)]
pub struct Reconciler<'a> {
    pub intake: Intake<'a>,
    pub gateways: &'a Gateways,
}

impl Reconciler<'_> {
    /// Asks the vendors of these payments, but for those that are away; returns how many are given up.
    ///
    /// # Errors
    /// Those of the database; what a vendor fails at is logged.
    pub async fn ask(&self, payments: &[Payment], away: &mut Away) -> Result<usize, Error> {
        let mut by_provider: BTreeMap<&'static str, Vec<&Payment>> = BTreeMap::new();
        for payment in payments {
            let of_provider = by_provider.entry(payment.provider.as_str()).or_default();
            of_provider.push(payment);
        }
        let mut given_up = 0;
        for (provider, payments) in by_provider {
            if !away.contains(provider) {
                given_up += self.ask_one(provider, &payments, away).await?;
            }
        }
        Ok(given_up)
    }

    /// Asks a provider about these payments of it.
    async fn ask_one(
        &self,
        provider: &'static str,
        payments: &[&Payment],
        away: &mut Away,
    ) -> Result<usize, Error> {
        let Ok(gateway) = self.gateways.get(provider) else {
            tracing::warn!(
                provider,
                payments = payments.len(),
                "payments stay pending: their provider is not configured and cannot be asked"
            );
            away.insert(provider);
            return Ok(0);
        };
        let mut given_up = 0;
        for some in payments.chunks(gateway.terms().looked_up_at_once) {
            let sought: Vec<Sought> = some.iter().map(|one| one.sought_charge()).collect();
            match gateway.look_up(&sought).await {
                Ok(said) => given_up += self.end_all(provider, some, &said).await,
                Err(why) => {
                    tracing::warn!(error = %why, provider, "payments stay pending: they are asked about again later");
                    asked(provider, "no_answer", some.len());
                    // What is about these alone must not hold up the others.
                    let is_its_own = [ProviderErrorKind::Rejected, ProviderErrorKind::Protocol];
                    if !is_its_own.contains(&why.kind) {
                        away.insert(provider);
                        break;
                    }
                }
            }
        }
        Ok(given_up)
    }

    async fn end_all(
        &self,
        provider: &'static str,
        payments: &[&Payment],
        said: &[Notification],
    ) -> usize {
        let mut given_up = 0;
        for payment in payments {
            match self.end(payment, said).await {
                Ok(given) => given_up += usize::from(given),
                // It must not hold up those behind it.
                Err(why) => tracing::error!(error = %why, provider, payment = %payment.id,
                    "what a vendor says of a payment is not taken in: it is asked about again"),
            }
        }
        given_up
    }

    /// Takes in what the vendor says of a payment; gives it up, and returns `true`, if that is nothing and its time is over.
    async fn end(&self, payment: &Payment, said: &[Notification]) -> Result<bool, Error> {
        // One more charge of an order is told under the order, by its own number.
        let order = payment.repeats.unwrap_or(payment.id).to_string();
        let is_own = |one: &&Notification| {
            let is_charge = Some(&one.external_id) == payment.external_id.as_ref();
            one.order_id == order && (payment.repeats.is_none() || is_charge)
        };
        let own = said.iter().filter(is_own);
        let moved: Vec<&Notification> = own.filter(|one| one.happened != Happened::Open).collect();
        let found = if moved.is_empty() {
            "nothing"
        } else {
            "something"
        };
        asked(payment.provider.as_str(), found, 1);
        if moved.is_empty() {
            return self.give_up(payment).await;
        }
        for one in moved {
            self.take_in(payment.provider, one).await?;
        }
        Ok(false)
    }

    /// Gives a payment up whose time is over; returns whether it did.
    async fn give_up(&self, payment: &Payment) -> Result<bool, Error> {
        if payment.created_at > self.intake.now - abandon::PATIENCE {
            return Ok(false);
        }
        self.abandon(payment).await
    }

    /// Gives a payment up of which its vendor knows nothing; returns whether it was pending.
    pub(crate) async fn abandon(&self, payment: &Payment) -> Result<bool, Error> {
        let Intake {
            db, pusher, now, ..
        } = self.intake;
        let (mut conn, origin) = (db.get().await?, Origin::own("worker"));
        let given_up = conn.transaction(async |conn| {
            let given_up = abandon::abandon(conn, payment).await?;
            let tickets = match given_up {
                true => follow::after_event(conn, payment.id, false, &origin, now).await?,
                false => Vec::new(),
            };
            Ok::<_, Error>((given_up, tickets))
        });
        let (given_up, tickets) = given_up.await?;
        drop(conn);
        pusher.wake(&tickets).await;
        Ok(given_up)
    }

    /// As the webhook would have done.
    async fn take_in(&self, provider: PaymentProvider, said: &Notification) -> Result<(), Error> {
        let settled = self.intake.hear(provider, said.clone()).await?;
        if settled.outcome == Outcome::Granted {
            tracing::warn!(
                provider = provider.as_str(),
                charge = said.external_id,
                order = said.order_id,
                "money came, and its notification did not: the vendor has told of it when it was asked"
            );
        }
        Ok(())
    }
}
