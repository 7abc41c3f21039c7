//! `symancy import`, over the pre-MVP of `fixtures/pre_mvp.sql`: 10,000 persons, of whom 42 are broken.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use world::TestApp;

use crate::stage::{Printed, command, sql, type_in_group};

const PRE_MVP: &str = include_str!("../../../fixtures/pre_mvp.sql");

/// An API beside a pre-MVP with its first persons.
async fn beside(persons: i64) -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    sql(&app, PRE_MVP).await?;
    let others = format!(
        "DELETE FROM pre_mvp.analyses WHERE user_id > {persons}; DELETE FROM pre_mvp.users WHERE id > {persons}"
    );
    sql(&app, &others).await?;
    Ok(app)
}

async fn import(app: &TestApp, words: &str) -> anyhow::Result<Printed> {
    type_in_group(&app.world, "import", &format!("{words} --json")).await
}

/// The report of an import that succeeds.
async fn imported(app: &TestApp, words: &str) -> anyhow::Result<Value> {
    let printed = import(app, &format!("pre-mvp --from pre_mvp {words}")).await?;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    Ok(printed.json()?.remove(0))
}

/// The exit status of a comparison, and its report.
async fn verified(app: &TestApp) -> anyhow::Result<(Option<i32>, Value)> {
    let printed = import(app, "verify --from pre_mvp").await?;
    Ok((printed.code, printed.json()?.remove(0)))
}

/// Everything that an import has written about persons, as one number; without ids, which are made anew.
async fn fingerprint(app: &TestApp) -> anyhow::Result<i64> {
    app.count(
        "SELECT sum(hashtextextended(concat_ws(' ', telegram_id, username, first_name, users.created_at, plan.tier,
             plan.current_period_end, (SELECT string_agg(concat_ws(' ', one.created_at, status, focus_area, image_url,
                 analysis), ' ' ORDER BY one.created_at) FROM analysis_history AS one WHERE one.user_id = users.id)), 0)
             / 100000)::bigint AS count
         FROM users LEFT JOIN subscriptions AS plan ON plan.user_id = users.id",
    )
    .await
}

fn reasons() -> Value {
    json!({
        "created_at_invalid": 6, "end_missing": 6, "reading_broken": 6, "telegram_id_invalid": 6,
        "telegram_id_missing": 6, "telegram_id_twice": 6, "tier_unknown": 6,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_persons_come_over_once_and_those_who_are_broken_wait_in_the_quarantine()
-> anyhow::Result<()> {
    let app = beside(10_000).await?;
    let report = imported(&app, "").await?;
    let expected = json!({
        "dry_run": false, "seen": 10_000, "imported": 9_958, "readings": 14_958, "quarantined": 42,
        "reasons": reasons(),
    });
    assert_eq!(report, expected);
    let (code, compared) = verified(&app).await?;
    let expected = json!({
        "people": 10_000, "compared": 9_958, "quarantined": 42, "deleted_here": 0, "differences": [],
    });
    assert_eq!((code, compared), (Some(0), expected));

    let before = fingerprint(&app).await?;
    assert_eq!(imported(&app, "").await?["imported"], 9_958);
    assert_eq!(fingerprint(&app).await?, before);

    for (what, count) in [
        ("users WHERE consent_terms OR consent_privacy", 0),
        ("users WHERE created_at < '2025-10-03Z'", 9_958),
        (
            "analysis_history WHERE image_url IS NOT NULL OR focus_area <> 'general' OR delivered_at <> created_at",
            0,
        ),
        (
            "subscriptions WHERE tier = 'BASIC' AND current_period_end > '2090-01-01Z'",
            100,
        ),
        (
            "subscriptions WHERE tier = 'ADVANCED' AND current_period_end > '2090-01-01Z'",
            50,
        ),
        (
            "subscriptions WHERE tier = 'PREMIUM' AND current_period_end > '2090-01-01Z'",
            25,
        ),
        (
            "subscriptions WHERE tier = 'TRIAL' AND trial_used AND status = 'expired'",
            50,
        ),
        (
            "subscription_history WHERE action = 'plan_imported' AND actor = 'operator'",
            225,
        ),
        ("audit_logs WHERE action = 'pre_mvp_imported'", 2),
        // Nothing is sent to anyone because of an import.
        ("jobs WHERE subject_id IS NOT NULL", 0),
    ] {
        let query = format!("SELECT count(*) AS count FROM {what}");
        assert_eq!(app.count(&query).await?, count, "{what}");
    }
    Ok(())
}

/// The process is killed after its first batch.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_goes_on_behind_its_last_batch() -> anyhow::Result<()> {
    let app = beside(2_000).await?;
    let mut child = command(&app.world)
        .args("import pre-mvp --from pre_mvp --batch 20".split(' '))
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let stderr = child.stderr.take().expect("it is piped");
    let mut lines = BufReader::new(stderr).lines();
    while let Some(line) = lines.next_line().await? {
        if line.ends_with("into the quarantine") {
            break;
        }
    }
    child.kill().await?;
    let report = imported(&app, "").await?;
    assert_eq!(
        (&report["imported"], &report["quarantined"]),
        (&json!(1_992), &json!(8))
    );
    assert_eq!(verified(&app).await?.0, Some(0));
    let killed = fingerprint(&app).await?;

    let at_once = beside(2_000).await?;
    imported(&at_once, "").await?;
    assert_eq!(fingerprint(&at_once).await?, killed);

    sql(
        &app,
        "UPDATE import_runs SET ended_at = NULL, cursor = 1500",
    )
    .await?;
    assert_eq!(imported(&app, "").await?["seen"], 500);
    assert_eq!(fingerprint(&app).await?, killed);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_come_and_writes_nothing() -> anyhow::Result<()> {
    let app = beside(240).await?;
    let report = imported(&app, "--dry-run").await?;
    let expected = json!({
        "dry_run": true, "seen": 240, "imported": 239, "readings": 358, "quarantined": 1,
        "reasons": { "telegram_id_missing": 1 },
    });
    assert_eq!(report, expected);
    for table in [
        "users",
        "analysis_history",
        "import_runs",
        "import_quarantine",
    ] {
        let query = format!("SELECT count(*) AS count FROM {table}");
        assert_eq!(app.count(&query).await?, 0, "{table}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_names_each_person_of_whom_anything_is_different() -> anyhow::Result<()> {
    let app = beside(240).await?;
    imported(&app, "").await?;
    let of = |n: i64| format!("(SELECT user_id FROM imported_people WHERE source_id = {n})");
    let changes = [
        format!("UPDATE users SET created_at = now() WHERE id = {}", of(10)),
        format!(
            "UPDATE analysis_history SET analysis = analysis || '{{\"intro\": \"?\"}}' WHERE user_id = {}",
            of(21)
        ),
        format!(
            "UPDATE subscriptions SET current_period_end = now() WHERE user_id = {}",
            of(101)
        ),
        // The person themselves has done these.
        format!("DELETE FROM analysis_history WHERE user_id = {}", of(30)),
        format!("DELETE FROM users WHERE id = {}", of(40)),
        "DELETE FROM imported_people WHERE source_id = 50".to_owned(),
        "UPDATE pre_mvp.users SET telegram_id = NULL WHERE id = 60".to_owned(),
    ];
    for change in &changes {
        sql(&app, change).await?;
    }
    let differences = json!([
        { "source_id": 10, "what": "created_at" }, { "source_id": 21, "what": "readings" },
        { "source_id": 50, "what": "missing" }, { "source_id": 60, "what": "unexpected" },
        { "source_id": 101, "what": "plan" },
    ]);
    let (code, compared) = verified(&app).await?;
    assert_eq!(
        (code, &compared["differences"]),
        (Some(1), &differences),
        "{compared}"
    );
    assert_eq!(compared["deleted_here"], 1);

    // Neither the person nor the reading that was deleted here comes back.
    let people = app.count("SELECT count(*) AS count FROM users").await?;
    imported(&app, "").await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM users").await?,
        people
    );
    let readings = format!(
        "SELECT count(*) AS count FROM analysis_history WHERE user_id = {}",
        of(30)
    );
    assert_eq!(app.count(&readings).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_the_database_refuses_or_who_has_paid_here_waits_and_the_others_come()
-> anyhow::Result<()> {
    let app = beside(101).await?;
    let changes = "UPDATE pre_mvp.users SET first_name = repeat('x', 300) WHERE id = 50;
        INSERT INTO users (telegram_id, first_name) VALUES (700000001, 'Paying'), (700000002, 'Here');
        INSERT INTO subscriptions (user_id, tier, status, current_period_start, current_period_end)
        SELECT id, 'PREMIUM', 'active', now(), '2089-01-01Z' FROM users WHERE telegram_id = 700000001";
    sql(&app, changes).await?;
    let report = imported(&app, "").await?;
    let reasons = json!({ "plan_on_both_sides": 1, "write_refused": 1 });
    assert_eq!(
        (&report["imported"], &report["reasons"]),
        (&json!(99), &reasons)
    );
    let listed = import(&app, "quarantine").await?.json()?;
    let ids: Vec<&Value> = listed.iter().map(|one| &one["source_id"]).collect();
    assert_eq!(ids, [1, 50]);
    let names =
        "SELECT count(*) AS count FROM users WHERE telegram_id = 700000002 AND first_name = 'Here'
        AND created_at < '2025-03-02Z'";
    assert_eq!(app.count(names).await?, 1);
    assert_eq!(verified(&app).await?.0, Some(0));

    // What is mended leaves the quarantine.
    sql(
        &app,
        "UPDATE pre_mvp.users SET first_name = 'x' WHERE id = 50",
    )
    .await?;
    let report = imported(&app, "").await?;
    assert_eq!(report["reasons"], json!({ "plan_on_both_sides": 1 }));
    assert_eq!(verified(&app).await?.0, Some(0));

    // Readings of long ago go to the archive, and are the same.
    sql(
        &app,
        "SELECT archive_make_month(moment) FROM (SELECT DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC')
             AT TIME ZONE 'UTC' AS moment FROM analysis_history) AS months;
         INSERT INTO analysis_archive (analysis_id, created_at, analysis) SELECT id, created_at, analysis FROM analysis_history;
         UPDATE analysis_history SET archived_at = now(), analysis = '{\"intro\": \"\", \"sections\": []}'",
    )
    .await?;
    assert_eq!(verified(&app).await?.0, Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_here_meanwhile_is_given_back_without_what_had_come() -> anyhow::Result<()> {
    let app = beside(20).await?;
    imported(&app, "").await?;
    let made = "INSERT INTO analysis_history (user_id, input_type, user_text, analysis, status, completed_at)
        SELECT user_id, 'text', 'a bird', '{\"intro\": \"News.\", \"sections\": [{\"title\": \"Bird\", \"content\": \"Soon.\"}]}',
            'completed', now() FROM imported_people WHERE source_id = 9";
    sql(&app, made).await?;
    let given = import(&app, "export --since 2025-11-01T00:00:00Z")
        .await?
        .json()?;
    assert_eq!(given.len(), 1, "{given:?}");
    assert_eq!(given[0]["telegram_id"], 700_000_009);
    assert_eq!(given[0]["analyses"].as_array().map(Vec::len), Some(1));
    assert_eq!(given[0]["analyses"][0]["result"], "News.\n\nBird\nSoon.");
    let later = import(&app, "export --since 2100-01-01T00:00:00Z").await?;
    assert_eq!((later.code, later.out.as_str()), (Some(0), ""));
    assert_eq!(import(&app, "export --since soon").await?.code, Some(2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_mvp_in_another_database_is_only_read_and_one_that_is_away_is_named()
-> anyhow::Result<()> {
    let app = beside(10).await?;
    let url = app.world.env["DATABASE_URL"].clone();
    let words = format!("pre-mvp --from {url} --schema pre_mvp");
    let report = import(&app, &words).await?;
    assert_eq!(report.json()?[0]["imported"], 10);
    let away = import(&app, "pre-mvp --from postgres://x@127.0.0.1:1/x").await?;
    assert_eq!(away.code, Some(1));
    assert!(away.err.contains("127.0.0.1:1 cannot be read"), "{away:?}");
    let nowhere = import(&app, "verify --from of_nothing").await?;
    assert_eq!(nowhere.code, Some(1), "{nowhere:?}");
    Ok(())
}
