//! Money when programs die: each order meets one death, between the vendor's 200 and the commit or at the commit itself.
//! Then workers run, and the rows, the books and the bank say the same.
//!
//! A hundred deaths here; `make chaos` plays a thousand (`DEATHS=1000`). The seeds are fixed: `SEED=<number>` sets others.
//! A program that dies in a call unwinds, so that nothing after the call is done; at a commit Postgres ends its session.

use std::sync::Arc;

use jobs::ledger;
use money::books::compare;
use money::payments::asking::AskVendors;
use money::payments::messages::PaymentSuccess;
use serde_json::json;
use testkit::eventually;
use world::World;
use world::chaos::Dice;

use super::mortal::{Death, Mortal};
use super::*;
use crate::payments::statuses;

/// Orders of one world.
const ORDERS: usize = 50;

/// The most times that the reconciler runs: each of its deaths ends a run.
const RUNS: usize = 60;

/// Of orders whose calls arrive, some of them twice.
const LOUD: [Death; 7] = [
    Death::BeforeInit,
    Death::AfterInit,
    Death::Keep,
    Death::Settle,
    Death::BeforeRefund,
    Death::AfterRefund,
    Death::EndRefund,
];

/// Of orders of which the bank says nothing until it is asked.
const SILENT: [Death; 8] = [
    Death::BeforeInit,
    Death::AfterInit,
    Death::BeforeLookUp,
    Death::AfterLookUp,
    Death::Settle,
    Death::BeforeRefund,
    Death::AfterRefund,
    Death::EndRefund,
];

/// Ends the session at the commit of the first row that has a sequence of this name: a number that was drawn stays drawn
/// though the transaction is rolled back. The session ends in its sleep: the signal to end it comes a moment later.
const AT_COMMITS: &str = "
    CREATE FUNCTION dies_once() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        death regclass := to_regclass(format('%I', TG_ARGV[0] || ' ' || COALESCE(to_jsonb(NEW) ->> TG_ARGV[1], '')));
    BEGIN
        IF death IS NOT NULL THEN
            IF nextval(death) = 1 THEN
                PERFORM pg_terminate_backend(pg_backend_pid());
                PERFORM pg_sleep(60);
            END IF;
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER dies_at_keep AFTER INSERT ON webhook_inbox DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dies_once('Keep', 'payment_id');
    CREATE CONSTRAINT TRIGGER dies_at_settle AFTER UPDATE OF status ON payments DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION dies_once('Settle', 'id');
    CREATE CONSTRAINT TRIGGER dies_at_refund AFTER UPDATE OF state ON refunds DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.state = 'succeeded') EXECUTE FUNCTION dies_once('EndRefund', 'payment_id')";

/// A session that the test gets may be one that has died a moment ago, as any program's may: then it does the same once more.
async fn again<T>(act: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<T> {
    for _ in 1..RUNS {
        if let Ok(done) = act().await {
            return Ok(done);
        }
    }
    act().await
}

/// A world, half of whose orders are loud.
struct Play {
    app: TestApp,
    gateway: Arc<Mortal>,
    dice: Dice,
}

impl Play {
    async fn begin(seed: u64) -> anyhow::Result<Self> {
        let mut dice = Dice::new(seed, "deaths of money");
        let mut deaths = Vec::new();
        for at in 0..ORDERS {
            deaths.push(match is_loud(at) {
                true => LOUD[dice.one_of(LOUD.len())],
                false => SILENT[dice.one_of(SILENT.len())],
            });
        }
        let world = World::new().await?;
        let mut gateway = None;
        let app = TestApp::start_with(world, |core| {
            let bank = core.providers.gateways.get("sbp_tinkoff");
            let mortal = Arc::new(Mortal::new(bank.expect("the bank is configured"), &deaths));
            core.providers.gateways = core.providers.gateways.clone().with(mortal.clone());
            gateway = Some(mortal);
        });
        let app = app.await?;
        let gateway = gateway.expect("it was put in place");
        app.sql(AT_COMMITS).await?;
        Ok(Self { app, gateway, dice })
    }

    /// Person 7 orders; of some orders the person hears nothing. Returns the bank's payments, in the orders' turn.
    async fn orders(&self) -> anyhow::Result<Vec<(Uuid, String)>> {
        for _ in 0..ORDERS {
            let body = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
            let path = "/v1/subscriptions/purchase";
            let answer = self.app.as_seven(Method::POST, path, body).await?;
            assert!([200, 500].contains(&answer.status), "{answer:?}");
        }
        for (order, (death, _)) in self.gateway.deaths() {
            if [Death::Keep, Death::Settle, Death::EndRefund].contains(&death) {
                let sequence = format!("CREATE SEQUENCE \"{death:?} {order}\"");
                self.app.sql(&sequence).await?;
            }
        }
        let mut pages = Vec::new();
        for one in self.at_bank().await? {
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            pages.push((text("order_id").parse()?, text("payment_id")));
        }
        // By the time of the order: its id begins with it.
        pages.sort();
        Ok(pages)
    }

    async fn count(&self, query: &str) -> anyhow::Result<i64> {
        again(async || self.app.count(query).await).await
    }

    async fn at_bank(&self) -> anyhow::Result<Vec<Value>> {
        let url = self.app.world.outside("/control/bank");
        let bank: Value = self.app.world.http.get(url).send().await?.json().await?;
        Ok(bank["payments"].as_array().cloned().unwrap_or_default())
    }

    /// All pages are paid at, also those whose address was lost: the loud ones first.
    async fn pay(&self, pages: &[(Uuid, String)]) -> anyhow::Result<()> {
        let deaths = self.gateway.deaths();
        let tells_of = |order: &Uuid| {
            let at = deaths.keys().position(|one| one == order);
            at.is_some_and(is_loud)
        };
        let twice = json!({ "webhook": { "methods": { "tinkoff": { "duplicate_rate": 0.5 } } } });
        self.app.world.faults(twice).await?;
        let (loud, silent): (Vec<_>, Vec<_>) = pages.iter().partition(|(order, _)| tells_of(order));
        for (_, page) in &loud {
            self.app.at_the_bank(page, "pay").await?;
        }
        let kept = "SELECT count(DISTINCT payment_id) AS count FROM webhook_inbox";
        let expected = i64::try_from(loud.len())?;
        eventually(async || Ok((self.count(kept).await? == expected).then_some(()))).await?;
        let lost = json!({ "webhook": { "methods": { "tinkoff": { "down": true } } } });
        self.app.world.faults(lost).await?;
        for (_, page) in &silent {
            self.app.at_the_bank(page, "pay").await?;
        }
        Ok(())
    }

    /// Waits until no job of money is left, without waiting for delays.
    async fn rests(&self) -> anyhow::Result<()> {
        let live = "SELECT count(*) AS count FROM jobs
            WHERE kind LIKE 'money.%' AND state IN ('queued', 'running')";
        eventually(async || {
            again(async || self.app.hurry().await).await?;
            Ok((self.count(live).await? == 0).then_some(()))
        })
        .await
    }

    /// The reconciler runs until all that was paid is known.
    async fn asks(&self, paid: i64) -> anyhow::Result<()> {
        for _ in 0..RUNS {
            self.rests().await?;
            if again(async || statuses(&self.app, "succeeded").await).await? == paid {
                return Ok(());
            }
            let due = "UPDATE payments SET ask_at = now() WHERE status = 'pending'";
            again(async || self.app.sql(due).await).await?;
            let ticket = again(async || {
                let conn = &mut *self.app.db().await?;
                Ok(ledger::enqueue(conn, &AskVendors {}).await?)
            });
            self.app.core.pusher.wake(&[ticket.await?]).await;
        }
        anyhow::bail!("{RUNS} runs of the reconciler have not found all money")
    }

    /// An operator gives each payment back, as a whole or in part.
    async fn gives_back(&mut self, pages: &[(Uuid, String)]) -> anyhow::Result<()> {
        let finance = again(async || Signed::operator(&self.app, "finance").await).await?;
        for (order, _) in pages {
            let wish = match self.dice.one_of(2) {
                0 => json!({ "reason": WHY }),
                _ => json!({ "reason": WHY, "amount": 10_000 }),
            };
            let path = format!("/v1/admin/payments/{order}/refunds");
            // A session that has died may be the next one of the pool: nothing was done then.
            let mut taken = finance.posts(&path, wish.clone()).await?;
            for _ in 0..RUNS {
                if taken.refusal() == (503, "E901") {
                    taken = finance.posts(&path, wish.clone()).await?;
                }
            }
            assert_eq!(taken.status, 202, "{taken:?}");
        }
        let open = "SELECT count(*) AS count FROM refunds WHERE state IN ('requested', 'underway')";
        eventually(async || {
            self.rests().await?;
            Ok((self.count(open).await? == 0).then_some(()))
        })
        .await
    }

    /// Every order has met its death.
    async fn all_have_died(&self) -> anyhow::Result<()> {
        for (order, (death, in_call)) in self.gateway.deaths() {
            let drawn = format!(
                "SELECT count(*) AS count FROM pg_sequences
                 WHERE sequencename = '{death:?} {order}' AND last_value IS NOT NULL"
            );
            let has_died = in_call || self.count(&drawn).await? == 1;
            assert!(has_died, "{order} has not met {death:?}");
        }
        Ok(())
    }

    /// Rows, books and bank say the same of every order.
    async fn agrees(&self) -> anyhow::Result<()> {
        let (mut kopecks, mut paid) = (0, 0);
        for one in self.at_bank().await? {
            let (amount, gone) = (one["amount"].as_i64(), one["refunded"].as_i64());
            let (amount, gone) = (amount.unwrap_or_default(), gone.unwrap_or_default());
            let status = if gone == amount {
                "refunded"
            } else {
                "succeeded"
            };
            let row = format!(
                "SELECT count(*) AS count FROM payments JOIN refunds ON refunds.payment_id = payments.id
                 WHERE payments.id = '{}' AND payments.status = '{status}'
                   AND payments.external_id = '{}' AND payments.returned * 100 = {gone}
                   AND refunds.state = 'succeeded' AND refunds.amount * 100 = {gone}",
                one["order_id"].as_str().unwrap_or_default(),
                one["payment_id"].as_str().unwrap_or_default()
            );
            assert_eq!(self.count(&row).await?, 1, "{one}");
            kopecks += amount - gone;
            paid += 1;
        }
        for (query, expected) in [
            ("SELECT count(*) AS count FROM payments WHERE status IN ('succeeded', 'refunded')".to_owned(), paid),
            ("SELECT count(*) AS count FROM book_entries WHERE kind = 'paid'".to_owned(), paid),
            (format!("SELECT count(*) AS count FROM jobs WHERE kind = '{}'", <PaymentSuccess as jobs::Job>::KIND), paid),
            ("SELECT COALESCE(sum(minor), 0)::BIGINT AS count FROM book_postings".to_owned(), 0),
            ("SELECT COALESCE(sum(minor), 0)::BIGINT AS count FROM book_postings WHERE account = 'clearing:sbp_tinkoff'".to_owned(), kopecks),
        ] {
            assert_eq!(self.count(&query).await?, expected, "{query}");
        }
        let compared = again(async || Ok(compare::compare(&mut *self.app.db().await?).await?));
        for compared in compared.await? {
            assert_eq!(compared.difference(), 0, "{compared:?}");
        }
        Ok(())
    }
}

/// Whether the bank tells of this order.
fn is_loud(at: usize) -> bool {
    at % 2 == 1
}

async fn play(seed: u64) -> anyhow::Result<()> {
    println!("SEED={seed}");
    let mut play = Play::begin(seed).await?;
    let _worker = play.app.worker()?;
    let pages = play.orders().await?;
    play.pay(&pages).await?;
    play.asks(i64::try_from(pages.len())?).await?;
    play.app.world.no_faults().await?;
    play.gives_back(&pages).await?;
    play.rests().await?;
    play.all_have_died().await?;
    play.agrees().await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_death_rows_books_and_bank_agree() -> anyhow::Result<()> {
    let number = |name: &str, usual: usize| {
        let given = std::env::var(name).ok().filter(|given| !given.is_empty());
        given.map_or(Ok(usual), |given| given.parse())
    };
    let (deaths, first) = (number("DEATHS", 100)?, number("SEED", 1)?);
    for seed in 0..deaths.div_ceil(ORDERS) {
        play(u64::try_from(first + seed)?).await?;
    }
    Ok(())
}
