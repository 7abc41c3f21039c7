//! The way in: `/start`, alone and by a link of another person.

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;
use world::app::words_form;

/// An update with a text of a person.
pub fn said(update_id: i64, person: i64, first_name: &str, text: &str) -> Value {
    json!({
        "update_id": update_id,
        "message": {
            "message_id": update_id, "date": 1_760_000_000, "text": text,
            "chat": { "id": person, "type": "private", "first_name": first_name },
            "from": { "id": person, "is_bot": false, "first_name": first_name, "language_code": "en" },
        },
    })
}

/// A message of a person in the sandbox, and all that follows from it.
pub async fn says(app: &TestApp, person: i64, text: &str, language: &str) -> anyhow::Result<()> {
    let before = app.rows().await?.2;
    app.world.chat(person).says(text, language).await?;
    eventually(async || Ok((app.rows().await?.2 > before).then_some(()))).await?;
    app.drain_jobs().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_new_learns_in_one_message_what_the_bot_does_and_agrees_by_its_button()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    for (id, language, hello, does, entertains, next, again) in [
        (
            7,
            "en",
            "Hello, Ann! ",
            "send me a photo of the cup",
            "entertainment, not advice",
            "Now send me a photo",
            "or choose what you would like",
        ),
        (
            8,
            "ru",
            "Здравствуйте, Ann! ",
            "пришлите мне фото чашки",
            "развлечение, а не совет",
            "Теперь пришлите фото",
            "или выберите, что вам нужно",
        ),
        (
            9,
            "zh",
            "Ann，您好！我是",
            "从上方拍下杯子发给我",
            "仅供娱乐",
            "现在请在光线充足处",
            "或在下方选择",
        ),
    ] {
        let chat = app.world.chat(id);
        says(&app, id, "/start", language).await?;
        let shown = chat.last().await?;
        let text = shown["caption"].as_str().context("no picture")?;
        assert!(
            shown["photo_url"].is_string() && text.starts_with(hello),
            "{shown}"
        );
        assert!(text.contains(does) && text.contains(entertains), "{text}");
        assert!(
            text.contains("/terms") && text.contains("/privacy"),
            "{text}"
        );
        chat.presses().await?;
        let agreed = format!(
            "SELECT count(*) AS count FROM users WHERE telegram_id = {id} AND consent_terms"
        );
        eventually(async || Ok((app.count(&agreed).await? == 1).then_some(()))).await?;
        app.drain_jobs().await?;
        chat.waits_for(|text| text.contains(next)).await?;
        says(&app, id, "/start", language).await?;
        let greeting = chat.last().await?;
        let text = greeting["text"].as_str().unwrap_or_default();
        assert!(text.contains(again), "{greeting}");
        assert!(
            language != "zh" || !text.contains("！ "),
            "a gap behind a wide mark: {text}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_the_menu_does_what_its_command_does() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    // The first button.
    chat.presses().await?;
    let notices = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.send_notice.v5'";
    eventually(async || Ok((app.count(notices).await? == 2).then_some(()))).await?;
    app.drain_jobs().await?;
    chat.waits_for(|text| text.starts_with("☕ What shall I read"))
        .await?;
    Ok(())
}

/// The argument in the link behind the button of `/invite`, as Telegram's apps would open it.
async fn argument(app: &TestApp, person: i64) -> anyhow::Result<String> {
    let chat = app.world.chat(person);
    says(app, person, "/invite", "en").await?;
    let share = chat.last().await?["buttons"][0][0]["url"].take();
    let share = url::Url::parse(share.as_str().context("no button with a link")?)?;
    let part = |of: &url::Url, name: &str| {
        let found = of.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    let link = url::Url::parse(&part(&share, "url").context("no link")?)?;
    part(&link, "start").context("no argument")
}

/// Bonus units of a person.
async fn bonus(app: &TestApp, person: i64) -> anyhow::Result<i64> {
    let query = format!(
        "SELECT COALESCE(sum(bonus_units), 0) AS count FROM meters
         JOIN users ON users.id = account_id WHERE telegram_id = {person}"
    );
    app.count(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_counts_who_is_new_and_gives_both_one_reading_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let link = argument(&app, 7).await?;
    assert!(!link.contains('7') || link.len() > 20, "{link}");
    let start = format!("/start {link}");
    let mut update_id = 9_000;
    let mut starts = async |person: i64, text: &str| {
        update_id += 1;
        app.post_update(&said(update_id, person, "Eve", text)).await
    };
    // Their own link, and those who were here before.
    starts(7, &start).await?;
    starts(8, "hello").await?;
    starts(8, &start).await?;
    starts(9, "/start ref_nonsense").await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM referrals").await?,
        1
    );
    for person in [10, 10, 11] {
        starts(person, &start).await?;
    }
    assert_eq!(bonus(&app, 10).await?, 1);
    assert_eq!(bonus(&app, 11).await?, 1);
    assert_eq!(bonus(&app, 7).await?, 1, "for the first friend alone");
    says(&app, 7, "/invite", "en").await?;
    let texts = app.world.chat(7).bot_texts().await?;
    let thanks = texts
        .iter()
        .filter(|text| text.contains("A friend has come by your link"));
    assert_eq!(thanks.count(), 1, "{texts:?}");
    assert!(
        texts
            .iter()
            .any(|text| text.contains("come by your link: 2")),
        "{texts:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_says_that_a_reading_was_given() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let link = argument(&app, 7).await?;
    app.without_consents().await?;
    let chat = app.world.chat(8);
    says(&app, 8, &format!("/start {link}"), "en").await?;
    chat.waits_for(|text| text.contains("A friend has invited you"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bonus_is_taken_when_the_plan_has_nothing_left_and_comes_back_as_such()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let link = argument(&app, 8).await?;
    app.post_update(&said(9_001, 7, "Ann", &format!("/start {link}")))
        .await?;
    let usage = async || {
        Ok::<_, anyhow::Error>(
            app.as_seven(Method::GET, "/v1/limits/me", Value::Null)
                .await?
                .body,
        )
    };
    assert_eq!(usage().await?["bonus_units"], 1);
    app.post_as_service(words_form("a bird")).await?.id()?;
    assert_eq!(usage().await?["bonus_units"], 1, "the plan comes first");
    let id = app.post_as_service(words_form("a cat")).await?.id()?;
    let refused = app.post_as_service(words_form("a dog")).await?;
    assert_eq!(refused.refusal(), (402, "E301"));
    let used = usage().await?;
    assert_eq!(
        (&used["bonus_units"], &used["daily_analyses_used"]),
        (&json!(0), &json!(1))
    );
    // Also after the day is over in which it was taken.
    app.sql("UPDATE meters SET day_ends_at = day_ends_at + interval '1 day'")
        .await?;
    let cancel = format!("/v1/analyses/{id}/cancel");
    assert_eq!(
        app.as_seven(Method::POST, &cancel, Value::Null)
            .await?
            .status,
        200
    );
    let back = usage().await?;
    assert_eq!(
        (&back["bonus_units"], &back["daily_analyses_used"]),
        (&json!(1), &json!(1))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_brings_no_bonus_again_and_no_other_link_counts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let links = [argument(&app, 8).await?, argument(&app, 9).await?];
    let come = async |update_id: i64, link: &str| {
        app.post_update(&said(update_id, 7, "Ann", &format!("/start {link}")))
            .await
    };
    come(9_001, &links[0]).await?;
    assert_eq!((bonus(&app, 7).await?, bonus(&app, 8).await?), (1, 1));
    let body = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let asked = app
        .as_seven(Method::POST, "/v1/users/me/deletion", body)
        .await?;
    assert_eq!(asked.status, 202);
    app.drain_jobs().await?;
    for (update_id, link) in [(9_002, &links[0]), (9_003, &links[1])] {
        come(update_id, link).await?;
    }
    assert_eq!((bonus(&app, 7).await?, bonus(&app, 9).await?), (0, 0));
    let brought = "SELECT count(*) AS count FROM referrals WHERE referrer_id IS NOT NULL";
    assert_eq!(app.count(brought).await?, 0);
    let kept = "SELECT count(*) AS count FROM usage_memory WHERE bonus_as_invited
                AND kept_until > now() + interval '364 days'";
    assert_eq!(app.count(kept).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_neither_turns_the_greeting_round_nor_leaves_a_gap() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("hello", "en").await?;
    app.drain_chat().await?;
    let all = "🔮".repeat(255);
    for (at, (name, beginning)) in [
        ("\u{202e}nnA", "Hello, nnA! Send me"),
        ("\u{3164}\u{200b}", "Hello! Send me"),
        ("<< Title! >>", "Hello, << Title! >>! Send me"),
        ("محمد", "Hello, \u{2068}محمد\u{2069}! Send me"),
        (&all, "Hello, 🔮🔮🔮"),
    ]
    .into_iter()
    .enumerate()
    {
        let update = said(9_000 + i64::try_from(at)?, 7, name, "/start");
        app.post_update(&update).await?;
        app.drain_jobs().await?;
        let shown = chat.last().await?["text"].take();
        let text = shown.as_str().unwrap_or_default();
        assert!(text.starts_with(beginning), "{text:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_zone_is_guessed_at_first_sight_and_stays_as_it_was_chosen() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    for (id, language, zone) in [
        (7, "ru", "Europe/Moscow"),
        (8, "zh-hans", "Asia/Shanghai"),
        (9, "en", "UTC"),
        (10, "de", "UTC"),
    ] {
        app.world.chat(id).says("/start", language).await?;
        let in_zone = format!(
            "SELECT count(*) AS count FROM users WHERE telegram_id = {id} AND timezone = '{zone}'"
        );
        eventually(async || Ok((app.count(&in_zone).await? == 1).then_some(()))).await?;
    }
    let me = app.world.chat(7).init_data().await?;
    let zone = json!({ "timezone": "Asia/Omsk" });
    app.as_person(&me, Method::PATCH, "/v1/users/me", Some(zone))
        .await?;
    // Telegram speaks another language now.
    app.world.chat(7).says("/start", "en").await?;
    let kept = "SELECT count(*) AS count FROM users WHERE telegram_id = 7 AND timezone = 'Asia/Omsk' AND language_code = 'en'";
    eventually(async || Ok((app.count(kept).await? == 1).then_some(()))).await?;
    Ok(())
}
