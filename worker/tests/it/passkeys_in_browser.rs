//! Passkeys on the pages of accounts, in a real browser: a person adds one, signs in by it, and removes it.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::browser::Browser;
use world::{TestApp, World};

const ANN: &str = "ann@example.org";
const PASSWORD: &str = "four unusual words hang here";

/// The secret of the first letter to a person.
async fn link(app: &TestApp) -> anyhow::Result<String> {
    let text = eventually(async || {
        let call = app.world.http.get(app.world.outside("/control/mail"));
        let answer: Value = call.query(&[("to", ANN)]).send().await?.json().await?;
        Ok(answer["letters"][0]["text"].as_str().map(str::to_owned))
    });
    let text = text.await?;
    let secret = text.split("#token=").nth(1).unwrap_or_default();
    let is_of = |letter: &char| letter.is_ascii_alphanumeric() || "-_".contains(*letter);
    Ok(secret.chars().take_while(is_of).collect())
}

async fn signs_up(app: &TestApp) -> anyhow::Result<()> {
    let post = async |path: &str, body: Value| {
        let call = app.request(Method::POST, path).json(&body);
        call.send().await?.error_for_status()?;
        Ok::<_, anyhow::Error>(())
    };
    let who = json!({ "email": ANN, "password": PASSWORD });
    post("/v1/auth/register", who).await?;
    let proof = json!({ "token": link(app).await?, "password": PASSWORD });
    post("/v1/auth/verify-email", proof).await
}

async fn types(browser: &Browser, name: &str, text: &str) -> anyhow::Result<()> {
    let input = browser.find(&format!("input[name={name}]")).await?;
    input.types(text).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_adds_a_passkey_signs_in_by_it_and_removes_it() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("PUBLIC_URL", "http://localhost:{port}");
    let app = TestApp::start_in(world).await?;
    let worker = app.worker()?;
    signs_up(&app).await?;
    let at = |page: &str| format!("http://localhost:{}/auth/{page}?lang=en", app.addr().port());
    let browser = Browser::start().await?;
    browser.keeps_passkeys().await?;

    browser.open(&at("passkeys")).await?;
    browser.shows("Sign in to see your passkeys").await?;
    browser.open(&at("sign-in")).await?;
    types(&browser, "email", ANN).await?;
    types(&browser, "password", PASSWORD).await?;
    browser.find("form button").await?.click().await?;
    browser.shows("You are signed in.").await?;

    browser.find("#account a").await?.click().await?;
    browser.shows("There is none yet.").await?;
    types(&browser, "name", "My phone").await?;
    browser.find("#add button").await?.click().await?;
    browser.shows("The passkey is added.").await?;
    browser.shows("My phone").await?;
    browser.shows("Keep these recovery codes").await?;

    browser
        .run("return fetch('/v1/auth/logout', { method: 'POST' }).then(() => null)")
        .await?;
    browser.open(&at("sign-in")).await?;
    browser
        .find("#passkey:not([hidden])")
        .await?
        .click()
        .await?;
    browser.shows("You are signed in.").await?;

    browser.find("#account a").await?.click().await?;
    browser.find("#list button").await?.click().await?;
    browser.shows("The passkey is removed.").await?;
    browser.shows("There is none yet.").await?;
    worker.stop().await;
    Ok(())
}
