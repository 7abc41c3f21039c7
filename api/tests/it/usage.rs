//! What accounts have used: the log of their requests, sums, and the quota of their keys.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::process::Process;
use world::app::Answer;
use world::{N8N_KEY, TestApp, World};

use crate::organizations::Person;

/// A key of a person's own account, which sees what it is used for.
pub(crate) async fn key_of(
    person: &Person<'_>,
    scopes: &[&str],
) -> anyhow::Result<(String, String)> {
    let wish = json!({ "name": "a script", "scopes": scopes });
    let made = person.posts("/v1/api-keys", wish).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let text = |name: &str| made.body[name].as_str().unwrap_or_default().to_owned();
    Ok((text("id"), text("key")))
}

pub(crate) async fn with_key(
    url: String,
    app: &TestApp,
    key: &str,
    body: Option<Value>,
) -> anyhow::Result<Answer> {
    let call = match body {
        Some(body) => app.world.http.post(url).json(&body),
        None => app.world.http.get(url),
    };
    Answer::of(call.header("X-API-Key", key).send().await?).await
}

async fn get(app: &TestApp, key: &str, path: &str) -> anyhow::Result<Answer> {
    with_key(app.url(path), app, key, None).await
}

/// Waits until so many lines of a route are written.
async fn lines(app: &TestApp, route: &str, wanted: i64) -> anyhow::Result<()> {
    let written = format!("SELECT count(*) AS count FROM usage_logs WHERE endpoint = '{route}'");
    eventually(async || Ok((app.count(&written).await? == wanted).then_some(()))).await
}

async fn with_requests(limit: i64) -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.sql(&format!(
        "UPDATE plan_limits SET month_limit = {limit} WHERE tier = 'FREE' AND unit = 'api_requests'"
    ))
    .await?;
    Ok(app)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_a_line_with_its_route_and_the_network_of_its_client() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, key) = key_of(&ann, &["analyses:read", "usage:read"]).await?;
    let nothing = "/v1/analyses/00000000-0000-0000-0000-000000000000";
    assert_eq!(get(&app, &key, nothing).await?.status, 404);
    assert_eq!(get(&app, &key, "/v1/analyses").await?.status, 200);
    lines(&app, "/v1/analyses/{id}", 1).await?;
    lines(&app, "/v1/analyses", 1).await?;
    let path = format!("/v1/usage/detailed?key={id}&status=4xx");
    let shown = ann.gets(&path).await?;
    let found = shown.body["data"].as_array().expect("a list");
    assert_eq!(found.len(), 1, "{shown:?}");
    let line = &found[0];
    for (name, wanted) in [
        ("method", json!("GET")),
        ("endpoint", json!("/v1/analyses/{id}")),
        ("status", json!(404)),
        ("error_code", json!("E601")),
        ("key_id", json!(id)),
        ("user_id", json!(ann.id)),
        ("network", json!("127.0.0.0/24")),
    ] {
        assert_eq!(line[name], wanted, "{name}");
    }
    let summary = ann.gets("/v1/usage/summary?period=day").await?;
    let of = |name: &str| summary.body[name].as_i64().unwrap_or_default();
    assert!(of("requests") >= 2 && of("errors") >= 1, "{summary:?}");
    let of_key = ann.gets(&format!("/v1/api-keys/{id}/usage")).await?;
    assert_eq!(of_key.body["days"][0]["requests"], 2, "{of_key:?}");
    assert_eq!(of_key.body["days"][0]["errors"], 1);
    let by = ann.gets("/v1/usage/by-endpoint").await?;
    let endpoints = by.body["data"].as_array().expect("a list");
    let list = endpoints
        .iter()
        .find(|one| one["endpoint"] == "GET /v1/analyses");
    assert_eq!(list.map(|one| &one["requests"]), Some(&json!(1)), "{by:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_goes_in_pages_and_whole_as_a_csv() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, key) = key_of(&ann, &["usage:read", "limits:read"]).await?;
    for _ in 0..5 {
        assert_eq!(get(&app, &key, "/v1/limits/me").await?.status, 200);
    }
    lines(&app, "/v1/limits/me", 5).await?;
    let of_key = format!("/v1/usage/detailed?key={id}&endpoint=/v1/limits/me");
    let (mut path, mut seen) = (format!("{of_key}&limit=2"), Vec::new());
    loop {
        let page = ann.gets(&path).await?;
        assert_eq!(page.status, 200, "{page:?}");
        let ids = page.body["data"].as_array().into_iter().flatten();
        seen.extend(ids.map(|one| one["id"].to_string()));
        let Some(next) = page.body["next_cursor"].as_str() else {
            break;
        };
        path = format!("{of_key}&limit=2&cursor={next}");
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5, "each once");
    let call = app.request(Method::GET, &format!("{of_key}&format=csv"));
    let csv = call.header("X-API-Key", &key).send().await?;
    assert_eq!(csv.headers()["content-type"], "text/csv; charset=utf-8");
    let csv = csv.text().await?;
    let rows: Vec<&str> = csv.trim_end().split("\r\n").collect();
    assert_eq!(rows.len(), 6, "{csv}");
    assert!(
        rows[0].starts_with("id,occurred_at,user_id,key_id"),
        "{csv}"
    );
    for wrong in [
        "limit=0",
        "limit=1001",
        "cursor=x",
        "status=9xx",
        "format=xml",
    ] {
        let refused = ann.gets(&format!("/v1/usage/detailed?{wrong}")).await?;
        assert_eq!(refused.status, 400, "{wrong}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_the_last_requests_of_a_month_are_served_once_and_the_rest_refused()
-> anyhow::Result<()> {
    let app = with_requests(5).await?;
    let other = app.sibling()?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["limits:read"]).await?;
    let urls = (0..16).map(|n| match n % 2 {
        0 => app.url("/v1/limits/me"),
        _ => format!("http://{}/v1/limits/me", other.addr),
    });
    let calls = urls.map(|url| with_key(url, &app, &key, None));
    let answers = futures_util::future::try_join_all(calls).await?;
    let served = answers.iter().filter(|one| one.status == 200).count();
    assert_eq!(served, 5, "{answers:?}");
    for refused in answers.iter().filter(|one| one.status != 200) {
        assert_eq!(refused.refusal(), (429, "E311"));
        assert_eq!(refused.headers["x-quota-remaining"], "0");
        assert!(refused.headers.contains_key("retry-after"));
    }
    // Persons themselves are served on, and see it.
    let quota = ann.gets("/v1/usage/quota").await?;
    let quotas = quota.body["quotas"].as_array().expect("a list");
    let requests = quotas.iter().find(|one| one["unit"] == "api_requests");
    let requests = requests.expect("the quota of requests");
    assert_eq!(
        (&requests["used"], &requests["limit"]),
        (&json!(5), &json!(5))
    );
    assert_eq!(
        (&requests["remaining"], &requests["window"]),
        (&json!(0), &json!("month"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_the_quota_is_kept_all_the_same() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    app.sql("UPDATE plan_limits SET month_limit = 3 WHERE unit = 'api_requests'")
        .await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["limits:read"]).await?;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(get(&app, &key, "/v1/limits/me").await?.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_while_no_line_can_be_written_and_the_lines_come_later()
-> anyhow::Result<()> {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let mut held = app.db().await?;
    held.batch_execute("BEGIN; LOCK TABLE usage_logs IN ACCESS EXCLUSIVE MODE")
        .await?;
    for _ in 0..20 {
        assert_eq!(ann.gets("/v1/limits/me").await?.status, 200);
    }
    held.batch_execute("COMMIT").await?;
    lines(&app, "/v1/limits/me", 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_writes_its_lines_and_gives_back_what_it_has_not_spent()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["users:read"]).await?;
    // Another process on the same database.
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    drop(listener);
    let mut env = app.world.env.clone();
    env.insert("PORT".to_owned(), port.to_string());
    env.insert("API_DRAIN_MS".to_owned(), "0".to_owned());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_api"));
    let process = Process::start(binary, &env, None)?;
    let url = format!("http://127.0.0.1:{port}/v1/users/me");
    eventually(async || {
        let answer = with_key(url.clone(), &app, &key, None).await.ok();
        Ok(answer.filter(|answer| answer.status == 200))
    })
    .await?;
    let taken = "SELECT sum(amount)::bigint AS count FROM usage_leases";
    assert_eq!(app.count(taken).await?, 100, "a hundredth of FREE's 10,000");
    assert_eq!(process.terminate().await?, Some(0));
    // No waiting: all of it was done before the end.
    let used = "SELECT month_used AS count FROM meters WHERE unit = 'api_requests'";
    assert_eq!(app.count(used).await?, 1);
    let leases = "SELECT count(*) AS count FROM usage_leases";
    assert_eq!(app.count(leases).await?, 0);
    let line = "SELECT count(*) AS count FROM usage_logs WHERE endpoint = '/v1/users/me' AND key_id IS NOT NULL";
    assert_eq!(app.count(line).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_organization_members_see_what_is_used_and_viewers_and_strangers_do_not()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let cleo = Person::new(&app, 10).await?;
    let at = ann.founds("Tea and coffee").await?;
    ann.takes_in(&at, &bob, "member").await?;
    ann.takes_in(&at, &cleo, "viewer").await?;
    let organization = at.trim_start_matches("/v1/organizations/").to_owned();
    for path in [
        "summary",
        "detailed",
        "monthly",
        "quota",
        "by-endpoint",
        "by-model",
        "corrections",
    ] {
        for (person, wanted) in [(7, 200), (8, 200), (10, 403), (9, 404)] {
            let init_data = app.world.chat(person).init_data().await?;
            let call = app
                .request(Method::GET, &format!("/v1/usage/{path}"))
                .header("X-Telegram-Init-Data", init_data)
                .header("X-Account-Id", &organization);
            assert_eq!(call.send().await?.status(), wanted, "{path}");
        }
    }
    let (_, key) = key_of(&ann, &["limits:read"]).await?;
    let lacking = get(&app, &key, "/v1/usage/summary").await?;
    assert_eq!(lacking.refusal(), (403, "E204"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_who_has_asked_only_where_they_may_read_the_audit_log() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let at = ann.founds("Tea and coffee").await?;
    ann.takes_in(&at, &bob, "member").await?;
    let organization = at.trim_start_matches("/v1/organizations/").to_owned();
    let detailed = async |person: i64, form: &str| {
        let init_data = app.world.chat(person).init_data().await?;
        let call = app
            .request(Method::GET, &format!("/v1/usage/detailed{form}"))
            .header("X-Telegram-Init-Data", init_data)
            .header("X-Account-Id", &organization);
        anyhow::Ok(call.send().await?.text().await?)
    };
    for person in [7, 8] {
        detailed(person, "").await?;
    }
    lines(&app, "/v1/usage/detailed", 2).await?;
    for (form, person, whose) in [
        ("", 7, vec![&ann.id, &bob.id]),
        ("", 8, vec![&bob.id]),
        ("?format=csv", 8, vec![&bob.id]),
    ] {
        let shown = detailed(person, form).await?;
        for one in [&ann.id, &bob.id] {
            assert_eq!(
                shown.contains(&one.to_string()),
                whose.contains(&one),
                "{shown}"
            );
        }
    }
    let shown: Value = serde_json::from_str(&detailed(8, "?endpoint=/v1/usage/detailed").await?)?;
    let found = shown["data"].as_array().cloned().unwrap_or_default();
    let networks = |one: &&Value| one["user_id"].is_null() != one["network"].is_null();
    assert_eq!(found.iter().filter(networks).count(), 0, "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_and_the_network_of_an_operators_program_are_not_told_to_its_persons()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app.request(Method::GET, "/v1/limits/me");
    let call = call
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "7");
    assert_eq!(call.send().await?.status(), 200);
    lines(&app, "/v1/limits/me", 1).await?;
    let of_person = "SELECT count(*) AS count FROM usage_logs
        WHERE user_id IS NOT NULL AND account_id = user_id AND key_id IS NULL AND address IS NULL";
    assert_eq!(app.count(of_person).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_floods_writes_few_lines() -> anyhow::Result<()> {
    let app = with_requests(1).await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["limits:read"]).await?;
    for _ in 0..50 {
        get(&app, &key, "/v1/limits/me").await?;
    }
    // Lines come in their order.
    ann.gets("/v1/usage/quota").await?;
    lines(&app, "/v1/usage/quota", 1).await?;
    let refused = "SELECT count(*) AS count FROM usage_logs WHERE status = 429";
    assert!(app.count(refused).await? < 25);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn months_without_anything_are_shown_and_the_spellings_of_the_documents_answer()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    app.sql(
        "INSERT INTO usage_daily_aggregates (account_id, day, user_id, requests, tokens)
         SELECT id, (date_trunc('month', now() AT TIME ZONE timezone) - interval '2 months')::date, id, 7, 11 FROM users",
    )
    .await?;
    let months = ann.gets("/api/user/usage/monthly?months=3").await?;
    let data = months.body["data"].as_array().expect("a list");
    let seen: Vec<_> = data
        .iter()
        .map(|one| (&one["requests"], &one["tokens"]))
        .collect();
    assert_eq!(seen[0], (&json!(7), &json!(11)), "{months:?}");
    assert_eq!((seen.len(), seen[1]), (3, (&json!(0), &json!(0))));
    let summary = ann.gets("/api/usage/summary?period=all").await?;
    assert_eq!(summary.body["success"], true);
    assert!(
        summary.body["data"]["tokens"].as_i64() >= Some(11),
        "{summary:?}"
    );
    let quota = ann.gets("/api/user/usage/quota-status").await?;
    assert_eq!(quota.body["tier"], "FREE");
    Ok(())
}
