//! Proofs of the Mini App: for how long, of which bots, and that each stays with one client.

use reqwest::Method;
use world::app::Answer;
use world::{TestApp, World};

const PATH: &str = "/v1/analyses/00000000-0000-0000-0000-000000000000";

async fn get(app: &TestApp, init_data: &str, agent: &str) -> anyhow::Result<Answer> {
    let call = app.request(Method::GET, PATH).header("User-Agent", agent);
    Answer::of(
        call.header("X-Telegram-Init-Data", init_data)
            .send()
            .await?,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_stays_with_the_client_that_brought_it_first_whatever_its_address()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_REDIS_MS", "10000");
    world.set("TRUSTED_PROXIES", "127.0.0.0/8");
    let app = TestApp::start_in(world).await?;
    let other = app.sibling()?;
    let proof = app.world.chat(7).init_data().await?;
    let before = app.metric("init_data_replayed_total").await?;
    assert_eq!(get(&app, &proof, "Telegram-Android").await?.status, 404);
    let elsewhere = app
        .request(Method::GET, PATH)
        .header("X-Forwarded-For", "192.0.2.9");
    let elsewhere = elsewhere.header("User-Agent", "Telegram-Android");
    let elsewhere = elsewhere
        .header("X-Telegram-Init-Data", &proof)
        .send()
        .await?;
    assert_eq!(elsewhere.status(), 404, "a phone may change its network");
    assert_eq!(get(&app, &proof, "curl/8").await?.refusal(), (401, "E202"));
    // Spelled in another way, and at another process.
    let mut parts: Vec<&str> = proof.split('&').collect();
    parts.reverse();
    let url = format!("http://{}{PATH}", other.addr);
    let call = app.world.http.get(url).header("User-Agent", "curl/8");
    let answer = call
        .header("X-Telegram-Init-Data", parts.join("&"))
        .send()
        .await?;
    assert_eq!(answer.status(), 401);
    assert!(app.metric("init_data_replayed_total").await? >= before + 2.0);
    assert_eq!(get(&app, &proof, "Telegram-Android").await?.status, 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_is_counted_by_address_and_not_as_the_person() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    for (name, value) in [
        ("RATE_LIMIT_REDIS_MS", 10_000),
        ("RATE_LIMIT_USER", 3),
        ("RATE_LIMIT_IP", 2),
    ] {
        world.set(name, value);
    }
    let app = TestApp::start_in(world).await?;
    let proof = app.world.chat(7).init_data().await?;
    assert_eq!(get(&app, &proof, "phone").await?.status, 404);
    for status in [401, 401, 429, 429] {
        assert_eq!(get(&app, &proof, "thief").await?.status, status);
    }
    let own = get(&app, &proof, "phone").await?;
    assert_eq!(own.status, 404);
    assert_eq!(own.headers["x-ratelimit-remaining"], "1");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_a_proof_is_taken_from_anybody_and_that_is_counted() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    let proof = app.world.chat(7).init_data().await?;
    let before = app.metric("init_data_unchecked_total").await?;
    for agent in ["phone", "another"] {
        assert_eq!(get(&app, &proof, agent).await?.status, 404);
    }
    assert!(app.metric("init_data_unchecked_total").await? >= before + 2.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_at_which_a_proof_is_refused_can_be_set() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("INIT_DATA_MAX_AGE_SECONDS", 600);
    let app = TestApp::start_in(world).await?;
    let signed = |ago: i64| format!("&auth_date={}", chrono::Utc::now().timestamp() - ago);
    let chat = app.world.chat(7);
    let (young, old) = (
        chat.init_data_with(&signed(500)).await?,
        chat.init_data_with(&signed(601)).await?,
    );
    assert_eq!(get(&app, &young, "phone").await?.status, 404);
    assert_eq!(get(&app, &old, "phone").await?.refusal(), (401, "E203"));
    Ok(())
}
