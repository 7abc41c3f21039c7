//! What is measured: the metrics of the design document 003, section 8.1, as Prometheus gets them.

use std::collections::BTreeSet;

use anyhow::Context;
use reqwest::Method;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use testkit::process::Process;
use world::app::photo_form;
use world::{TestApp, World};

/// A metric as the document has it: name, type, labels, and the buckets of a histogram. Buckets of our own may
/// stand between them.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [f64],
);

const DOCUMENT: &[Row] = &[
    (
        "analysis_created_total",
        "counter",
        &["focus_area", "tier"],
        &[],
    ),
    (
        "analysis_completed_total",
        "counter",
        &["focus_area", "tier", "status"],
        &[],
    ),
    (
        "subscription_upgraded_total",
        "counter",
        &["from_tier", "to_tier"],
        &[],
    ),
    (
        "payment_processed_total",
        "counter",
        &["provider", "status"],
        &[],
    ),
    (
        "payment_amount_rub",
        "histogram",
        &["provider", "tier"],
        &[100.0, 299.0, 599.0, 1_000.0, 1_499.0, 5_000.0],
    ),
    (
        "ai_request_duration_seconds",
        "histogram",
        &["model", "status"],
        &[1.0, 5.0, 10.0, 20.0, 30.0, 60.0],
    ),
    (
        "ai_tokens_used_total",
        "histogram",
        &["model", "type"],
        &[100.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0],
    ),
    ("queue_jobs_waiting", "gauge", &["queue_name"], &[]),
    (
        "queue_job_processing_seconds",
        "histogram",
        &["queue_name", "status"],
        &[1.0, 5.0, 10.0, 30.0, 60.0, 300.0],
    ),
    (
        "db_query_duration_seconds",
        "histogram",
        &["operation", "table"],
        &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0],
    ),
    (
        "http_request_duration_seconds",
        "histogram",
        &["method", "route", "status_code"],
        &[0.1, 0.3, 0.5, 1.0, 3.0, 5.0, 10.0],
    ),
    ("active_users", "gauge", &["period"], &[]),
    // Section 8.3 compares them.
    ("db_connection_pool_used", "gauge", &[], &[]),
    ("db_connection_pool_max", "gauge", &[], &[]),
];

/// Labels of a line of the text format, and its value.
fn sample(line: &str) -> Option<(Vec<(&str, &str)>, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let inside = series
        .split_once('{')
        .and_then(|(_, rest)| rest.strip_suffix('}'));
    // No value of a label of the document has a comma.
    let labels = inside.into_iter().flat_map(|inside| inside.split(','));
    let labels = labels.filter_map(|label| label.split_once('='));
    let labels = labels.map(|(name, value)| (name, value.trim_matches('"')));
    Some((labels.collect(), value.parse().ok()?))
}

/// What is wrong with a metric; `None`: it is as the document has it.
fn fault(text: &str, &(name, kind, labels, buckets): &Row) -> Option<String> {
    if !text.contains(&format!("# TYPE {name} {kind}\n")) {
        return Some(format!("{name} is no {kind}"));
    }
    let series = match kind {
        "histogram" => format!("{name}_bucket{{"),
        _ => name.to_owned(),
    };
    let lines = text.lines().filter(|line| line.starts_with(&series));
    let samples: Vec<_> = lines.filter_map(sample).collect();
    let first = samples.first()?;
    let own = first
        .0
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "le");
    let (own, wanted) = (
        own.collect::<BTreeSet<_>>(),
        labels.iter().copied().collect(),
    );
    if own != wanted {
        return Some(format!("{name} has the labels {own:?}"));
    }
    let bounds: Vec<f64> = samples
        .iter()
        .flat_map(|(labels, _)| labels)
        .filter_map(|(name, value)| (*name == "le").then(|| value.parse().ok()).flatten())
        .collect();
    let lacks = buckets.iter().find(|bound| !bounds.contains(bound));
    lacks.map(|bound| format!("{name} has no bucket of {bound}"))
}

fn has(text: &str, name: &str) -> bool {
    let of_it = |line: &str| line.starts_with(name) && !line.starts_with('#');
    text.lines().any(of_it)
}

async fn page(app: &TestApp) -> anyhow::Result<String> {
    let answer = app.request(Method::GET, "/metrics").send().await?;
    Ok(answer.error_for_status()?.text().await?)
}

/// A real worker, and where its metrics are.
fn measured_worker(world: &World) -> anyhow::Result<(Process, String)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    drop(listener);
    let mut env = world.env.clone();
    env.insert("WORKER_METRICS_ADDR".to_owned(), address.clone());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_worker"));
    let process = Process::start(binary, &env, None)?;
    Ok((process, format!("http://{address}/metrics")))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_document_has_its_name_its_labels_and_its_buckets() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("API_METRICS_IN_PUBLIC", true);
    let app = TestApp::start_in(world).await?;
    app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let (_, bank) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&bank, "pay").await?;
    let names = || DOCUMENT.iter().map(|(name, ..)| *name);
    let (_worker, metrics) = measured_worker(&app.world)?;
    let text = eventually(async || {
        let of_worker = match app.world.http.get(&metrics).send().await {
            Ok(answer) => answer.text().await?,
            Err(_) => return Ok(None),
        };
        // The process of the test times no statements, and a worker answers no requests.
        let text = page(&app).await? + &of_worker;
        Ok(names().all(|name| has(&text, name)).then_some(text))
    })
    .await
    .context("a metric never comes")?;
    let faults: Vec<_> = DOCUMENT
        .iter()
        .filter_map(|row| fault(&text, row))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_archived_backed_up_or_restored_is_infinitely_old() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("BACKUP_S3_BUCKET", "symancy-photos");
    for name in ["S3_ENDPOINT", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] {
        let of_photos = world.env[name].clone();
        world.set(&format!("BACKUP_{name}"), of_photos);
    }
    let (_worker, metrics) = measured_worker(&world)?;
    eventually(async || {
        let Ok(answer) = world.http.get(&metrics).send().await else {
            return Ok(None);
        };
        let text = answer.text().await?;
        let is_infinite = |name: &str| {
            let lines = text.lines().filter(|line| line.starts_with(name));
            lines.filter_map(sample).any(|(_, age)| age.is_infinite())
        };
        let all = is_infinite("wal_archive_age_seconds")
            && is_infinite("backup_age_seconds")
            && is_infinite("restore_drill_age_seconds");
        Ok(all.then_some(()))
    })
    .await
    .context("an archive and backups that are not there look young")
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_measured_by_what_they_do_and_to_which_table() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let (_worker, metrics) = measured_worker(&app.world)?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    let text = app.world.http.get(&metrics).send().await?.text().await?;
    let tables: BTreeSet<&str> = product::FEATURES
        .iter()
        .flat_map(|one| one.tables)
        .map(|table| table.name)
        .chain(["other"])
        .collect();
    let lines = text
        .lines()
        .filter(|line| line.starts_with("db_query_duration_seconds_count"));
    let found: Vec<_> = lines.filter_map(sample).collect();
    let value = |labels: &[(&str, &str)], name: &str| {
        let found = labels.iter().find(|(own, _)| *own == name);
        found
            .map(|(_, value)| (*value).to_owned())
            .unwrap_or_default()
    };
    for (labels, _) in &found {
        let operations = ["select", "insert", "update", "delete", "commit", "other"];
        assert!(
            operations.contains(&value(labels, "operation").as_str()),
            "{labels:?}"
        );
        assert!(
            tables.contains(value(labels, "table").as_str()),
            "{labels:?}"
        );
    }
    let stored = found.iter().any(|(labels, times)| {
        value(labels, "operation") == "update"
            && value(labels, "table") == "analysis_history"
            && *times >= 1.0
    });
    assert!(stored, "{found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asked_for_a_reading_today_is_active_in_all_periods() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let now = app.core.clock.now();
    let mut conn = app.db().await?;
    let today = operators::analytics::active(&mut conn, now).await?;
    assert_eq!((today.daily, today.weekly, today.monthly), (1, 1, 1));
    let later = |days| now + chrono::TimeDelta::days(days);
    let in_days = operators::analytics::active(&mut conn, later(3)).await?;
    assert_eq!((in_days.daily, in_days.weekly, in_days.monthly), (0, 1, 1));
    let in_weeks = operators::analytics::active(&mut conn, later(20)).await?;
    assert_eq!(
        (in_weeks.daily, in_weeks.weekly, in_weeks.monthly),
        (0, 0, 1)
    );
    let in_months = operators::analytics::active(&mut conn, later(40)).await?;
    assert_eq!((in_months.daily, in_months.monthly), (0, 0));
    Ok(())
}
