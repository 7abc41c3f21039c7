//! The binary at its start.

use std::path::Path;
use std::process::Stdio;

use testkit::database::count;
use testkit::eventually;
use testkit::process::{Process, Signal};
use testkit::servers::free_port;
use tokio::process::Command;
use world::World;

fn api() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

/// Exit code, and what was printed on both outputs.
async fn ended(world: &World, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String, String)> {
    let mut command = Command::new(api());
    command
        .env_clear()
        .envs(&world.env)
        .args(arguments)
        .stdin(Stdio::null());
    let ended = command.kill_on_drop(true).output().await?;
    let (out, err) = (
        String::from_utf8(ended.stdout)?,
        String::from_utf8(ended.stderr)?,
    );
    Ok((ended.status.code(), out, err))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_are_told_at_once_and_nothing_starts() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    assert_eq!(
        ended(&world, &["--check"]).await?,
        (Some(0), String::new(), String::new())
    );
    world.set("API_HOST", "0.0.0.0");
    world.set("ADMIN_KEY", "b");
    world.set("DATABASE_URL", "postgres://u:p@192.0.2.1/symancy");
    world.set("TINKOFF_API_URL", "http://192.0.2.1");
    let expected = [
        "API_HOST",
        "ADMIN_KEY",
        "DATABASE_URL",
        "TINKOFF_API_URL",
        "TINKOFF_SECRET_KEY",
        "TELEGRAM_WEBHOOK_SECRET",
        "N8N_API_KEY",
        "S3_SECRET_ACCESS_KEY",
        "OPENROUTER_API_KEY",
        "TRUSTED_PROXIES",
    ];
    let (code, out, _) = ended(&world, &["--check"]).await?;
    assert_eq!(code, Some(1));
    let (started, _, err) = ended(&world, &[]).await?;
    assert_eq!(started, Some(1));
    for name in expected {
        assert!(
            out.contains(name) && err.contains(name),
            "{name}: {out} {err}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_named_is_told_of_once() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let port = free_port()?;
    world.set("PORT", port);
    world.set("LOG_LEVEL", "warn");
    let log = tempfile::NamedTempFile::new()?;
    let _api = Process::start(api(), &world.env, Some(log.path()))?;
    let url = format!("http://127.0.0.1:{port}/v1/health");
    eventually(async || Ok(world.http.get(&url).send().await.ok())).await?;
    let told =
        || std::fs::read_to_string(log.path()).map(|text| text.matches("X-Forwarded-For").count());
    assert_eq!(told()?, 0);
    for _ in 0..3 {
        let call = world
            .http
            .get(&url)
            .header("X-Forwarded-For", "198.51.100.7");
        call.send().await?.error_for_status()?;
    }
    assert_eq!(told()?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_from_a_file_is_used_and_its_age_is_told_while_no_value_is_stored()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), "key-of-an-admin\n")?;
    let (port, metrics) = (free_port()?, free_port()?);
    world.set("PORT", port);
    world.set("API_METRICS_ADDR", format!("127.0.0.1:{metrics}"));
    world.set("ADMIN_KEY_FILE", file.path().display());
    let _api = Process::start(api(), &world.env, None)?;
    let url = format!("http://127.0.0.1:{metrics}/metrics");
    let names = ["ADMIN_KEY", "DATABASE_URL", "TELEGRAM_BOT_TOKEN"];
    let line = |name: &str| format!("secret_age_seconds{{name=\"{name}\"}} ");
    let told = eventually(async || {
        let Ok(answer) = world.http.get(&url).send().await else {
            return Ok(None);
        };
        let text = answer.text().await?;
        let has_all = names.iter().all(|name| text.contains(&line(name)));
        Ok(has_all.then_some(text))
    });
    let told = told.await?;
    assert!(!told.contains("name=\"ACCESS_TOKEN_KEY\""), "{told}");
    let page = world.http.get(format!("http://127.0.0.1:{port}/admin"));
    let page = page.basic_auth("ann", Some("key-of-an-admin")).send();
    assert_eq!(page.await?.status(), 200);
    // printf setting:ADMIN_KEY=key-of-an-admin | openssl dgst -sha256 -hmac secret-of-the-memory-of-all-tests
    let stored = "SELECT count(*) AS count FROM secrets_seen WHERE name = 'ADMIN_KEY'
        AND digest = '\\x1bfa0cdb16ae01c1cd4794c28e165a4bd84bb009cb6dfd7384f1553c16ba8101'";
    let mut conn = world.core()?.db.get().await?;
    assert_eq!(count(&mut conn, stored).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_sigterm_it_is_not_ready_but_answers_and_a_second_one_ends_it() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    let port = free_port()?;
    world.set("PORT", port);
    world.set("API_DRAIN_MS", 3_600_000);
    let api = Process::start(api(), &world.env, None)?;
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let ready = async |status: u16| {
        eventually(async || {
            let answer = world.http.get(url("/v1/ready")).send().await.ok();
            Ok(answer.filter(|answer| answer.status() == status))
        })
        .await
    };
    let before = ready(200).await?;
    assert!(!before.headers().contains_key("connection"), "{before:?}");

    api.signal(Signal::TERM)?;
    let stopping = ready(503).await?;
    assert_eq!(stopping.headers()["connection"], "close");
    let body: serde_json::Value = serde_json::from_str(&stopping.text().await?)?;
    assert_eq!(
        (&body["status"], &body["checks"]["postgres"]),
        (&"stopping".into(), &"ok".into())
    );
    let plans = world.http.get(url("/v1/plans")).send().await?;
    assert_eq!(plans.error_for_status()?.headers()["connection"], "close");

    assert_eq!(api.terminate().await?, Some(0));
    Ok(())
}
