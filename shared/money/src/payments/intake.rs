//! Taking in what vendors say, for all programs: a call of the inbox, and the answer of a vendor that was asked.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::push::Pusher;
use kernel::Error;
use kernel::db::Pool;
use kernel::telemetry::alarm;
use uuid::Uuid;

use super::inbox::{self, Waiting};
use super::model::{Event, Happened, Payment, PaymentProvider};
use super::settle::{self, Settled};
use super::{asking, queries, rules};
use crate::invoices::config::Terms;
use crate::metrics;
use crate::renewals::customers::Customer;
use crate::renewals::{self, elsewhere, methods};
use crate::subscriptions;
use people::factors::vault::Vault;
use vendors::payment::{Gateway, Gateways, Money, Notification, Said, Saved, Sought, Verdict};

/// How often a call is worked that comes again each time meanwhile, before it waits for the next attempt of its job.
const TURNS: usize = 5;

/// What taking in needs.
#[derive(Clone, Copy)]
pub struct Intake<'a> {
    pub db: &'a Pool,
    pub pusher: &'a Pusher,
    /// Of invoices.
    pub terms: &'a Terms,
    /// Seals what vendors keep to be charged again.
    pub vault: &'a Vault,
    pub now: DateTime<Utc>,
}

impl Intake<'_> {
    /// Takes an event in: all that follows from it is committed when this returns.
    ///
    /// # Errors
    /// Those of the database: nothing of it is.
    pub async fn take_in(&self, event: &Event) -> Result<Settled, Error> {
        let mut conn = self.db.get().await?;
        let settled = conn
            .transaction(async |conn| settle::settle(conn, event, self.terms, self.now).await)
            .await?;
        drop(conn);
        self.told(event, &settled).await;
        Ok(settled)
    }

    /// Takes in what a vendor says; and keeps what the vendor has kept.
    ///
    /// # Errors
    /// Those of the database: nothing of it is committed.
    pub async fn hear(
        &self,
        provider: PaymentProvider,
        said: Notification,
    ) -> Result<Settled, Error> {
        let saved = said.saved.clone();
        let event = Event::of(provider, said);
        let Some(saved) = saved else {
            return self.take_in(&event).await;
        };
        let mut conn = self.db.get().await?;
        let settled = conn
            .transaction(async |conn| {
                self.keep(conn, &event, &saved).await?;
                settle::settle(conn, &event, self.terms, self.now).await
            })
            .await?;
        drop(conn);
        self.told(&event, &settled).await;
        Ok(settled)
    }

    /// Keeps what a vendor has kept with an order of ours.
    async fn keep(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Event,
        saved: &Saved,
    ) -> QueryResult<()> {
        let Ok(id) = event.order_id.parse() else {
            return Ok(());
        };
        let order = queries::find(conn, id).await?;
        let order = order.filter(|order| order.provider == event.provider);
        let Some((order, person)) = order.and_then(|one| one.user_id.map(|id| (one, id))) else {
            return Ok(());
        };
        // In the order of all that has to do with money.
        subscriptions::queries::lock(conn, person).await?;
        // Vendors say it again whenever they are asked; by then the person may have removed it.
        let is_first = order.charge.is_none() && order.repeats.is_none();
        let renewal = renewals::queries::find(conn, person).await?;
        if !is_first || renewal.is_some_and(|one| one.order_id >= order.id) {
            return Ok(());
        }
        methods::keep(conn, &order, saved, self.vault, self.now).await
    }

    /// After the commit.
    async fn told(&self, event: &Event, settled: &Settled) {
        settled.report(event);
        self.pusher.wake(&settled.tickets).await;
    }

    /// Judges whether a vendor may take this money.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn may_pay(
        &self,
        provider: PaymentProvider,
        money: &Money,
    ) -> Result<Verdict, Error> {
        let payment = match money.order_id.parse() {
            Ok(id) => queries::find(&mut *self.db.get().await?, id).await?,
            Err(_) => None,
        };
        Ok(rules::may_pay(payment.as_ref(), provider, money))
    }

    /// Asks the vendor about a payment that waits for its money, unless it was asked a moment ago. Returns whether it was
    /// asked: what it said is taken in.
    ///
    /// # Errors
    /// Those of the database and of the vendor.
    pub async fn ask(&self, gateways: &Gateways, payment: &Payment) -> Result<bool, Error> {
        let gateway = gateways.get(payment.provider.as_str())?;
        let turn = asking::take_turn(&mut *self.db.get().await?, payment.id, self.now).await?;
        if !turn {
            return Ok(false);
        }
        let id = payment.id.to_string();
        let said = gateway.look_up(&[payment.sought()]).await?;
        let moved = |one: &Notification| one.order_id == id && one.happened != Happened::Open;
        for one in said.into_iter().filter(moved) {
            self.hear(payment.provider, one).await?;
        }
        Ok(true)
    }

    /// Works a call of the inbox, unless it is done. One that cannot be read waits for an operator, which is no error.
    ///
    /// # Errors
    /// Those of the database and of the vendor: it is to be worked again.
    pub async fn work(&self, gateways: &Gateways, id: Uuid) -> Result<(), Error> {
        for _ in 0..TURNS {
            let waiting = inbox::waiting(&mut *self.db.get().await?, id).await?;
            let Some(waiting) = waiting else {
                return Ok(());
            };
            let worked = self.work_out(gateways, &waiting).await;
            if let Err(why) = &worked {
                let why = why.to_string();
                inbox::stumbled(&mut *self.db.get().await?, id, &why, false).await?;
            }
            if worked? {
                return Ok(());
            }
        }
        Err(Error::Unavailable {
            code: vendors::codes::PAYMENT_PROVIDER_ERROR,
            source: "the call comes again and again while it is worked".into(),
        })
    }

    /// Returns whether it is done with: not if it came again meanwhile, for then it may tell of something new.
    async fn work_out(&self, gateways: &Gateways, waiting: &Waiting) -> Result<bool, Error> {
        let provider = waiting.provider.as_str();
        let gateway = gateways.get(provider)?;
        let says = match gateway.read(&waiting.endpoint, &waiting.body) {
            Ok(call) => call.says,
            Err(why) => {
                inbox::stumbled(&mut *self.db.get().await?, waiting.id, why, true).await?;
                metrics::webhook(provider, "unreadable");
                let fault = Error::internal(format!("webhook {} of {provider}: {why}", waiting.id));
                alarm(
                    &fault,
                    "a vendor's call is kept, but cannot be read: see `symancy payments inbox`",
                );
                return Ok(true);
            }
        };
        let heard = self.heard(&*gateway, waiting.provider, says).await?;
        // Each in a transaction of its own: events of several persons lock them in any order.
        for one in heard {
            self.hear(waiting.provider, one).await?;
        }
        let worked = inbox::done(&mut *self.db.get().await?, waiting).await?;
        if let Some(seconds) = worked.seconds.filter(|_| worked.is_done) {
            metrics::webhook_worked(provider, seconds);
        }
        Ok(worked.is_done)
    }

    /// What happened: as the call says it, or as the vendor answers where it does not.
    async fn heard(
        &self,
        gateway: &dyn Gateway,
        provider: PaymentProvider,
        says: Said,
    ) -> Result<Vec<Notification>, Error> {
        match says {
            Said::Moved(one) => Ok(vec![*one]),
            Said::Changed(order) => {
                let Some(order) = self.as_ordered(provider, order).await? else {
                    return Ok(Vec::new());
                };
                let mut heard = gateway.look_up(&[order]).await?;
                heard.retain(|one| one.happened != Happened::Open);
                Ok(heard)
            }
            Said::Keeps(number) => {
                self.follow(gateway, provider, &number).await?;
                Ok(Vec::new())
            }
            Said::MayPay(_) | Said::Nothing => Ok(Vec::new()),
        }
    }

    /// Brings what we keep of a customer to what the vendor keeps.
    async fn follow(
        &self,
        gateway: &dyn Gateway,
        provider: PaymentProvider,
        number: &str,
    ) -> Result<(), Error> {
        let Some(elements) = gateway.elements() else {
            return Ok(());
        };
        let customer = Customer { provider, number };
        elsewhere::follow(self.db, customer, (elements, self.vault), self.now).await
    }

    /// With what only our row of the order says; `None`: the order is not ours. Which order it is, some calls do not say:
    /// the answer does.
    async fn as_ordered(
        &self,
        provider: PaymentProvider,
        order: Sought,
    ) -> Result<Option<Sought>, Error> {
        if order.id.is_nil() {
            return Ok(Some(order));
        }
        let known = queries::find(&mut *self.db.get().await?, order.id).await?;
        let known = known.filter(|payment| payment.provider == provider);
        Ok(known.map(|payment| Sought {
            external_id: order.external_id.or(payment.external_id),
            created_at: payment.created_at,
            ..order
        }))
    }
}
