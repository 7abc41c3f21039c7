//! The operator's screen: what is wrong comes first, with what helps, also while parts of the deployment are away.

use diesel_async::SimpleAsyncConnection;
use jobs::{ledger, workers};
use probes::jobs::{Act, Probe};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::browser::Browser;
use world::{TestApp, World};

const KEY: &str = "admin-key-of-the-tests";

async fn app(change: impl FnOnce(&mut World)) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", KEY);
    world.set("GIT_SHA", "0123abc");
    change(&mut world);
    TestApp::start_in(world).await
}

/// A page, as a program with the key gets it.
async fn page(app: &TestApp, path: &str) -> anyhow::Result<String> {
    let call = app.request(Method::GET, path).header("X-Admin-Key", KEY);
    let answer = call.send().await?;
    anyhow::ensure!(answer.status() == 200, "{path}: {}", answer.status());
    Ok(answer.text().await?)
}

/// Notes that a worker runs, without one that does.
async fn with_worker(app: &TestApp, release: &str) -> anyhow::Result<()> {
    Ok(workers::note(&mut *app.db().await?, "worker-1", release).await?)
}

async fn dead_probe(app: &TestApp) -> anyhow::Result<()> {
    let probe = Probe::new([Act::Finish { ms: 0 }]);
    let id = ledger::enqueue(&mut *app.db().await?, &probe).await?.id;
    let dies = format!("UPDATE jobs SET state = 'dead', finished_at = now() WHERE id = '{id}'");
    Ok(app.db().await?.batch_execute(&dies).await?)
}

/// What stands in the heading, and the findings without their tags.
fn head(page: &str) -> (&str, &str) {
    let (_, rest) = page.split_once("<h1>").unwrap_or_default();
    let (heading, rest) = rest.split_once("</h1>").unwrap_or_default();
    let (found, _) = rest.split_once("<section").unwrap_or((rest, ""));
    (heading, found)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_first_that_no_worker_runs_and_then_that_all_is_well() -> anyhow::Result<()> {
    let app = app(|_| ()).await?;
    let bare = page(&app, "/admin").await?;
    let (heading, found) = head(&bare);
    assert_eq!(heading, "Persons get nothing done");
    assert!(found.contains("No worker has been seen"), "{found}");
    assert!(
        found.contains("href=\"/admin/runbook#no-worker-runs\""),
        "{found}"
    );
    with_worker(&app, "0123abc").await?;
    let well = page(&app, "/admin").await?;
    let (heading, found) = head(&well);
    assert_eq!(heading, "Nothing is wrong");
    assert!(
        found.contains("Everything that was asked is well."),
        "{found}"
    );
    for part in [
        "<code>0123abc</code>",
        "worker-1",
        "readings_succeed",
        "99.9 %",
        "smtp",
    ] {
        assert!(well.contains(part), "{part}: {well}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_about_jobs_leads_to_them_and_to_its_chapter() -> anyhow::Result<()> {
    let app = app(|_| ()).await?;
    with_worker(&app, "another").await?;
    dead_probe(&app).await?;
    let shown = page(&app, "/admin").await?;
    let (heading, found) = head(&shown);
    assert_eq!(heading, "Something is wrong");
    let (dead, release) = (
        found.find("1 dead in maintenance"),
        found.find("another release"),
    );
    assert!(dead.is_some() && dead < release, "the worst first: {found}");
    assert!(
        found.contains("/admin/jobs?state=dead&amp;queue=maintenance"),
        "{found}"
    );
    let listed = page(&app, "/admin/jobs?state=dead&queue=maintenance").await?;
    assert!(listed.contains("/retry\""), "{listed}");
    let runbook = page(&app, "/admin/runbook").await?;
    assert!(
        runbook.contains("<section id=\"dead-jobs-pile-up\">"),
        "{runbook}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_there_without_redis_bucket_and_telegram_and_says_so() -> anyhow::Result<()> {
    let app = app(|world| world.set("REDIS_URL", "redis://127.0.0.1:1")).await?;
    with_worker(&app, "0123abc").await?;
    let down = json!({ "s3": { "down": true }, "telegram": { "down": true } });
    app.world.faults(down).await?;
    let shown = page(&app, "/admin").await?;
    let (_, found) = head(&shown);
    for part in [
        "Redis gave no answer",
        "The bucket gave no answer",
        "Telegram gave no answer",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(shown.contains("/admin/queues/image/pause"), "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_there_without_postgres_and_tells_what_is_known_without_it()
-> anyhow::Result<()> {
    let app = app(|world| {
        world.set("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/d");
        world.set("DATABASE_WAIT_MS", 200);
    })
    .await?;
    let shown = page(&app, "/admin").await?;
    let (heading, found) = head(&shown);
    assert_eq!(heading, "Persons get nothing done");
    assert!(found.contains("Postgres gave no answer"), "{found}");
    assert!(found.contains("/admin/runbook#postgres-is-gone"), "{found}");
    assert!(
        !found.contains("Redis") && !found.contains("bucket"),
        "{found}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_refreshes_asks_telegram_no_more_often_than_it_must() -> anyhow::Result<()> {
    let app = app(|_| ()).await?;
    page(&app, "/admin").await?;
    let before = app.world.calls("s3").await?;
    for _ in 0..3 {
        page(&app, "/admin?refresh").await?;
    }
    assert_eq!(app.world.calls("s3").await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_seen_while_it_runs_and_not_missed_after_it_has_stopped() -> anyhow::Result<()>
{
    let app = app(|_| ()).await?;
    let seen = async || anyhow::Ok(workers::seen(&mut *app.db().await?).await?);
    let worker = app.worker()?;
    let running = eventually(async || {
        let all: Vec<workers::Seen> = seen().await?;
        anyhow::Ok(all.into_iter().next())
    });
    let running = running.await?;
    assert_eq!(
        (running.release.as_str(), running.runs()),
        ("0123abc", true)
    );
    worker.stop().await;
    let left: Vec<workers::Seen> = seen().await?;
    assert_eq!(left, []);
    Ok(())
}

/// Runs in the page: what a person who cannot see, or has a phone, stumbles over.
const BARRIERS: &str = "
    const wrong = [];
    const one = (selector) => document.querySelectorAll(selector).length === 1;
    for (const landmark of ['header', 'main', 'h1']) if (!one(landmark)) wrong.push('not one ' + landmark);
    for (const nav of document.querySelectorAll('header nav')) if (!nav.ariaLabel) wrong.push('a nameless nav');
    for (const table of document.querySelectorAll('table')) {
        if (!table.caption || !table.caption.innerText.trim()) wrong.push('a table without a caption');
        if (table.querySelector('thead th:not([scope]), tbody th:not([scope])')) wrong.push('a head without a scope');
    }
    for (const button of document.querySelectorAll('button, a')) if (!button.textContent.trim()) wrong.push('an empty button');
    if (document.documentElement.scrollWidth > innerWidth) wrong.push('wider than the window: ' + document.documentElement.scrollWidth);
    if (document.scripts.length) wrong.push('a script');
    const rgb = (color) => color.match(/[0-9.]+/g).map(Number);
    const light = (color) => rgb(color).slice(0, 3).map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (rgb(color)[3] !== 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    for (const element of document.querySelectorAll('body *')) {
        const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!says || !element.checkVisibility()) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) wrong.push('contrast ' + contrast.toFixed(2) + ': ' + element.textContent.trim().slice(0, 40));
    }
    return wrong;";

/// WCAG 2.2: 1.3.1, 1.4.3 (AA), 1.4.10, 2.4.1.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_the_screen_has_no_barriers_and_a_finding_leads_to_its_jobs()
-> anyhow::Result<()> {
    let app = app(|_| ()).await?;
    with_worker(&app, "another").await?;
    dead_probe(&app).await?;
    let browser = Browser::start().await?;
    let address = app.url("/admin").replace("://", &format!("://ann:{KEY}@"));
    browser.open(&address).await?;
    browser.shows("1 dead in maintenance").await?;
    assert_eq!(browser.run(BARRIERS).await?, Value::Array(Vec::new()));
    let jobs = browser
        .find(".finding.fault a[href^='/admin/jobs']")
        .await?;
    jobs.click().await?;
    browser
        .find("form[action$='/retry'] button")
        .await?
        .click()
        .await?;
    browser.shows("The job is sent round again.").await?;
    Ok(())
}
