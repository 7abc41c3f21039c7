//! The main way through the Mini App, in a real browser: opened from the chat as in Telegram Web, agreed, a photo,
//! its reading, and the list.

use std::path::Path;

use serde_json::json;
use world::browser::Browser;
use world::{TestApp, World};

const CUP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/coffee-cup.png");
/// The frame of the app in the chat page, and what Telegram draws around it.
const FRAME: &str = "#mini-body iframe";
const MAIN_BUTTON: &str = "#mini-main:not([hidden]):not(:disabled):not(.busy)";
const BACK_BUTTON: &str = "#mini-left";

/// Presses what is not a part of the app, and comes back to it.
async fn press(browser: &Browser, outside: &str) -> anyhow::Result<()> {
    browser.leave().await?;
    browser.find(outside).await?.click().await?;
    let frame = browser.find(FRAME).await?;
    browser.enter(&frame).await
}

/// The API and the sandbox, whose bot has the Mini App as its menu button.
async fn app_with_menu_button() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("MINI_APP_FRAMES", world.outside(""));
    let app = TestApp::start_in(world).await?;
    app.without_consents().await?;
    let url = app.url("/app/");
    let button = json!({"type": "web_app", "text": "Open", "web_app": {"url": url}});
    let method = app.world.chat(0).bot_url("setChatMenuButton");
    let call = app.world.http.post(method);
    let call = call.json(&json!({"menu_button": button}));
    call.send().await?.error_for_status()?;
    Ok(app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_opens_the_app_and_gets_a_reading() -> anyhow::Result<()> {
    let app = app_with_menu_button().await?;
    let worker = app.worker()?;
    let browser = Browser::start().await?;
    let chat = app.world.outside("/?user=3401&name=Ann&startapp=");
    browser.open(&chat).await?;
    browser.enter(&browser.find(FRAME).await?).await?;

    browser.find(".welcome").await?;
    press(&browser, MAIN_BUTTON).await?;
    let input = browser.find(".new-target input[type=file]").await?;
    input.chooses(Path::new(CUP)).await?;
    browser.find(".new-picture").await?;
    press(&browser, MAIN_BUTTON).await?;
    let letter = browser
        .find(".reading:not(.waiting) [data-reading-text]")
        .await?
        .text()
        .await?;

    press(&browser, BACK_BUTTON).await?;
    browser
        .find(".tabs a[href='/app/history']")
        .await?
        .click()
        .await?;
    let item = browser.find(".history-item a").await?.text().await?;
    let excerpt = item.lines().last().unwrap_or_default();
    let beginning: String = excerpt.chars().take(40).collect();
    assert!(
        beginning.len() > 20 && letter.contains(&beginning),
        "{item:?} is of {letter:?}"
    );
    worker.stop().await;
    Ok(())
}
