//! Which models are asked after a failure: fallback, one repair, waiting, the circuit breaker, limits.

use std::time::Duration;

use ai::queries;
use jobs::JobState;
use readings::jobs::Interpret;
use testkit::eventually;
use testkit::vendor::{Act, ScriptedVendor};
use world::app::words_form;
use world::{TestApp, World};

/// Two models of one vendor; the second is half as dear. The routes come before it.
pub(crate) const MODELS: &str = r#"
    [[models]]
    vendor = "openrouter"
    name = "first"
    context = 100_000
    max_output = 4_000
    vision = true
    price = { input = 1_000_000, output = 2_000_000 }

    [[models]]
    vendor = "openrouter"
    name = "second"
    context = 100_000
    max_output = 4_000
    vision = true
    price = { input = 500_000, output = 1_000_000 }
"#;

pub(crate) fn routes(route: &str) -> String {
    format!("[routes]\nvision = [{route}]\ninterpretation = [{route}]\nchat = [{route}]\n")
}

pub(crate) const BOTH: &str = r#""openrouter:first", "openrouter:second""#;
const ONE: &str = r#""openrouter:first""#;

async fn app_with(
    vendor: &ScriptedVendor,
    head: &str,
    settings: &[(&str, &str)],
) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.models(&format!("{head}{MODELS}"))?;
    world.set("OPENROUTER_BASE_URL", &vendor.url);
    world.set("AI_CALL_SECONDS", 1);
    for (name, value) in settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

/// What one reading of words came to: the models that were asked, how often its job was tried, and how
/// it ended: a code, or "" for a reading.
async fn outcome(acts: Vec<Act>) -> anyhow::Result<(Vec<String>, i32, String)> {
    let vendor = ScriptedVendor::start(acts).await?;
    let app = app_with(&vendor, &routes(BOTH), &[]).await?;
    let worker = app.worker()?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    let ended = eventually(async || {
        app.hurry().await?;
        let now = app
            .get_as_service(&format!("/v1/analyses/{id}"))
            .await?
            .body;
        let is_over = now["status"] == "completed" || now["status"] == "failed";
        Ok(is_over.then_some(now))
    });
    let ended = ended.await?;
    worker.stop().await;
    let tries = app
        .states::<Interpret>()
        .await?
        .first()
        .map_or(0, |(_, tries)| *tries);
    let code = ended["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    Ok((vendor.models(), tries, code))
}

/// The table of docs/PIPELINE.md: a fault, once or always; the models that are asked; how often the job
/// is tried; what the person gets. `1` and `2` are the models of the route.
#[tokio::test(flavor = "multi_thread")]
async fn the_fault_table_holds() -> anyhow::Result<()> {
    let cost = 10;
    let busy = |after| Act::Status { status: 429, after };
    let status = |status| Act::Status {
        status,
        after: None,
    };
    let table: Vec<(&str, Act, usize, &str, i32, &str)> = vec![
        ("answers", Act::Answer { cost }, 1, "1", 1, ""),
        ("answers without usage", Act::Silent { cost }, 1, "1", 1, ""),
        ("no answer in time", Act::Hang { cost }, 1, "12", 1, ""),
        ("breaks off", Act::Cut { cost }, 1, "12", 1, ""),
        ("500, once", status(500), 1, "11", 1, ""),
        ("500, twice", status(500), 2, "112", 1, ""),
        (
            "error inside a 200, twice",
            Act::ErrorInside { code: 502 },
            2,
            "112",
            1,
            "",
        ),
        ("429, wait 1 s", busy(Some(1)), 1, "11", 1, ""),
        (
            "429, wait 60 s, other models too",
            busy(Some(60)),
            1,
            "1",
            2,
            "",
        ),
        ("no completion", Act::Garbage { cost }, 1, "12", 1, ""),
        ("other JSON, once", Act::WrongForm { cost }, 1, "11", 1, ""),
        (
            "other JSON, twice",
            Act::WrongForm { cost },
            2,
            "112",
            1,
            "",
        ),
        (
            "other JSON, always",
            Act::WrongForm { cost },
            99,
            "1121",
            2,
            "E503",
        ),
        ("half a JSON, once", Act::Half { cost }, 1, "11", 1, ""),
        ("refuses, once", Act::Refuse { cost }, 1, "12", 1, ""),
        (
            "refuses, all of them",
            Act::Refuse { cost },
            99,
            "12",
            1,
            "E504",
        ),
        ("400, once", status(400), 1, "12", 1, ""),
        ("400, all of them", status(400), 99, "12", 1, "E505"),
    ];
    for (name, act, times, asked, tries, code) in table {
        let (models, tried, ended) = if name.starts_with("429, wait 60") {
            // Its gate is closed for a minute: the job comes back when it is over.
            waits_for_a_minute(act).await?
        } else {
            outcome(vec![act; times]).await?
        };
        let models: String = models
            .iter()
            .map(|m| if m == "first" { '1' } else { '2' })
            .collect();
        assert_eq!(
            (models.as_str(), tried, ended.as_str()),
            (asked, tries, code),
            "{name}"
        );
    }
    Ok(())
}

/// The job is snoozed for at least a minute, and no other model of the same provider is asked.
async fn waits_for_a_minute(act: Act) -> anyhow::Result<(Vec<String>, i32, String)> {
    let vendor = ScriptedVendor::start([act]).await?;
    let app = app_with(&vendor, &routes(BOTH), &[]).await?;
    let worker = app.worker()?;
    app.post_as_service(words_form("a bird")).await?.id()?;
    let waits = "SELECT count(*) AS count FROM jobs WHERE kind = 'analyses.interpret.v1'
                 AND state = 'queued' AND attempt = 1
                 AND run_at BETWEEN now() + interval '50 s' AND now() + interval '67 s'";
    eventually(async || Ok((app.count(waits).await? == 1).then_some(()))).await?;
    let asked = vendor.models();
    // As if the minute were over.
    app.world.redis_del("ai:{openrouter}:breaker").await?;
    app.hurry().await?;
    let done =
        async || Ok((app.states::<Interpret>().await? == [(JobState::Done, 2)]).then_some(()));
    eventually(done).await?;
    worker.stop().await;
    Ok((asked, 2, String::new()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_shown_what_is_wrong_with_its_answer() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([Act::WrongForm { cost: 1 }]).await?;
    let app = app_with(&vendor, &routes(ONE), &[]).await?;
    let worker = app.worker()?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    worker.stop().await;
    let [first, second] = &vendor.calls()[..] else {
        panic!("two calls")
    };
    let messages = |call: &testkit::vendor::Call| {
        call.body["messages"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let (first, second) = (messages(first), messages(second));
    assert_eq!(second[..first.len()], first);
    assert_eq!(second[first.len()]["role"], "assistant");
    assert_eq!(second[first.len()]["content"], r#"{"weather": "fine"}"#);
    assert_eq!(second[first.len() + 1]["role"], "user");
    Ok(())
}

async fn state_of(app: &TestApp) -> anyhow::Result<Option<String>> {
    let all = queries::health(&mut *app.db().await?).await?;
    Ok(all
        .into_iter()
        .find(|one| one.provider == "openrouter")
        .map(|one| one.state))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_provider_is_not_asked_then_probed_by_one_call_and_then_asked_again()
-> anyhow::Result<()> {
    let down = Act::Status {
        status: 503,
        after: None,
    };
    // Three calls open the breaker; the fourth probes in vain; the fifth succeeds.
    let vendor = ScriptedVendor::start(vec![down; 4]).await?;
    let settings = [
        ("AI_BREAKER_FAILURES", "3"),
        ("AI_BREAKER_OPEN_SECONDS", "1"),
    ];
    let app = app_with(&vendor, &routes(ONE), &settings).await?;
    let worker = app.worker()?;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(app.post_as_service(words_form("a bird")).await?.id()?);
    }
    eventually(async || Ok((state_of(&app).await?.as_deref() == Some("open")).then_some(())))
        .await?;
    for id in ids {
        // Not hurried: each attempt that finds the gate closed is one attempt less.
        let path = format!("/v1/analyses/{id}");
        let completed = async || {
            let now = app.get_as_service(&path).await?.body;
            Ok((now["status"] == "completed").then_some(()))
        };
        eventually(completed).await?;
    }
    assert_eq!(state_of(&app).await?.as_deref(), Some("closed"));
    let failed = vendor
        .calls()
        .iter()
        .filter(|call| call.act != Act::Answer { cost: 100 })
        .count();
    assert_eq!(failed, 4);
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_a_provider_is_never_exceeded_and_costs_no_attempt() -> anyhow::Result<()> {
    let slow = Act::Slow {
        cost: 1,
        after: Duration::from_millis(150),
    };
    let vendor = ScriptedVendor::start(vec![slow; 12]).await?;
    let head = format!("{}[vendors.openrouter]\nrunning = 2\n", routes(ONE));
    let app = app_with(&vendor, &head, &[("ANALYSES_RUNNING_PER_USER", "12")]).await?;
    for _ in 0..12 {
        app.post_as_service(words_form("a bird")).await?.id()?;
    }
    let workers = [app.worker()?, app.worker()?];
    let done = async || {
        let states = app.states::<Interpret>().await?;
        Ok((states == vec![(JobState::Done, 1); 12]).then_some(()))
    };
    eventually(done).await?;
    assert_eq!(vendor.most_at_once(), 2);
    for worker in workers {
        worker.stop().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_every_model_is_asked_all_the_same() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([]).await?;
    let nowhere = [("REDIS_URL", "redis://127.0.0.1:1")];
    let app = app_with(&vendor, &routes(ONE), &nowhere).await?;
    let worker = app.worker()?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_the_environment_replace_those_of_the_file_and_faults_stop_the_start()
-> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([]).await?;
    let app = app_with(
        &vendor,
        &routes(ONE),
        &[("AI_ROUTE_INTERPRETATION", "openrouter:second")],
    )
    .await?;
    let worker = app.worker()?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&id).await?["model_used"], "second");
    worker.stop().await;
    let app = app_with(
        &vendor,
        &routes(ONE),
        &[("AI_ROUTE_VISION", "openrouter:third")],
    )
    .await?;
    let why = app.worker().err().expect("a fault").to_string();
    assert!(
        why.contains("AI_ROUTE_VISION") && why.contains("openrouter:third"),
        "{why}"
    );
    Ok(())
}

/// The offline reader, as its answers are known by.
const OFFLINE: &str = "offline-reader-1";

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_the_offline_reader_is_the_last_resort_if_the_person_has_waited()
-> anyhow::Result<()> {
    let hangs = vec![Act::Hang { cost: 1 }; 99];
    let settings = [
        ("AI_LAST_RESORT", "true"),
        ("AI_LAST_RESORT_AFTER_SECONDS", "0"),
        ("AI_STEP_SECONDS", "5"),
        ("AI_CALL_SECONDS", "60"),
    ];
    let vendor = ScriptedVendor::start(hangs).await?;
    let app = app_with(&vendor, &routes(BOTH), &settings).await?;
    let worker = app.worker()?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    let ended = app.ended(&id).await?;
    assert_eq!(ended["model_used"], OFFLINE, "{ended}");
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 1)]);
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_refused_the_last_resort_does_not_answer() -> anyhow::Result<()> {
    let settings = [
        ("AI_LAST_RESORT", "true"),
        ("AI_LAST_RESORT_AFTER_SECONDS", "0"),
    ];
    let vendor = ScriptedVendor::start(vec![Act::Refuse { cost: 1 }; 9]).await?;
    let app = app_with(&vendor, &routes(BOTH), &settings).await?;
    let worker = app.worker()?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&id).await?["error"]["code"], "E504");
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configured_vendor_the_offline_reader_reads_for_nothing() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("OPENROUTER_API_KEY", "");
    let app = TestApp::start_in(world).await?;
    let worker = app.worker()?;
    let photo = world::app::photo_form(testkit::pictures::coffee_cup());
    let id = app.post_as_service(photo).await?.id()?;
    let ended = app.ended(&id).await?;
    assert_eq!(
        (&ended["status"], &ended["model_used"]),
        (&"completed".into(), &OFFLINE.into())
    );
    worker.stop().await;
    let costs = "SELECT count(*) AS count FROM paid_calls WHERE cost_micro_usd > 0";
    assert_eq!(app.count(costs).await?, 0);
    Ok(())
}

/// The answer is stored, the result is not, and the vendor's breaker is open by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_answer_is_used_while_the_breaker_of_its_vendor_is_open() -> anyhow::Result<()> {
    let vendor = ScriptedVendor::start([]).await?;
    let app = app_with(&vendor, &routes(ONE), &[]).await?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    let first = app.worker()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    first.stop().await;
    // As if its job had not been closed.
    app.sql(
        "UPDATE analysis_history SET status = 'processing', completed_at = NULL, analysis = '{}';
         UPDATE jobs SET state = 'queued', finished_at = NULL, run_at = now()
         WHERE kind = 'analyses.interpret.v1'",
    )
    .await?;
    app.world
        .redis_hset("ai:{openrouter}:breaker", "busy_until", "99999999999999")
        .await?;
    let worker = app.worker()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(vendor.calls().len(), 1);
    worker.stop().await;
    Ok(())
}

/// A model that was withdrawn does not keep the others of its vendor from being asked; a refused key does.
#[tokio::test(flavor = "multi_thread")]
async fn where_waiting_would_not_help_the_last_resort_is_asked_at_once() -> anyhow::Result<()> {
    // The person would have to wait for an hour.
    let settings = [
        ("AI_LAST_RESORT", "true"),
        ("AI_LAST_RESORT_AFTER_SECONDS", "3600"),
    ];
    let both = ["first", "second"];
    for (status, asked) in [
        (400, &both[..]),
        (404, &both),
        (401, &both[..1]),
        (403, &both[..1]),
    ] {
        let refusal = Act::Status {
            status,
            after: None,
        };
        let vendor = ScriptedVendor::start(vec![refusal; 9]).await?;
        let app = app_with(&vendor, &routes(BOTH), &settings).await?;
        let worker = app.worker()?;
        // The second comes when a breaker has opened.
        for _ in 0..2 {
            let id = app.post_as_service(words_form("a bird")).await?.id()?;
            let ended = app.ended(&id).await?;
            assert_eq!(ended["model_used"], OFFLINE, "{status}: {ended}");
        }
        assert_eq!(vendor.models()[..asked.len()], *asked, "{status}");
        let done = [(JobState::Done, 1), (JobState::Done, 1)];
        assert_eq!(app.states::<Interpret>().await?, done, "{status}");
        worker.stop().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_opens_the_breaker_at_once_is_told_and_not_retried_like_an_outage()
-> anyhow::Result<()> {
    let refused = Act::Status {
        status: 401,
        after: None,
    };
    let vendor = ScriptedVendor::start([refused]).await?;
    let app = app_with(&vendor, &routes(BOTH), &[]).await?;
    let worker = app.worker()?;
    let first = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&first).await?["error"]["code"], "E505");
    assert_eq!(state_of(&app).await?.as_deref(), Some("open"));
    assert_eq!(app.metric("ai_vendor_refused_total").await?, 1.0);
    // Behind the open breaker nothing is asked, and nothing waits.
    let second = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&second).await?["error"]["code"], "E505");
    let dead = [(JobState::Dead, 1), (JobState::Dead, 1)];
    assert_eq!(app.states::<Interpret>().await?, dead);
    assert_eq!(vendor.models(), ["first"]);
    let used = "SELECT sum(day_used)::bigint AS count FROM meters";
    assert_eq!(app.count(used).await?, 0);
    // The key was replaced, and the breaker lets one call through.
    app.world
        .redis_hset("ai:{openrouter}:breaker", "open_until", "1")
        .await?;
    let third = app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(app.ended(&third).await?["status"], "completed");
    assert_eq!(state_of(&app).await?.as_deref(), Some("closed"));
    worker.stop().await;
    Ok(())
}
