//! A vendor of payments that exists in tests alone.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::Utc;
use serde_json::Value;
use tokio::sync::Semaphore;
use vendors::payment::{
    Call, Disbelief, Gateway, Happened, Incoming, Money, Notification, Opened, Order, Receipt,
    Refund, Refunding, Renewal, SERVICE, Said, Sought, Terms, Verdict,
};
use vendors::{ProviderError, ProviderErrorKind};
use world::{TestApp, World};

/// A vendor whose calls say only that something changed, or ask whether money may be taken. Its calls are believed with
/// the header `x-proof: good`.
#[derive(Default)]
pub(crate) struct Hinting {
    /// Whether it can be asked.
    pub is_away: Mutex<bool>,
    /// The sum that it has for each order.
    pub paid: Mutex<Option<i64>>,
    /// Whether its new form can be read.
    pub is_mended: Mutex<bool>,
    pub asked: Mutex<Vec<Sought>>,
    /// Its answers wait for a permit of this.
    pub held: Mutex<Option<Arc<Semaphore>>>,
}

pub(crate) fn of<T: Clone>(value: &Mutex<T>) -> T {
    let value = value.lock();
    value.unwrap_or_else(PoisonError::into_inner).clone()
}

pub(crate) fn set<T>(value: &Mutex<T>, to: T) {
    *value.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

#[async_trait]
impl Gateway for Hinting {
    fn terms(&self) -> Terms {
        Terms {
            provider: "comgate",
            vendor: "comgate",
            currencies: &["EUR"],
            looked_up_at_once: 1,
            renewal: Renewal::Never,
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let url = format!("https://pay.example/{}", order.id);
        Ok(Opened {
            url: url.parse().expect("an address"),
            external_id: Some(format!("T-{}", order.id)),
        })
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        match call.header("x-proof") {
            Some("good") => Ok(()),
            Some("later") => Err(Disbelief::Unproven),
            _ => Err(Disbelief::Forged),
        }
    }

    fn read(&self, endpoint: &str, body: &[u8]) -> Result<Call, &'static str> {
        let body: Value = serde_json::from_slice(body).map_err(|_| "not JSON")?;
        if body["new"] == true && !of(&self.is_mended) {
            return Err("an unknown form");
        }
        let id = body["order"].as_str().unwrap_or_default().to_owned();
        let says = match endpoint {
            "check" => Said::MayPay(Money {
                order_id: id,
                amount: body["cents"].as_i64().map_or_else(Default::default, euros),
                currency: "EUR".to_owned(),
            }),
            "" if !id.is_empty() => Said::Changed(Sought {
                id: id.parse().map_err(|_| "no id")?,
                external_id: None,
                created_at: Utc::now(),
            }),
            _ => Said::Nothing,
        };
        Ok(Call {
            event: body["event"].as_str().map(str::to_owned),
            kind: "push".to_owned(),
            says,
        })
    }

    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        let body = String::from_utf8_lossy(body);
        body.replace("the shop's secret", "...").into_bytes()
    }

    fn answer(&self, verdict: Verdict) -> Receipt {
        Receipt::text(match verdict {
            Verdict::Taken => "OK",
            Verdict::NoOrder => "no order",
            Verdict::WrongSum => "wrong sum",
        })
    }

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        set(&self.asked, orders.to_vec());
        if of(&self.is_away) {
            let kind = ProviderErrorKind::Transient;
            return Err(ProviderError::new(SERVICE, "comgate", kind, "away"));
        }
        let cents = of(&self.paid);
        if let Some(held) = of(&self.held) {
            let _permit = held.acquire().await.expect("it stays open");
        }
        let happened = cents.map_or(Happened::Open, |_| Happened::Paid);
        let said = |order: &Sought| Notification {
            order_id: order.id.to_string(),
            external_id: format!("T-{}", order.id),
            status: "PAID".to_owned(),
            happened,
            amount: euros(cents.unwrap_or_default()),
            currency: "EUR".to_owned(),
            returned: None,
            payer: None,
            refusal: None,
            saved: None,
            words: Value::Null,
        };
        Ok(orders.iter().map(said).collect())
    }

    async fn refund(&self, _: &Refund) -> Result<Refunding, ProviderError> {
        Ok(Refunding::Done(None))
    }
}

fn euros(cents: i64) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(cents, 2)
}

pub(crate) async fn hinting() -> anyhow::Result<(TestApp, Arc<Hinting>)> {
    let vendor = Arc::new(Hinting::default());
    let gateway = vendor.clone();
    let app = TestApp::start_with(World::new().await?, |core| {
        core.providers.gateways = core.providers.gateways.clone().with(gateway);
    });
    Ok((app.await?, vendor))
}
