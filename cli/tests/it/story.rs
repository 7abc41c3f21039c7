//! `symancy money story`: a year of a subscription, charge by charge, played at the sandbox's Stripe with a clock that is
//! moved. `cargo test -p cli --test it story -- --nocapture` prints it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use jobs::{Job, ledger};
use kernel::clock::Clock;
use money::books::jobs::KeepBooks;
use money::renewals::jobs::Renew;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::{TestApp, World};

use crate::stage::type_in_group;

/// An API whose clock a test moves.
struct Year {
    app: TestApp,
    ahead: Arc<AtomicI64>,
}

impl Year {
    async fn start() -> anyhow::Result<Self> {
        let ahead = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&ahead);
        let mut world = World::new().await?;
        world.clock =
            Clock::by(move || Utc::now() + TimeDelta::seconds(shown.load(Ordering::SeqCst)));
        let app = TestApp::start_in(world).await?;
        // The clock is months ahead of the database's: the reconciler, which may have its tick now, would ask too early.
        app.sql("ALTER TABLE payments ALTER COLUMN ask_at DROP DEFAULT")
            .await?;
        app.hears_stripe().await?;
        Ok(Self { app, ahead })
    }

    fn is_at(&self, moment: DateTime<Utc>) {
        let ahead = (moment - Utc::now()).num_seconds() + 1;
        self.ahead.store(ahead, Ordering::SeqCst);
    }

    async fn runs<J: Job>(&self, job: J) -> anyhow::Result<()> {
        let ticket = ledger::enqueue(&mut *self.app.db().await?, &job).await?;
        self.app.core.pusher.wake(&[ticket]).await;
        self.app.drain_jobs().await
    }

    async fn shown(&self) -> anyhow::Result<Value> {
        let path = "/v1/subscriptions";
        let all = self.app.as_seven(Method::GET, path, Value::Null).await?;
        Ok(all.body["subscriptions"][0].clone())
    }

    /// The end of what is paid for.
    async fn paid_until(&self) -> anyhow::Result<DateTime<Utc>> {
        let until = self.shown().await?["renewal"]["paid_until"].clone();
        Ok(until.as_str().context("no renewal")?.parse()?)
    }

    /// Nothing is charged any more.
    async fn cancels(&self) -> anyhow::Result<()> {
        let id = self.shown().await?["id"].clone();
        let path = format!("/v1/subscriptions/{}", id.as_str().context("no id")?);
        let gone = self
            .app
            .as_seven(Method::DELETE, &path, Value::Null)
            .await?;
        anyhow::ensure!(gone.status == 200, "{gone:?}");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_a_subscription_is_told_charge_by_charge_and_its_books_are_even()
-> anyhow::Result<()> {
    let year = Year::start().await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR", "renew": true });
    let begun = year.app.begins_form(&order, "").await?;
    let card = ("payment_method", "pm_card_visa");
    year.app.sends_form(&begun.body, &[card]).await?;
    eventually(async || {
        let now = year.app.subscription().await?;
        Ok((now["tier"] == "BASIC").then_some(()))
    })
    .await?;
    for _ in 1..12 {
        year.is_at(year.paid_until().await? - TimeDelta::hours(1));
        year.runs(Renew {}).await?;
    }
    let end = year.paid_until().await?;
    year.cancels().await?;
    year.is_at(end + TimeDelta::hours(1));
    year.runs(KeepBooks {}).await?;
    let person = year.app.user_id(7).await?;
    let told = type_in_group(&year.app.world, "money", &format!("story {person}")).await?;
    println!("{}", told.out);
    let lines = type_in_group(&year.app.world, "money", &format!("story {person} --json")).await?;
    let lines = lines.json()?;
    let of = |what: &str| lines.iter().filter(|one| one["what"] == what).count();
    assert_eq!((of("payment"), of("invoice")), (12, 12), "{}", told.out);
    let last = |account: &str| {
        let last = lines.iter().rfind(|one| one["about"] == account);
        last.and_then(|one| one["balance"].as_i64())
    };
    // Twelve months of 2.99 EUR came, and are earned to the last cent.
    assert_eq!(last("clearing:stripe"), Some(12 * 299), "{}", told.out);
    assert_eq!(last("deferred"), Some(0), "{}", told.out);
    assert_eq!(last("revenue"), Some(-12 * 299), "{}", told.out);
    let unknown = "story 00000000-0000-0000-0000-000000000000";
    let none = type_in_group(&year.app.world, "money", unknown).await?;
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.err.contains("has ordered nothing"), "{none:?}");
    Ok(())
}
