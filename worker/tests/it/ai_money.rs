//! The money of AI: what is reserved, settled and summed up, when everything goes wrong at once.

use std::time::Duration;

use ai::jobs::SettleCalls;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jobs::{ledger, operate};
use product::JOBS;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use testkit::eventually;
use testkit::pictures::drawn_cup;
use testkit::vendor::{Act, ScriptedVendor};
use uuid::Uuid;
use world::app::{photo_form, words_form};
use world::{TestApp, World};

use crate::ai_route::{BOTH, MODELS, routes};
use crate::worker;

async fn app_with(vendor: &ScriptedVendor, settings: &[(&str, &str)]) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    // Two models of one vendor, so that there is a fallback.
    world.models(&format!("{}{MODELS}", routes(BOTH)))?;
    world.set("OPENROUTER_BASE_URL", &vendor.url);
    world.set("WORKER_LEASE_MS", 1_000);
    world.set("AI_CALL_SECONDS", 1);
    for (name, value) in settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

/// A random act of a vendor. It charges less than is reserved for any call.
fn something(dice: &mut StdRng) -> Act {
    let cost = dice.random_range(1..3_000);
    match dice.random_range(0..16) {
        0..=5 => Act::Answer { cost },
        6 => Act::Silent { cost },
        7 => Act::WrongForm { cost },
        8 => Act::Half { cost },
        9 => Act::Refuse { cost },
        10 => Act::Cut { cost },
        11 => Act::Hang { cost },
        12 => Act::Garbage { cost },
        13 => Act::ErrorInside { code: 502 },
        14 => Act::Status {
            status: 503,
            after: None,
        },
        _ => Act::Status {
            status: 429,
            after: Some(1),
        },
    }
}

#[derive(Debug, QueryableByName)]
struct OfReading {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    of_reading: i64,
    #[diesel(sql_type = BigInt)]
    of_calls: i64,
}

#[derive(Debug, PartialEq, QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    deployment: i64,
    #[diesel(sql_type = BigInt)]
    people: i64,
    #[diesel(sql_type = BigInt)]
    reserved: i64,
}

const SUMS: &str = "SELECT
    (SELECT COALESCE(sum(cost_micro_usd), 0)::BIGINT FROM paid_calls) AS calls,
    (SELECT count(*) FROM paid_calls WHERE state = 'intent') AS open,
    (SELECT COALESCE(sum(spent_micro_usd), 0)::BIGINT FROM ai_budgets WHERE scope = 'all') AS deployment,
    (SELECT COALESCE(sum(spent_micro_usd), 0)::BIGINT FROM ai_budgets WHERE scope <> 'all') AS people,
    (SELECT COALESCE(sum(reserved_micro_usd), 0)::BIGINT FROM ai_budgets) AS reserved";

/// What each reading costs is what its calls cost; so is what the deployment and all people spent; and
/// nothing is reserved for calls that are over.
async fn assert_the_books_are_right(app: &TestApp) -> anyhow::Result<i64> {
    let sums: Sums = diesel::sql_query(SUMS)
        .get_result(&mut app.db().await?)
        .await?;
    let right = Sums {
        open: 0,
        deployment: sums.calls,
        people: sums.calls,
        reserved: 0,
        calls: sums.calls,
    };
    assert_eq!(sums, right);
    let of_readings: Vec<OfReading> = diesel::sql_query(
        "SELECT a.id, (COALESCE(a.cost_usd, 0) * 1000000)::BIGINT AS of_reading,
             COALESCE((SELECT sum(cost_micro_usd) FROM paid_calls WHERE subject_kind = 'analysis' AND subject_id = a.id), 0)::BIGINT
                 AS of_calls
         FROM analysis_history a",
    )
    .get_results(&mut app.db().await?)
    .await?;
    for OfReading {
        id,
        of_reading,
        of_calls,
    } in &of_readings
    {
        assert_eq!(of_reading, of_calls, "{id}");
    }
    let all: i64 = of_readings.iter().map(|one| one.of_reading).sum();
    assert_eq!(all, sums.calls, "the sum over readings is the sum of calls");
    Ok(sums.calls)
}

/// Sends ended jobs nowhere and brings waiting ones forward, until every reading has ended.
async fn all_end(app: &TestApp) -> anyhow::Result<()> {
    let under_way = "SELECT count(*) AS count FROM analysis_history
                     WHERE status IN ('pending', 'processing')";
    eventually(async || {
        app.hurry().await?;
        Ok((app.count(under_way).await? == 0).then_some(()))
    })
    .await
}

/// Runs the chore that settles calls left open by a cancellation or a killed worker.
async fn settle(app: &TestApp) -> anyhow::Result<()> {
    app.sql(
        "UPDATE paid_calls SET began_at = began_at - interval '16 minutes' WHERE state = 'intent'",
    )
    .await?;
    let ticket = ledger::enqueue(&mut *app.db().await?, &SettleCalls::default()).await?;
    app.core.pusher.wake(&[ticket]).await;
    eventually(async || {
        let open = "SELECT count(*) AS count FROM paid_calls WHERE state = 'intent'";
        Ok((app.count(open).await? == 0).then_some(()))
    })
    .await
}

/// The property, for one seed: readings of two people while the vendor does anything, workers are
/// killed, jobs are cancelled and readings are deleted at random.
async fn the_books_are_right_after(seed: u64) -> anyhow::Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    let script: Vec<Act> = (0..120).map(|_| something(&mut dice)).collect();
    let vendor = ScriptedVendor::start(script).await?;
    let app = app_with(&vendor, &[]).await?;
    let mut running = worker(&app.world)?;
    for at in 0..12 {
        let form = match dice.random_range(0..3) {
            0 => words_form("a bird"),
            _ => photo_form(drawn_cup(at % 5)),
        };
        let id = app.post_as_service(form).await?.id()?;
        if dice.random_range(0..4) == 0 {
            running.kill().await?;
            running = worker(&app.world)?;
        }
        if dice.random_range(0..5) == 0 {
            let any = "state IN ('queued', 'running') AND kind LIKE 'analyses.%'";
            if let Some(job) = app.job_where(any).await? {
                operate::cancel(&mut *app.db().await?, &JOBS, job).await?;
            }
        }
        // The next comes at once, or when this one has begun.
        if dice.random_range(0..2) == 0 {
            let begun = format!(
                "SELECT count(*) AS count FROM analysis_history
                 WHERE id = '{id}' AND status <> 'pending'"
            );
            eventually(async || Ok((app.count(&begun).await? == 1).then_some(()))).await?;
        }
    }
    all_end(&app).await?;
    settle(&app).await?;
    let accounted = assert_the_books_are_right(&app).await?;

    // Never less than the vendor charges: a call of unknown cost is settled at its reservation.
    let received = vendor.calls();
    let charged: i64 = received
        .iter()
        .map(|call| i64::from(call.act.charged()))
        .sum();
    assert!(
        accounted >= charged,
        "{accounted} accounted, {charged} charged"
    );
    // Costs that the vendor reported, and the worker received, are in the journal.
    #[derive(QueryableByName)]
    struct Cost {
        #[diesel(sql_type = BigInt)]
        cost: i64,
        #[diesel(sql_type = Nullable<Text>)]
        source: Option<String>,
    }
    let calls: Vec<Cost> = diesel::sql_query(
        "SELECT cost_micro_usd AS cost, cost_source::TEXT AS source FROM paid_calls",
    )
    .get_results(&mut app.db().await?)
    .await?;
    let mut charges: Vec<i64> = received
        .iter()
        .map(|call| i64::from(call.act.charged()))
        .collect();
    for call in calls {
        match call.source.as_deref() {
            Some("reported") => {
                let at = charges.iter().position(|charge| *charge == call.cost);
                charges.swap_remove(at.expect("a cost that the vendor reported"));
            }
            Some("reserved") => assert!(call.cost > 3_000, "the whole reservation"),
            Some("free") => assert_eq!(call.cost, 0),
            other => panic!("{other:?}"),
        }
    }
    running.kill().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_readings_cost_is_what_their_calls_cost_whatever_happens() -> anyhow::Result<()> {
    for seed in [1, 2, 3] {
        println!("seed {seed}");
        the_books_are_right_after(seed).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_of_the_day_stops_new_calls_and_gives_the_unit_back() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([]).await?;
    // Enough for one call at a time (a reservation of about 10,000), and not for a second reading.
    let app = app_with(&vendor, &[("AI_DAILY_BUDGET_USD", "0.02")]).await?;
    app.sql("UPDATE plan_limits SET day_limit = 5 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let worker = app.worker()?;
    vendor.then([Act::Answer { cost: 15_000 }]);
    let first = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&first).await?["status"], "completed");
    let second = app.post_as_service(words_form("a tree")).await?.id()?;
    assert_eq!(app.ended(&second).await?["error"]["code"], "E506");
    let used = "SELECT day_used AS count FROM meters";
    assert_eq!(
        app.count(used).await?,
        1,
        "the unit of the second is given back"
    );
    assert_eq!(vendor.calls().len(), 1);
    assert_the_books_are_right(&app).await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_of_one_person_does_not_stop_another() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([Act::Answer { cost: 15_000 }]).await?;
    let app = app_with(&vendor, &[("AI_DAILY_BUDGET_USD_PER_USER", "0.02")]).await?;
    let worker = app.worker()?;
    let [ann, bob] = [
        app.world.chat(7).init_data().await?,
        app.world.chat(8).init_data().await?,
    ];
    for (person, code) in [(&ann, None), (&ann, Some("E506")), (&bob, None)] {
        let id = app
            .post_as_person(person, words_form("a bird"))
            .await?
            .id()?;
        let ended = app.ended(&id).await?;
        assert_eq!(ended["error"]["code"].as_str(), code, "{ended}");
    }
    assert_the_books_are_right(&app).await?;
    worker.stop().await;
    Ok(())
}

/// Twenty at once, and money for three: it is never promised twice.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_begin_at_once_do_not_spend_the_same_money() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([]).await?;
    let reserved = {
        let app = app_with(&vendor, &[]).await?;
        let worker = app.worker()?;
        let person = app.world.chat(999).init_data().await?;
        let id = app
            .post_as_person(&person, words_form("a bird"))
            .await?
            .id()?;
        app.ended(&id).await?;
        worker.stop().await;
        app.count("SELECT reserved_micro_usd AS count FROM paid_calls")
            .await?
    };
    vendor.then(vec![
        Act::Slow {
            cost: 1,
            after: Duration::from_millis(900)
        };
        20
    ]);
    let budget = format!("{:.6}", (reserved * 3) as f64 / 1e6 + 0.000_001);
    let app = app_with(
        &vendor,
        &[
            ("AI_DAILY_BUDGET_USD", &budget),
            ("ANALYSES_RUNNING_PER_USER", "20"),
        ],
    )
    .await?;
    let before = vendor.calls().len();
    // Twenty people, so that each asks for a reading: a second one of theirs would be a question, which
    // reserves less.
    for person in 0..20 {
        let person = app.world.chat(1_000 + person).init_data().await?;
        app.post_as_person(&person, words_form("a bird"))
            .await?
            .id()?;
    }
    let worker = app.worker()?;
    let most = "SELECT COALESCE(max(spent_micro_usd + reserved_micro_usd), 0)::BIGINT AS count
                FROM ai_budgets";
    let under_way = "SELECT count(*) AS count FROM analysis_history WHERE status <> 'completed'";
    // The others wait while what is left is reserved; then all have their turn.
    eventually(async || {
        app.hurry().await?;
        assert!(app.count(most).await? <= reserved * 3 + 1);
        Ok((app.count(under_way).await? == 0).then_some(()))
    })
    .await?;
    assert!(vendor.calls().len() > before);
    assert_the_books_are_right(&app).await?;
    worker.stop().await;
    Ok(())
}

/// The worker dies with a call under way, and an operator ends the job before another takes it up.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_job_that_ended_is_settled_once_at_its_reservation() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([Act::Hang { cost: 5 }]).await?;
    let app = app_with(&vendor, &[("AI_CALL_SECONDS", "60")]).await?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    let killed = worker(&app.world)?;
    eventually(async || Ok((!vendor.calls().is_empty()).then_some(()))).await?;
    let job = app.job_where("state = 'running'").await?.expect("a job");
    killed.kill().await?;
    operate::cancel(&mut *app.db().await?, &JOBS, job).await?;
    let _other = worker(&app.world)?;
    assert_eq!(app.ended(&id).await?["error"]["code"], "E905");
    let reserved = app
        .count("SELECT reserved_micro_usd AS count FROM paid_calls")
        .await?;
    for _ in 0..2 {
        settle(&app).await?;
        assert_eq!(assert_the_books_are_right(&app).await?, reserved);
    }
    Ok(())
}
