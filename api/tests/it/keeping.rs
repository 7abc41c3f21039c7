//! A vendor of payments that keeps cards and charges them, and exists in tests alone; and a clock that tests move.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Context;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use jobs::ledger;
use kernel::clock::Clock;
use money::renewals::jobs::Renew;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::payment::{
    Call, Charge, Disbelief, Gateway, Happened, Incoming, Kept, Notification, Opened, Order,
    Receipt, Refund, Refunding, Refusal, Renewal, SERVICE, Said, Saved, Sought, Terms, Verdict,
};
use vendors::{ProviderError, ProviderErrorKind};
use world::app::Answer;
use world::{TestApp, World};

use crate::hinting::{of, set};
use crate::payments::moment;

/// How charges end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Ends {
    #[default]
    Paid,
    Refused(Option<Refusal>),
    /// The money is taken, and the answer is lost.
    Lost,
    /// Nothing is taken, and there is no answer.
    Away,
}

/// A charge that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub order: Uuid,
    pub amount: Decimal,
    pub token: String,
    pub key: String,
}

#[derive(Default)]
pub(crate) struct Keeping {
    pub ends: Mutex<Ends>,
    /// All charges that were asked for.
    pub asked: Mutex<Vec<Asked>>,
    pub forgotten: Mutex<Vec<String>>,
    /// The sum of each order, and whether its card is to be kept.
    orders: Mutex<BTreeMap<Uuid, (Decimal, bool)>>,
    /// The orders whose money was taken, each time that it was.
    taken: Mutex<Vec<Uuid>>,
    /// The orders whose charge the bank has refused.
    refused: Mutex<Vec<Uuid>>,
}

impl Keeping {
    /// The buyer pays at the page.
    pub(crate) fn is_paid(&self, order: &str) {
        let mut taken = of(&self.taken);
        taken.push(order.parse().expect("an id"));
        set(&self.taken, taken);
    }

    /// The bank refuses the charge.
    fn is_refused(&self, order: Uuid) {
        let mut refused = of(&self.refused);
        refused.push(order);
        set(&self.refused, refused);
    }

    /// A charge of the same sum as the first order that another process has asked for.
    pub(crate) fn has_charged(&self, order: Uuid, is_paid: bool) {
        let mut orders = of(&self.orders);
        let (amount, _) = orders.values().next().copied().expect("an order");
        orders.insert(order, (amount, false));
        set(&self.orders, orders);
        match is_paid {
            true => self.is_paid(&order.to_string()),
            false => self.is_refused(order),
        }
    }

    /// How often money was taken.
    pub(crate) fn takings(&self) -> usize {
        of(&self.taken).len()
    }

    fn said(&self, id: Uuid, happened: Happened) -> Notification {
        let (amount, is_kept) = of(&self.orders).get(&id).copied().unwrap_or_default();
        let saved = Saved {
            token: "a-token-of-a-card".to_owned(),
            label: "Visa •• 4242".to_owned(),
            expires_on: "2030-12-31".parse().ok(),
        };
        Notification {
            order_id: id.to_string(),
            external_id: format!("T-{id}"),
            status: format!("{happened:?}"),
            happened,
            amount,
            currency: "EUR".to_owned(),
            returned: None,
            payer: None,
            refusal: None,
            saved: Some(saved).filter(|_| is_kept && happened == Happened::Paid),
            words: Value::Null,
        }
    }
}

fn no_answer() -> ProviderError {
    ProviderError::new(SERVICE, "stripe", ProviderErrorKind::Transient, "away")
}

#[async_trait]
impl Gateway for Keeping {
    fn terms(&self) -> Terms {
        Terms {
            provider: "stripe",
            vendor: "stripe",
            currencies: &["EUR"],
            looked_up_at_once: 1,
            renewal: Renewal::BySaved,
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let mut orders = of(&self.orders);
        orders.insert(order.id, (order.amount, order.keep_for.is_some()));
        set(&self.orders, orders);
        let url = format!("https://pay.example/{}", order.id);
        Ok(Opened {
            url: url.parse().expect("an address"),
            external_id: Some(format!("T-{}", order.id)),
        })
    }

    async fn verify(&self, _: &Incoming<'_>) -> Result<(), Disbelief> {
        Ok(())
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        let body: Value = serde_json::from_slice(body).map_err(|_| "not JSON")?;
        let id = body["order"].as_str().unwrap_or_default();
        Ok(Call {
            event: None,
            kind: "push".to_owned(),
            says: Said::Changed(Sought {
                id: id.parse().map_err(|_| "no id")?,
                external_id: None,
                created_at: Utc::now(),
            }),
        })
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::text("OK")
    }

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        if matches!(of(&self.ends), Ends::Away) {
            return Err(no_answer());
        }
        let (taken, refused) = (of(&self.taken), of(&self.refused));
        let known = of(&self.orders);
        let said = |order: &Sought| {
            let id = order.id;
            let happened = if taken.contains(&id) {
                Happened::Paid
            } else if refused.contains(&id) {
                Happened::Refused
            } else if known.contains_key(&id) {
                Happened::Open
            } else {
                return None;
            };
            Some(self.said(id, happened))
        };
        Ok(orders.iter().filter_map(said).collect())
    }

    async fn charge_saved(&self, charge: &Charge) -> Result<Vec<Notification>, ProviderError> {
        let id = charge.order.id;
        let mut asked = of(&self.asked);
        asked.push(Asked {
            order: id,
            amount: charge.order.amount,
            token: charge.with.token.clone(),
            key: charge.key.clone(),
        });
        set(&self.asked, asked);
        let mut orders = of(&self.orders);
        orders.insert(id, (charge.order.amount, false));
        set(&self.orders, orders);
        let ends = of(&self.ends);
        match ends {
            Ends::Paid | Ends::Lost => self.is_paid(&id.to_string()),
            Ends::Refused(_) => self.is_refused(id),
            Ends::Away => {}
        }
        match ends {
            Ends::Paid => Ok(vec![self.said(id, Happened::Paid)]),
            Ends::Refused(refusal) => Ok(vec![Notification {
                refusal,
                ..self.said(id, Happened::Refused)
            }]),
            Ends::Lost | Ends::Away => Err(no_answer()),
        }
    }

    async fn forget_saved(&self, kept: &Kept) -> Result<(), ProviderError> {
        let mut forgotten = of(&self.forgotten);
        forgotten.push(kept.token.clone());
        set(&self.forgotten, forgotten);
        Ok(())
    }

    async fn refund(&self, _: &Refund) -> Result<Refunding, ProviderError> {
        Ok(Refunding::Done(None))
    }
}

/// An API with that vendor, whose clock a test moves.
pub(crate) struct Renewing {
    pub app: TestApp,
    pub vendor: Arc<Keeping>,
    ahead: Arc<AtomicI64>,
}

impl Renewing {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_in(World::new().await?).await
    }

    pub(crate) async fn start_in(mut world: World) -> anyhow::Result<Self> {
        let (vendor, ahead) = (Arc::new(Keeping::default()), Arc::new(AtomicI64::new(0)));
        let shown = Arc::clone(&ahead);
        world.clock =
            Clock::by(move || Utc::now() + TimeDelta::seconds(shown.load(Ordering::SeqCst)));
        let gateway = vendor.clone();
        let app = TestApp::start_with(world, |core| {
            core.providers.gateways = core.providers.gateways.clone().with(gateway);
        });
        let app = app.await?;
        // The clock is months ahead of the database's: the reconciler, which may have its tick now, would ask too early.
        app.sql("ALTER TABLE payments ALTER COLUMN ask_at DROP DEFAULT")
            .await?;
        Ok(Self { app, vendor, ahead })
    }

    /// From now on it is a second after this moment.
    pub(crate) fn is_at(&self, moment: DateTime<Utc>) {
        let ahead = (moment - Utc::now()).num_seconds() + 1;
        self.ahead.store(ahead, Ordering::SeqCst);
    }

    /// Person 7 buys a month of a plan that is to be renewed; returns the id of the payment.
    pub(crate) async fn subscribes(&self, tier: &str) -> anyhow::Result<String> {
        let body = json!({ "tier": tier, "provider": "stripe" });
        let path = "/v1/subscriptions";
        let answer = self.app.as_seven(Method::POST, path, body).await?;
        let order = answer.body["payment_id"].as_str().context("no payment")?;
        self.vendor.is_paid(order);
        let path = "/v1/webhooks/payments/stripe";
        let call = self.app.request(Method::POST, path);
        let told = call.json(&json!({ "order": order })).send().await?;
        assert_eq!(told.status(), 200);
        Ok(order.to_owned())
    }

    /// The job of renewals, at this moment.
    pub(crate) async fn renews(&self) -> anyhow::Result<()> {
        let ticket = ledger::enqueue(&mut *self.app.db().await?, &Renew {}).await?;
        self.app.core.pusher.wake(&[ticket]).await;
        self.app.drain_jobs().await
    }

    /// The subscription of person 7, with its renewal.
    pub(crate) async fn shown(&self) -> anyhow::Result<Value> {
        let path = "/v1/subscriptions";
        let all = self.app.as_seven(Method::GET, path, Value::Null).await?;
        Ok(all.body["subscriptions"][0].clone())
    }

    /// The end of what is paid for.
    pub(crate) async fn paid_until(&self) -> anyhow::Result<DateTime<Utc>> {
        Ok(moment(&self.shown().await?["renewal"]["paid_until"]))
    }

    /// A request about the subscription of person 7.
    pub(crate) async fn ask(
        &self,
        method: Method,
        what: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let shown = self.shown().await?;
        let id = shown["id"].as_str().context("no id")?;
        let path = format!("/v1/subscriptions/{id}{what}");
        self.app.as_seven(method, &path, body).await
    }

    pub(crate) async fn changes(&self, body: Value) -> anyhow::Result<Answer> {
        self.ask(Method::PUT, "", body).await
    }
}
