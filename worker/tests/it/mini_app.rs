//! The buttons that open the Mini App, from an update of Telegram to what a person sees in their chat.

use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::{TestApp, World};

use crate::calls_of;

const APP: &str = "http://127.0.0.1:3000/app/";

async fn app_with_mini_app() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("MINI_APP_URL", APP);
    TestApp::start_in(world).await
}

/// The addresses of Mini Apps under the bot's messages, oldest first.
async fn opened(app: &TestApp) -> anyhow::Result<Vec<String>> {
    let messages = app.world.chat(7).messages().await?;
    let buttons = messages.iter().flat_map(|message| {
        let rows = message["buttons"].as_array().into_iter().flatten();
        rows.flat_map(|row| row.as_array().into_iter().flatten())
    });
    let urls = buttons.filter_map(|button| button["web_app"]["url"].as_str());
    Ok(urls.map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greeting_the_pages_and_a_reading_open_their_place_in_the_app() -> anyhow::Result<()> {
    let app = app_with_mini_app().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    let id: String = {
        let keyboard = chat.button("ask:").await?.1;
        keyboard.trim_start_matches("ask:").to_owned()
    };
    let reading = format!("{APP}?reading={id}");
    assert_eq!(opened(&app).await?, [&*reading]);
    // A rating draws the keyboard anew.
    chat.presses_on("rate:4:").await?;
    app.drain_jobs().await?;
    chat.button(&format!("rate:4:{id}")).await?;
    assert_eq!(opened(&app).await?, [&*reading]);
    for command in ["/start", "/history", "/plans", "/settings"] {
        chat.says(command, "en").await?;
    }
    let of_pages = [
        APP.to_owned(),
        format!("{APP}?page=history"),
        format!("{APP}?page=plans"),
        format!("{APP}?page=settings"),
    ];
    let worker = app.worker()?;
    eventually(async || {
        let opened = opened(&app).await?;
        let all_there = of_pages.iter().all(|page| opened.contains(page));
        Ok((all_there && opened.len() == 5).then_some(()))
    })
    .await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_button_opens_the_app_and_is_set_once() -> anyhow::Result<()> {
    let app = app_with_mini_app().await?;
    let mini_app = app.core.config.bot.app.as_ref().expect("set");
    for _ in 0..2 {
        let inbox = &app.core.providers.inbox;
        inbox.offer_app(mini_app.menu(), mini_app.url()).await?;
    }
    let call = app.world.http.get(app.world.chat(7).url("bot"));
    let bot: Value = call.send().await?.json().await?;
    let button = json!({ "type": "web_app", "text": "☕ Symancy", "web_app": { "url": APP } });
    assert_eq!(bot["menu_button"], button);
    let calls = calls_of(&app.world, "telegram").await?;
    let set = calls
        .iter()
        .filter(|call| call["method"] == "setChatMenuButton");
    assert_eq!(set.count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_nothing_opens_an_app() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    chat.button("ask:").await?;
    assert!(opened(&app).await?.is_empty());
    Ok(())
}
