//! The admin page: who may see it, what it shows, what its buttons do.

use diesel_async::SimpleAsyncConnection;
use jobs::{JobState, ledger};
use probes::jobs::{Act, Noop, Probe};
use readings::jobs::ReadCup;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use uuid::Uuid;
use world::app::photo_form;
use world::{TestApp, World};

const KEY: &str = "admin-key-of-the-tests";

async fn app_with_page() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", KEY);
    TestApp::start_in(world).await
}

/// An answer, not followed anywhere.
struct Page {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Page {
    async fn of(request: RequestBuilder) -> anyhow::Result<Self> {
        let stay = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().redirect(stay).build()?;
        let response = client.execute(request.build()?).await?;
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
        })
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Status, and code of the catalogue.
    fn refusal(&self) -> (u16, String) {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        (
            self.status,
            body["code"].as_str().unwrap_or("no code").to_owned(),
        )
    }
}

/// What a browser sends for a person at our page.
fn browser(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    let request = app.request(method, path).basic_auth("ann", Some(KEY));
    request.header("Sec-Fetch-Site", "same-origin")
}

async fn get(app: &TestApp, path: &str) -> anyhow::Result<Page> {
    let page = Page::of(browser(app, Method::GET, path)).await?;
    anyhow::ensure!(page.status == 200, "{path}: {} {}", page.status, page.body);
    Ok(page)
}

/// Presses a button; returns where it leads.
async fn press(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<String> {
    let page = Page::of(browser(app, Method::POST, path).form(fields)).await?;
    anyhow::ensure!(page.status == 303, "{path}: {} {}", page.status, page.body);
    Ok(page.header("location").to_owned())
}

async fn enqueue_probe(app: &TestApp) -> anyhow::Result<Uuid> {
    let probe = Probe::new([Act::Finish { ms: 0 }]);
    Ok(ledger::enqueue(&mut *app.db().await?, &probe).await?.id)
}

async fn dead_probe(app: &TestApp, error: &str) -> anyhow::Result<Uuid> {
    let id = enqueue_probe(app).await?;
    let errors = json!([{ "attempt": 3, "at": "2026-01-02T03:04:05Z", "error": error }]);
    let dies = format!(
        "UPDATE jobs SET state = 'dead', finished_at = now(), attempt = 3, errors = '{errors}'
         WHERE id = '{id}'"
    );
    app.db().await?.batch_execute(&dies).await?;
    Ok(id)
}

async fn count(app: &TestApp, of: &str) -> anyhow::Result<i64> {
    app.count(&format!("SELECT count(*) AS count FROM {of}"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_set_there_is_no_such_page() -> anyhow::Result<()> {
    for key in [None, Some("")] {
        let mut world = World::new().await?;
        if let Some(key) = key {
            world.set("ADMIN_KEY", key);
        }
        let app = TestApp::start_in(world).await?;
        let nowhere = Page::of(browser(&app, Method::GET, "/nowhere")).await?;
        for path in ["/admin", "/admin/jobs", "/admin/queues/image/pause"] {
            for given in ["", KEY] {
                let request = app
                    .request(Method::GET, path)
                    .basic_auth("ann", Some(given));
                let page = Page::of(request.header("X-Admin-Key", given)).await?;
                assert_eq!(page.refusal(), nowhere.refusal(), "{path}");
                assert_eq!(page.refusal(), (404, "E601".to_owned()), "{path}");
                assert_eq!(page.headers.len(), nowhere.headers.len(), "{path}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_the_right_key() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    for path in ["/admin", "/admin/jobs", "/admin/no-such-page"] {
        let get = || app.request(Method::GET, path);
        let none = Page::of(get()).await?;
        assert_eq!(none.refusal(), (401, "E201".to_owned()), "{path}");
        assert!(
            none.header("www-authenticate").starts_with("Basic realm="),
            "{path}"
        );
        for wrong in [
            get().basic_auth("ann", Some("guess")),
            get().basic_auth("ann", Some("")),
            get().basic_auth("ann", Some(format!("{KEY}x"))),
            get().basic_auth(KEY, None::<&str>),
            get().bearer_auth(KEY),
            get().header("X-Admin-Key", "guess"),
            get().header("X-Admin-Key", ""),
            // A wrong header is not made good by the password that a browser adds.
            get()
                .header("X-Admin-Key", "guess")
                .basic_auth("ann", Some(KEY)),
        ] {
            assert_eq!(
                Page::of(wrong).await?.refusal(),
                (401, "E202".to_owned()),
                "{path}"
            );
        }
        let found = if path == "/admin/no-such-page" {
            404
        } else {
            200
        };
        for right in [
            get().basic_auth("ann", Some(KEY)),
            get().basic_auth("", Some(KEY)),
            get().header("X-Admin-Key", KEY),
        ] {
            assert_eq!(Page::of(right).await?.status, found, "{path}");
        }
    }
    let post = app.request(Method::POST, "/admin/queues/image/pause");
    assert_eq!(Page::of(post).await?.refusal(), (401, "E201".to_owned()));
    assert_eq!(count(&app, "job_pauses").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_cannot_press_a_button() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let post = || {
        let post = app.request(Method::POST, "/admin/queues/image/pause");
        post.basic_auth("ann", Some(KEY))
    };
    let host = post().build()?.url().origin().ascii_serialization();
    for forged in [
        post(),
        post().header("Sec-Fetch-Site", "cross-site"),
        post().header("Sec-Fetch-Site", "same-site"),
        post()
            .header("Sec-Fetch-Site", "cross-site")
            .header("Origin", &host),
        post().header("Origin", "https://evil.test"),
        post().header("Origin", "null"),
    ] {
        assert_eq!(Page::of(forged).await?.refusal(), (403, "E204".to_owned()));
    }
    assert_eq!(count(&app, "job_pauses").await?, 0);
    let program = app.request(Method::POST, "/admin/queues/analysis/pause");
    for ours in [
        post().header("Sec-Fetch-Site", "same-origin"),
        post().header("Sec-Fetch-Site", "none"),
        post().header("Origin", &host),
        program.header("X-Admin-Key", KEY),
    ] {
        assert_eq!(Page::of(ours).await?.status, 303);
    }
    assert_eq!(count(&app, "job_pauses").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_dressed_for_a_browser() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let page = get(&app, "/admin").await?;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let unnamed = Page::of(app.request(Method::GET, "/admin")).await?;
    let nothing = Page::of(browser(&app, Method::GET, "/admin/jobs/17")).await?;
    assert_eq!(nothing.refusal(), (404, "E601".to_owned()));
    assert_eq!(nothing.header("content-type"), "application/json");
    for page in [&page, &unnamed, &nothing] {
        let csp = page.header("content-security-policy");
        for part in [
            "default-src 'none';",
            "style-src 'sha256-",
            "form-action 'self'",
        ] {
            assert!(csp.contains(part), "{csp}");
        }
        assert!(csp.ends_with("frame-ancestors 'none'"), "{csp}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(page.headers.get_all("x-request-id").iter().count(), 1);
    }
    // Nothing that the policy would have to make an exception for.
    for word in ["<script", "style=", "onclick", "http://", "https://"] {
        assert!(!page.body.contains(word), "{word}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_shows_queues_dead_and_running_jobs_and_escapes_what_they_say()
-> anyhow::Result<()> {
    let app = app_with_page().await?;
    let dead = dead_probe(&app, "<script>alert(\"1\")</script> & more").await?;
    let running = enqueue_probe(&app).await?;
    let runs = format!(
        "UPDATE jobs SET state = 'running', attempt = 1, worker = '<b>worker</b>',
             started_at = now() - interval '3 minutes', lease_until = now() + interval '1 hour'
         WHERE id = '{running}';
         INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, ended_at, doubted_at, cost_micro_usd)
             VALUES (gen_random_uuid(), '{dead}', 'k', 'openrouter', 1, 'unknown', now(), now(), 0)"
    );
    app.db().await?.batch_execute(&runs).await?;
    let page = get(&app, "/admin").await?.body;
    for part in [
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more",
        "&lt;b&gt;worker&lt;/b&gt;",
        "since 3m · attempt 1/50",
        &format!("href=\"/admin/jobs/{dead}\""),
        &format!("action=\"/admin/jobs/{dead}/retry\""),
        &format!("action=\"/admin/jobs/{dead}/discard\""),
        &format!("action=\"/admin/jobs/{running}/cancel\""),
        "href=\"/admin/jobs?state=dead&amp;queue=maintenance\">1</a>",
        "1 paid calls of the last 7 days have an unknown outcome.",
        "&quot;class&quot;:2",
    ] {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    assert!(!page.contains("<script>") && !page.contains("<b>worker</b>"));
    assert!(!page.contains("http-equiv"));
    let again = get(&app, "/admin?refresh").await?.body;
    assert!(again.contains("http-equiv=\"refresh\" content=\"5; url=/admin?refresh\""));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_reading_that_is_sent_round_again_is_delivered() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let refuses = json!({ "ai": { "error_rate": 1.0, "status": 400 } });
    app.world.faults(refuses).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    assert_eq!(app.states::<ReadCup>().await?, [(JobState::Dead, 1)]);
    let before = chat.bot_texts().await?.len();
    app.world.no_faults().await?;
    let dead = get(&app, "/admin/jobs?state=dead").await?.body;
    let (_, id) = dead.split_once("href=\"/admin/jobs/").expect("a link");
    let id = id.split('"').next().expect("its end");
    let shown = get(&app, &format!("/admin/jobs/{id}")).await?.body;
    assert!(
        shown.contains("refused") && shown.contains("openrouter"),
        "{shown}"
    );
    let back = format!("/admin/jobs/{id}");
    let leads = press(&app, &format!("{back}/retry"), &[("back", &back)]).await?;
    assert_eq!(leads, format!("{back}?notice=retried"));
    let shown = get(&app, &leads).await?.body;
    assert!(shown.contains("The job is sent round again."), "{shown}");
    app.drain_jobs().await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    assert_eq!(
        chat.bot_texts().await?.len(),
        before + 1,
        "and nothing else is said"
    );
    let delivered = "analysis_history WHERE status = 'completed' AND delivered_at IS NOT NULL";
    assert_eq!(count(&app, delivered).await?, 1);
    let shown = get(&app, &back).await?.body;
    assert!(
        shown.contains("Sent round again</dt><dd>1 times"),
        "{shown}"
    );
    assert!(shown.contains("answered"), "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_can_be_discarded_and_cancelled_and_what_cannot_be_done_is_told() -> anyhow::Result<()>
{
    let app = app_with_page().await?;
    let (dead, waiting) = (dead_probe(&app, "x").await?, enqueue_probe(&app).await?);
    let act = |id: Uuid, act: &str| format!("/admin/jobs/{id}/{act}");
    assert_eq!(
        press(&app, &act(dead, "discard"), &[]).await?,
        "/admin?notice=discarded"
    );
    assert_eq!(count(&app, &format!("jobs WHERE id = '{dead}'")).await?, 0);
    let again = press(&app, &act(dead, "retry"), &[]).await?;
    assert_eq!(again, "/admin?notice=not-found");
    assert!(
        get(&app, &again)
            .await?
            .body
            .contains("there is no such job")
    );
    let refused = press(&app, &act(waiting, "discard"), &[]).await?;
    assert_eq!(refused, "/admin?notice=is-waiting");
    assert!(
        get(&app, &refused)
            .await?
            .body
            .contains("Nothing was done: the job is waiting.")
    );
    let cancel = press(&app, &act(waiting, "cancel"), &[]).await?;
    assert_eq!(cancel, "/admin?notice=cancelling");
    app.drain_jobs().await?;
    assert_eq!(app.states::<Probe>().await?, [(JobState::Cancelled, 1)]);
    assert_eq!(count(&app, "probe_results").await?, 0, "it was not run");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_leads_back_to_a_page_of_ours_and_nowhere_else() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let pause = "/admin/queues/image/pause";
    for (back, leads) in [
        ("/admin?refresh", "/admin?refresh&notice=paused"),
        (
            "/admin/jobs?state=dead&queue=image",
            "/admin/jobs?state=dead&queue=image&notice=was-paused",
        ),
        ("https://evil.test/admin", "/admin?notice=was-paused"),
        ("//evil.test", "/admin?notice=was-paused"),
        ("/administrator", "/admin?notice=was-paused"),
        ("/admin/\r\nX-Evil: 1", "/admin?notice=was-paused"),
    ] {
        assert_eq!(press(&app, pause, &[("back", back)]).await?, leads);
    }
    // A link cannot make the page say something.
    let page = get(&app, "/admin?notice=Your+database+is+gone").await?.body;
    assert!(!page.contains("Your database"), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_is_not_claimed_from_until_it_goes_on() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let leads = press(&app, "/admin/queues/maintenance/pause", &[]).await?;
    assert_eq!(leads, "/admin?notice=paused");
    let page = get(&app, &leads).await?.body;
    assert!(page.contains("by ann, admin page"), "{page}");
    assert!(
        page.contains("action=\"/admin/queues/maintenance/resume\""),
        "{page}"
    );
    let noop = Noop { id: Uuid::now_v7() };
    let _ = ledger::enqueue(&mut *app.db().await?, &noop).await?;
    let worker = app.worker()?;
    // The other queues are worked on meanwhile, for as long as a whole reading takes.
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(app.states::<Noop>().await?, [(JobState::Queued, 0)]);
    press(&app, "/admin/queues/maintenance/resume", &[]).await?;
    let done = async || Ok((app.states::<Noop>().await? == [(JobState::Done, 1)]).then_some(()));
    eventually(done).await?;
    worker.stop().await;
    let unknown = browser(&app, Method::POST, "/admin/queues/imgae/pause");
    assert_eq!(Page::of(unknown).await?.refusal(), (400, "E105".to_owned()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_and_comes_in_pages() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let dead = dead_probe(&app, "x").await?;
    app.post_as_service(photo_form(coffee_cup())).await?;
    let user = app.user_id(7).await?;
    let many = "INSERT INTO jobs (id, kind, queue, args, max_attempts, run_at)
                SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
                    'probes.noop.v1', 'privacy', '{}', 3, now() + interval '1 day'
                FROM generate_series(1, 60) AS n";
    app.db().await?.batch_execute(many).await?;
    for (filter, kind) in [
        ("state=dead".to_owned(), "probes.probe.v1"),
        (
            "queue=maintenance&state=&kind=&key=&before=".to_owned(),
            "probes.probe.v1",
        ),
        ("kind=probes.probe.v1".to_owned(), "probes.probe.v1"),
        ("queue=image".to_owned(), "analyses.prepare_image.v1"),
        (format!("key=user:{user}"), "analyses.prepare_image.v1"),
        ("state=waiting".to_owned(), "analyses.prepare_image.v1"),
    ] {
        let page = get(&app, &format!("/admin/jobs?{filter}")).await?.body;
        assert_eq!(page.matches("<article>").count(), 1, "{filter}");
        assert!(page.contains(&format!("\">{kind}</a>")), "{filter}");
    }
    let first = get(&app, "/admin/jobs?queue=privacy&state=scheduled")
        .await?
        .body;
    assert_eq!(first.matches("<article>").count(), 50);
    let (_, older) = first
        .split_once("rel=\"next\" href=\"")
        .expect("a link to older ones");
    let older = older
        .split('"')
        .next()
        .expect("its end")
        .replace("&amp;", "&");
    let last = get(&app, &older).await?.body;
    assert_eq!(last.matches("<article>").count(), 10);
    assert!(last.contains("← newest") && !last.contains("rel=\"next\""));
    for wrong in ["state=asleep", "queue=imgae", "before=17"] {
        let page = Page::of(browser(&app, Method::GET, &format!("/admin/jobs?{wrong}"))).await?;
        assert_eq!(page.refusal(), (400, "E105".to_owned()), "{wrong}");
    }
    assert!(
        get(&app, &format!("/admin/jobs/{dead}"))
            .await?
            .body
            .contains("Attempt 3")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_jobs_are_sent_round_again_by_queue_and_kind_and_never_by_mistake()
-> anyhow::Result<()> {
    let app = app_with_page().await?;
    for _ in 0..3 {
        dead_probe(&app, "x").await?;
    }
    let all = "/admin/jobs/retry-dead";
    let leads = press(&app, all, &[("queue", "image"), ("kind", "")]).await?;
    assert_eq!(leads, "/admin?notice=retried-dead&count=0");
    for wrong in [
        browser(&app, Method::POST, all).form(&[("state", "dead")]),
        browser(&app, Method::POST, all).form(&[("queue", "imgae")]),
        browser(&app, Method::POST, all).json(&json!({ "queue": "image" })),
    ] {
        let refused = Page::of(wrong).await?;
        assert!((400..500).contains(&refused.status), "{}", refused.status);
    }
    assert_eq!(count(&app, "jobs WHERE state = 'dead'").await?, 3);
    let back = "/admin/jobs?state=dead&queue=maintenance";
    let leads = press(&app, all, &[("queue", "maintenance"), ("back", back)]).await?;
    assert_eq!(leads, format!("{back}&notice=retried-dead&count=3"));
    let page = get(&app, &leads).await?.body;
    assert!(page.contains("3 dead jobs are sent round again."), "{page}");
    assert_eq!(
        count(&app, "jobs WHERE state = 'queued' AND redrives = 1").await?,
        3
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pressed_is_in_the_audit_log_with_who_and_from_where() -> anyhow::Result<()> {
    let app = app_with_page().await?;
    let id = dead_probe(&app, "gone").await?;
    press(&app, &format!("/admin/jobs/{id}/retry"), &[]).await?;
    press(&app, &format!("/admin/jobs/{id}/discard"), &[]).await?;
    press(&app, "/admin/queues/image/pause", &[]).await?;
    press(&app, "/admin/queues/image/pause", &[]).await?;
    let lines = "FROM audit_logs WHERE actor = 'operator' AND host(ip_address) = '127.0.0.1'
                 AND new_value->>'by' = 'ann, admin page'";
    let of = async |what: &str| {
        let query = format!("SELECT count(*) AS count {lines} AND {what}");
        app.count(&query).await
    };
    assert_eq!(
        of(&format!("action = 'job_retried' AND entity_id = '{id}'")).await?,
        1
    );
    assert_eq!(
        of("action = 'queue_paused' AND new_value->>'about' = 'image'").await?,
        1
    );
    let pressed = "action <> 'operator_seen'";
    assert_eq!(of(pressed).await?, 2, "what was refused changed nothing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_many_addresses_are_throttled_and_cannot_lock_an_operator_out()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", KEY);
    world.set("RATE_LIMIT_ADMIN", 5);
    world.set("RATE_LIMIT_REDIS_MS", 10_000);
    world.set("TRUSTED_PROXIES", "127.0.0.0/8");
    let app = TestApp::start_in(world).await?;
    let ask = async |address: &str, key: &str| {
        let call = app
            .request(Method::GET, "/admin")
            .header("X-Admin-Key", key);
        anyhow::Ok(
            Page::of(call.header("X-Forwarded-For", address))
                .await?
                .status,
        )
    };
    assert_eq!(ask("192.0.2.1", KEY).await?, 200);
    for guess in 0..=5 {
        assert_eq!(ask(&format!("198.51.100.{guess}"), "guess").await?, 401);
    }
    // Not even a right one: it might be the guess that hits.
    assert_eq!(ask("198.51.100.99", "guess").await?, 429);
    assert_eq!(ask("198.51.100.99", KEY).await?, 429);
    assert_eq!(ask("192.0.2.1", KEY).await?, 200, "known from before");
    assert_eq!(ask("192.0.2.1", "guess").await?, 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_the_allowed_networks_there_is_no_page() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", KEY);
    world.set("ADMIN_ALLOW", "192.0.2.0/24, 2001:db8::/32");
    world.set("TRUSTED_PROXIES", "127.0.0.0/8");
    let app = TestApp::start_in(world).await?;
    for (address, status) in [
        ("192.0.2.7", 200),
        ("2001:db8::7", 200),
        ("198.51.100.7", 404),
    ] {
        for path in ["/admin", "/admin/jobs"] {
            let call = app.request(Method::GET, path).header("X-Admin-Key", KEY);
            let page = Page::of(call.header("X-Forwarded-For", address)).await?;
            assert_eq!(page.status, status, "{address} {path}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_says_who_came_from_where_and_whose_answers_they_read() -> anyhow::Result<()>
{
    let app = app_with_page().await?;
    let (read, bare) = (dead_probe(&app, "x").await?, dead_probe(&app, "x").await?);
    let answered = format!(
        "INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, ended_at, answer, cost_micro_usd)
         VALUES (gen_random_uuid(), '{read}', 'k', 'openrouter', 1, 'answered', now(), '{{}}', 0)"
    );
    app.db().await?.batch_execute(&answered).await?;
    for id in [read, bare, read] {
        get(&app, &format!("/admin/jobs/{id}")).await?;
    }
    let ann = "audit_logs WHERE actor = 'operator' AND host(ip_address) = '127.0.0.1'
               AND new_value ->> 'by' = 'ann, admin page' AND action";
    assert_eq!(count(&app, &format!("{ann} = 'operator_seen'")).await?, 1);
    let viewed = format!("{ann} = 'job_viewed' AND entity_id = '{read}'");
    assert_eq!(count(&app, &viewed).await?, 2);
    assert_eq!(count(&app, &format!("{ann} = 'job_viewed'")).await?, 2);
    // Another process finds the line, and writes no second.
    let other = app.sibling()?;
    let call = app.world.http.get(format!("http://{}/admin", other.addr));
    assert_eq!(call.header("X-Admin-Key", KEY).send().await?.status(), 200);
    assert_eq!(
        count(&app, "audit_logs WHERE action = 'operator_seen'").await?,
        1
    );
    Ok(())
}
