//! list, show and stats.

use jobs::operate::STATES;
use probes::jobs::Act;
use testkit::pictures::coffee_cup;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use world::TestApp;
use world::app::photo_form;

use crate::stage::{DEAD, command, one_of_each, probe, sql, type_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_a_table_for_people_and_a_line_for_each_job_for_programs() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(type_in(&app.world, "list").await?.out, "No such jobs.\n");
    let id = probe(&app, Act::GiveUp).await?;
    let error = format!("first line\nsecond {}", "long ".repeat(40));
    let errors =
        serde_json::json!([{ "attempt": 50, "at": "2026-01-02T03:04:05Z", "error": error }]);
    sql(
        &app,
        &format!("UPDATE jobs SET {DEAD}, errors = '{errors}'"),
    )
    .await?;
    let table = type_in(&app.world, "list").await?;
    assert_eq!((table.code, table.err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = table.out.lines().collect();
    let header: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(
        header,
        ["ID", "STATE", "KIND", "ATTEMPT", "WHEN", "LAST", "ERROR"]
    );
    assert_eq!(lines.len(), 2, "{table:?}");
    let row = format!("{id}  dead   probes.probe.v1    50/50  ");
    assert!(lines[1].starts_with(&row), "{table:?}");
    assert!(
        lines[1].contains("ago  first line second long"),
        "{table:?}"
    );
    assert!(lines[1].ends_with("…"), "{table:?}");
    let json = type_in(&app.world, "list --json").await?.json()?;
    assert_eq!(json.len(), 1);
    assert_eq!(json[0]["id"], id.to_string());
    assert_eq!(json[0]["errors"][0]["error"], error);
    assert_eq!(json[0]["args"]["script"], serde_json::json!(["give_up"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_lists_its_own_jobs() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let jobs = one_of_each(&app).await?;
    assert_eq!(jobs.len(), STATES.len());
    for (state, id) in &jobs {
        let listed = type_in(&app.world, &format!("list --json --state {state}")).await?;
        assert_eq!(listed.ids()?, [*id], "{state}");
        assert_eq!(listed.json()?[0]["state"], *state);
    }
    let newest_first: Vec<_> = jobs.iter().rev().map(|(_, id)| *id).collect();
    assert_eq!(
        type_in(&app.world, "list --json").await?.ids()?,
        newest_first
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_by_queue_kind_and_key_and_comes_in_pages() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let jobs = one_of_each(&app).await?;
    app.post_as_service(photo_form(coffee_cup())).await?;
    let user = app.user_id(7).await?;
    let list = async |filter: &str| type_in(&app.world, &format!("list --json {filter}")).await;
    for filter in [
        "--queue image",
        "--kind analyses.prepare_image.v1",
        &format!("--key user:{user}"),
    ] {
        let printed = list(filter).await?.json()?;
        assert_eq!(printed.len(), 1, "{filter}");
        assert_eq!(printed[0]["kind"], "analyses.prepare_image.v1", "{filter}");
    }
    // A dedupe key is a key too.
    let analysis = list("--queue image").await?.json()?[0]["dedupe_key"].clone();
    let analysis = analysis.as_str().expect("a key");
    assert_eq!(list(&format!("--key {analysis}")).await?.ids()?.len(), 1);
    assert_eq!(list("--queue payment").await?.ids()?.len(), 0);
    assert_eq!(
        list("--queue maintenance --state dead").await?.ids()?.len(),
        1
    );
    let page = list("--queue maintenance --limit 3").await?;
    let all: Vec<_> = jobs.iter().rev().map(|(_, id)| *id).collect();
    assert_eq!(page.ids()?, all[..3]);
    let next = list(&format!("--queue maintenance --before {}", all[2])).await?;
    assert_eq!(next.ids()?, all[3..]);
    let people = type_in(&app.world, "list --limit 1").await?;
    assert!(people.err.starts_with("There may be more: add --before "));
    let slip = type_in(&app.world, "list --kind analyses.raed_cup.v1").await?;
    assert_eq!((slip.code, slip.out.as_str()), (Some(0), "No such jobs.\n"));
    assert!(slip.err.contains("analyses.read_cup.v1"), "{slip:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn show_prints_arguments_errors_and_paid_calls() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let fault = serde_json::json!({ "ai": { "error_rate": 1.0, "status": 503, "times": 2 } });
    app.world.faults(fault).await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let job = type_in(&app.world, "list --json --kind analyses.read_cup.v1").await?;
    let job = job.ids()?[0];
    let whole = type_in(&app.world, &format!("show {job} --json"))
        .await?
        .json()?;
    assert_eq!(whole[0]["state"], "done");
    assert_eq!(whole[0]["args"]["analysis_id"], id);
    assert_eq!(whole[0]["errors"].as_array().map(Vec::len), Some(1));
    let calls = whole[0]["paid_calls"].as_array().expect("calls");
    let states: Vec<_> = calls.iter().map(|call| call["state"].as_str()).collect();
    // The first attempt asked twice.
    assert_eq!(states, [Some("refused"), Some("refused"), Some("answered")]);
    assert!(calls[2]["answer"].is_object());
    let people = type_in(&app.world, &format!("show {job}")).await?;
    assert_eq!((people.code, people.err.as_str()), (Some(0), ""));
    for part in [
        format!("job           {job}\n"),
        "kind          analyses.read_cup.v1\n".to_owned(),
        "attempts      2 of 24\n".to_owned(),
        format!("  \"analysis_id\": \"{id}\""),
        "errors\n  attempt   1  2".to_owned(),
        "paid calls\n  attempt   1  2".to_owned(),
        "answered of openrouter in ".to_owned(),
    ] {
        assert!(
            people.out.contains(&part),
            "{part} is missing in\n{}",
            people.out
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_count_each_queue_and_its_rate() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    one_of_each(&app).await?;
    sql(
        &app,
        "UPDATE jobs SET run_at = now() - interval '5 minutes' WHERE state = 'queued'
             AND blocked_on IS NULL AND run_at <= now();
         UPDATE jobs SET started_at = finished_at - interval '2 seconds',
             run_at = finished_at - interval '5 seconds' WHERE state = 'done';
         INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, ended_at, doubted_at, cost_micro_usd)
             VALUES (gen_random_uuid(), gen_random_uuid(), 'k', 'openrouter', 1, 'unknown', now(), now(), 0)",
    )
    .await?;
    let printed = type_in(&app.world, "stats --json").await?.json()?;
    assert_eq!(printed[0]["unknown_paid_calls_of_7_days"], 1);
    let queues = printed[0]["queues"].as_array().expect("queues");
    assert_eq!(queues.len(), 8);
    let one = queues
        .iter()
        .find(|one| one["queue"] == "maintenance")
        .expect("it");
    for state in ["waiting", "scheduled", "blocked", "running", "dead"] {
        assert_eq!(one[state], 1, "{state}");
    }
    assert_eq!(one["done_last_minute"], 1);
    let near = |value: &serde_json::Value, wanted: f64| {
        value
            .as_f64()
            .is_some_and(|value| (value - wanted).abs() < 0.01)
    };
    assert!(near(&one["waited_seconds"], 3.0), "{one}");
    assert!(near(&one["ran_seconds"], 2.0), "{one}");
    let age = one["oldest_age_seconds"].as_f64().expect("an age");
    assert!((300.0..360.0).contains(&age), "{age}");
    let people = type_in(&app.world, "stats").await?;
    assert!(people.out.contains("1 paid calls of the last 7 days"));
    let row = people
        .out
        .lines()
        .find(|line| line.starts_with("maintenance"));
    let cells: Vec<&str> = row.expect("its row").split_whitespace().collect();
    assert_eq!(
        cells[1..],
        ["1", "1", "1", "1", "1", "5m", "1", "3.0s", "2.0s"]
    );
    Ok(())
}

/// While workers catch up with a backlog, the jobs that they finish were enqueued long ago.
#[tokio::test(flavor = "multi_thread")]
async fn the_rate_counts_old_jobs_of_a_backlog_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let aged = "INSERT INTO jobs (id, kind, queue, args, max_attempts, run_at, created_at,
                    state, started_at, finished_at)
                SELECT (lpad(to_hex((extract(epoch FROM now() - age) * 1000)::bigint), 12, '0')
                        || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
                    'probes.noop.v1', 'analysis', '{}', 3, now() - age, now() - age,
                    state::job_state, now(), CASE state WHEN 'done' THEN now() END
                FROM (VALUES (1, interval '3 hours', 'done'), (2, interval '2 hours', 'done'),
                             (3, interval '170 minutes', 'queued')) AS job (n, age, state)";
    sql(&app, aged).await?;
    let printed = type_in(&app.world, "stats --json").await?.json()?;
    let queues = printed[0]["queues"].as_array().expect("queues");
    let one = queues
        .iter()
        .find(|one| one["queue"] == "analysis")
        .expect("it");
    assert_eq!(
        one["done_last_minute"], 1,
        "younger than the oldest job that waits"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn watched_stats_are_repeated_until_their_reader_closes_the_pipe() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut watch = command(&app.world);
    watch.args(["jobs", "stats", "--json", "--watch", "1"]);
    watch.stdout(std::process::Stdio::piped());
    watch.stderr(std::process::Stdio::piped());
    let mut watch = watch.spawn()?;
    let mut lines = BufReader::new(watch.stdout.take().expect("piped")).lines();
    for _ in 0..2 {
        let line = lines.next_line().await?.expect("a line");
        assert!(line.starts_with("{\"at\":"), "{line}");
    }
    drop(lines);
    assert_eq!(watch.wait().await?.code(), Some(0));
    let mut errors = String::new();
    watch
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut errors)
        .await?;
    assert_eq!(errors, "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_may_be_cut_short_by_its_reader() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let many = "INSERT INTO jobs (id, kind, queue, args, max_attempts)
                SELECT gen_random_uuid(), 'probes.noop.v1', 'maintenance', '{}', 3
                FROM generate_series(1, 3000)";
    sql(&app, many).await?;
    let mut list = command(&app.world);
    list.args(["jobs", "list", "--limit", "3000"]);
    list.stdout(std::process::Stdio::piped());
    list.stderr(std::process::Stdio::piped());
    let mut list = list.spawn()?;
    let mut lines = BufReader::new(list.stdout.take().expect("piped")).lines();
    assert!(lines.next_line().await?.is_some());
    drop(lines);
    let ended = list.wait_with_output().await?;
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
    Ok(())
}
