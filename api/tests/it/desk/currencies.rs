//! Money of none, two, three and eight decimals, from the order to the credit note. Of Telegram Stars, which have none,
//! `invoices.rs` and `payments.rs` tell.

use std::sync::Arc;

use async_trait::async_trait;
use money::books::compare;
use serde_json::json;
use vendors::ProviderError;
use vendors::payment::{
    Call, Disbelief, Gateway, Happened, Incoming, Notification, Opened, Order, Receipt, Refund,
    Refunding, Renewal, Said, Sought, Terms, Verdict,
};
use world::World;

use super::*;
use crate::invoices::{bytes_of, has, invoices};
use crate::pdf;

/// A vendor that takes money of every kind, and says what it takes in whole units.
struct Shop;

#[async_trait]
impl Gateway for Shop {
    fn terms(&self) -> Terms {
        Terms {
            provider: "comgate",
            vendor: "comgate",
            currencies: &["JPY", "HUF", "KWD", "BTC"],
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

    async fn verify(&self, _: &Incoming<'_>) -> Result<(), Disbelief> {
        Ok(())
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        let body: Value = serde_json::from_slice(body).map_err(|_| "not JSON")?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let paid = Notification {
            external_id: format!("T-{}", text("order")),
            order_id: text("order"),
            status: "PAID".to_owned(),
            happened: Happened::Paid,
            amount: text("amount").parse().map_err(|_| "no sum")?,
            currency: text("currency"),
            returned: None,
            payer: None,
            refusal: None,
            saved: None,
            words: Value::Null,
        };
        Ok(Call {
            event: None,
            kind: "paid".to_owned(),
            says: Said::Moved(Box::new(paid)),
        })
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::EMPTY
    }

    async fn look_up(&self, _: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        Ok(Vec::new())
    }

    async fn refund(&self, _: &Refund) -> Result<Refunding, ProviderError> {
        Ok(Refunding::Done(None))
    }
}

/// Prices and parts, and what documents say of them, by the exponents of ISO 4217 (list one); of Bitcoin in satoshi.
struct Sums {
    currency: &'static str,
    /// What BASIC costs, as the vendor writes it.
    price: &'static str,
    minor: i64,
    /// What goes back first, in minor units.
    part: i64,
    shown: [&'static str; 3],
}

const ALL: [Sums; 4] = [
    Sums {
        currency: "JPY",
        price: "500",
        minor: 500,
        part: 100,
        shown: ["500 JPY", "100 JPY", "400 JPY"],
    },
    Sums {
        currency: "HUF",
        price: "1234.50",
        minor: 123_450,
        part: 100,
        shown: ["1234.50 HUF", "1.00 HUF", "1233.50 HUF"],
    },
    Sums {
        currency: "KWD",
        price: "5.124",
        minor: 5_124,
        part: 1_001,
        shown: ["5.124 KWD", "1.001 KWD", "4.123 KWD"],
    },
    Sums {
        currency: "BTC",
        price: "0.00059801",
        minor: 59_801,
        part: 1,
        shown: ["0.00059801 BTC", "0.00000001 BTC", "0.00059800 BTC"],
    },
];

/// Person 7 has bought BASIC for this money; the id of the payment.
async fn bought(app: &TestApp, sums: &Sums) -> anyhow::Result<String> {
    let wanted = json!({ "tier": "BASIC", "provider": "comgate", "currency": sums.currency });
    let path = "/v1/subscriptions/purchase";
    let page = app.as_seven(Method::POST, path, wanted).await?;
    assert_eq!(page.status, 200, "{page:?}");
    let order = page.body["payment_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let paid = json!({ "order": order, "amount": sums.price, "currency": sums.currency });
    let call = app.request(Method::POST, "/v1/webhooks/payments/comgate");
    let answer = call.json(&paid).send().await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(order)
}

/// The newest document is of this sum, in minor units and as it is drawn.
async fn documents(
    app: &TestApp,
    count: usize,
    (kind, minor, shown): (&str, i64, &str),
) -> anyhow::Result<()> {
    let all = invoices(app, count).await?;
    let newest = &all[0];
    assert_eq!(
        (&newest["kind"], &newest["total"]),
        (&json!(kind), &json!(minor)),
        "{newest}"
    );
    has(&pdf::text(&bytes_of(app, &newest["id"]).await?)?, &[shown]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_of_any_decimals_is_paid_invoiced_and_given_back_to_the_last_unit()
-> anyhow::Result<()> {
    let app = TestApp::start_with(World::new().await?, |core| {
        core.providers.gateways = core.providers.gateways.clone().with(Arc::new(Shop));
    });
    let app = app.await?;
    let finance = Signed::operator(&app, "finance").await?;
    let mut count = 0;
    for sums in &ALL {
        let price = format!(
            "INSERT INTO plan_prices VALUES ('BASIC', '{}', {})",
            sums.currency, sums.price
        );
        app.sql(&price).await?;
        let order = bought(&app, sums).await?;
        let path = format!("/v1/payments/{order}");
        let shown = app.as_seven(Method::GET, &path, Value::Null).await?;
        assert_eq!(shown.body["amount"], sums.minor, "{}", sums.currency);
        let [all, part, rest] = sums.shown;
        count += 1;
        documents(&app, count, ("invoice", sums.minor, all)).await?;
        let path = format!("/v1/admin/payments/{order}/refunds");
        let steps = [
            (
                json!({ "reason": WHY, "amount": sums.part }),
                sums.part,
                part,
            ),
            (json!({ "reason": WHY }), sums.minor - sums.part, rest),
        ];
        for (wish, minor, shown) in steps {
            let taken = finance.posts(&path, wish).await?;
            assert_eq!(
                (taken.status, &taken.body["amount"]),
                (202, &json!(minor)),
                "{taken:?}"
            );
            app.drain_jobs().await?;
            count += 1;
            documents(&app, count, ("credit_note", minor, shown)).await?;
        }
        assert_eq!(app.subscription().await?["tier"], "FREE");
        for compared in compare::compare(&mut *app.db().await?).await? {
            assert_eq!(compared.difference(), 0, "{compared:?}");
        }
        let cleared = format!(
            "SELECT COALESCE(sum(minor), 0)::BIGINT AS count FROM book_postings
             WHERE account = 'clearing:comgate' AND currency = '{}'",
            sums.currency
        );
        assert_eq!(app.count(&cleared).await?, 0, "{}", sums.currency);
    }
    Ok(())
}
