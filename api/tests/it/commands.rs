//! Commands of the chat, and what the bot cannot read.

use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::{TestApp, World};

use crate::arrival::{said, says};

/// The newest text of the bot after a message of person 7.
async fn answer(app: &TestApp, text: &str, language: &str) -> anyhow::Result<String> {
    let chat = app.world.chat(7);
    says(app, 7, text, language).await?;
    let shown = chat.last().await?;
    Ok(shown["text"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_answered_in_three_languages() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (command, en, ru, zh) in [
        (
            "/help",
            "What I understand",
            "Что я понимаю",
            "我能理解什么",
        ),
        (
            "/info@sandbox_bot",
            "What I understand",
            "Что я понимаю",
            "我能理解什么",
        ),
        (
            "/reading",
            "your next cup about",
            "вашу следующую чашку",
            "下一只杯子",
        ),
        ("/terms", "version 2026", "версия 2026", "版本 2026"),
        (
            "/privacy",
            "/delete deletes everything",
            "/delete удалит всё",
            "用 /delete 可以全部删除",
        ),
        ("/invite", "Invite a friend", "Пригласите друга", "邀请朋友"),
        (
            "/cancel",
            "nothing to cancel",
            "отменять нечего",
            "没有可以取消的内容",
        ),
        (
            "/nonsense",
            "do not know this command",
            "команды я не знаю",
            "不认识这个命令",
        ),
        ("/START", "or choose", "или выберите", "在下方选择"),
    ] {
        for (language, expected) in [("en", en), ("ru", ru), ("zh", zh)] {
            let text = answer(&app, command, language).await?;
            assert!(text.contains(expected), "{command} in {language}: {text}");
        }
    }
    for command in ["/start", "/plans", "/paysupport", "/delete"] {
        assert!(
            answer(&app, "/help", "en").await?.contains(command),
            "{command}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_opened_by_buttons_where_their_addresses_are_known() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("TERMS_URL", "https://example.com/terms");
    world.set("PRIVACY_URL", "https://example.com/privacy");
    let app = TestApp::start_in(world).await?;
    for (command, url) in [
        ("/terms", "https://example.com/terms"),
        ("/privacy", "https://example.com/privacy"),
    ] {
        answer(&app, command, "en").await?;
        let shown = app.world.chat(7).last().await?;
        assert_eq!(shown["buttons"][0][0]["url"], url);
    }
    app.without_consents().await?;
    says(&app, 8, "/start", "en").await?;
    let buttons = app.world.chat(8).last().await?["buttons"].take();
    assert_eq!(buttons.as_array().map(Vec::len), Some(3), "{buttons}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_waits_is_cancelled_with_its_unit_and_one_that_is_made_is_not()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    chat.says("/cancel", "en").await?;
    let cancelled = "SELECT count(*) AS count FROM analysis_history
                     WHERE status = 'canceled' AND unit_returned";
    eventually(async || Ok((app.count(cancelled).await? == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    chat.waits_for(|text| text.contains("it does not count"))
        .await?;
    let used = "SELECT sum(day_used)::bigint AS count FROM meters";
    assert_eq!(app.count(used).await?, 0);
    assert_eq!(app.world.calls("ai").await?, 0);
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'analysis_canceled' AND actor = 'telegram'";
    assert_eq!(app.count(noted).await?, 1);

    app.sql("UPDATE analysis_history SET status = 'processing'")
        .await?;
    says(&app, 7, "/cancel", "en").await?;
    chat.waits_for(|text| text.contains("can no longer be stopped"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_waits_for_consent_is_dropped() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "ru").await?;
    app.drain_chat().await?;
    says(&app, 7, "/cancel", "ru").await?;
    chat.waits_for(|text| text.contains("Хорошо, оставим это"))
        .await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM waiting_photos")
            .await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_gets_a_fitting_answer() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let heic = json!({ "file_id": "h", "file_unique_id": "h", "mime_type": "image/heic" });
    let pdf = json!({ "file_id": "p", "file_unique_id": "p", "mime_type": "application/pdf" });
    for (at, (field, content, words)) in [
        ("sticker", json!({}), "What I read, though, are cups"),
        ("voice", json!({}), "Please write it to me"),
        ("video", json!({}), "Please take a photo of the cup"),
        ("location", json!({}), "I have not kept it"),
        ("contact", json!({}), "/invite"),
        ("document", heic, "as a photo and not as a file"),
        ("document", pdf, "I cannot read from this file"),
        ("poll", json!({}), "or write to me in words"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut update = said(9_000 + i64::try_from(at)?, 7, "Ann", "");
        let message = update["message"].as_object_mut().expect("a message");
        message.remove("text");
        message.insert(field.to_owned(), content);
        assert_eq!(app.post_update(&update).await?.status, 200);
        app.drain_jobs().await?;
        let shown = chat.last().await?["text"].take();
        assert!(
            shown.as_str().unwrap_or_default().contains(words),
            "{field}: {shown}"
        );
    }
    let kept = "SELECT count(*) AS count FROM analysis_history";
    assert_eq!(app.count(kept).await?, 0);
    Ok(())
}
