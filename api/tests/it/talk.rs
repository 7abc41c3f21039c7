//! A reading as a talk: focus areas, the buttons beneath a reading, questions and what they cost, and what
//! is said while a photo is being read.

use bot::jobs::{Notice, SendNotice};
use bot::talk::Talk;
use bot::wishes::Wish;
use readings::messages::ShowProgress;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::{coffee_cup, drawn_cup};
use world::TestApp;

/// An app with a plan of three readings a day.
async fn start() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 3 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    Ok(app)
}

/// A chat in which one reading stands.
async fn read() -> anyhow::Result<TestApp> {
    let app = start().await?;
    app.world.chat(7).sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    app.world.chat(7).button("ask:").await?;
    Ok(app)
}

/// An app whose AI is away, with a photo that is being read.
async fn reading() -> anyhow::Result<TestApp> {
    let app = start().await?;
    app.world.faults(json!({ "ai": { "down": true } })).await?;
    app.world.chat(7).sends_photo(coffee_cup(), "en").await?;
    becomes(&app, "SELECT count(*) AS count FROM analysis_history", 1).await?;
    Ok(app)
}

async fn becomes(app: &TestApp, count: &str, right: i64) -> anyhow::Result<()> {
    let is_right = async || Ok((app.count(count).await? == right).then_some(()));
    let ended = eventually(is_right).await;
    let texts = app.world.chat(7).bot_texts().await?;
    ended.map_err(|why| why.context(format!("{count}: {texts:?}")))
}

async fn units(app: &TestApp) -> anyhow::Result<i64> {
    app.count("SELECT COALESCE(sum(day_used), 0)::bigint AS count FROM meters")
        .await
}

async fn talks(app: &TestApp) -> anyhow::Result<Vec<Talk>> {
    let notices = app.enqueued::<SendNotice>().await?.into_iter();
    Ok(notices
        .filter_map(|one| match one.notice {
            Notice::Talk(talk) => Some(talk),
            _ => None,
        })
        .collect())
}

async fn presses(app: &TestApp, update: i64, data: &str) -> anyhow::Result<()> {
    let press = json!({ "id": "q", "chat_instance": "c", "data": data,
        "message": { "message_id": 90, "date": 1, "chat": { "id": 7, "type": "private" } } });
    app.update(update, "callback_query", press).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_focus_area_is_chosen_before_the_photo_and_counts_for_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.says("/reading", "en").await?;
    chat.presses_on("photo:career").await?;
    chat.waits_for(|text| text.contains("Work: good")).await?;
    chat.sends_photo(drawn_cup(1), "en").await?;
    let with = |focus: &str| {
        format!("SELECT count(*) AS count FROM analysis_history WHERE focus_area = '{focus}'")
    };
    becomes(&app, &with("career"), 1).await?;
    chat.sends_photo(drawn_cup(2), "en").await?;
    becomes(&app, &with("general"), 1).await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_announcement_lets_the_person_choose_until_the_ai_has_seen_the_cup()
-> anyhow::Result<()> {
    let app = reading().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.waits_for(|text| text.contains("Choose it, or just wait"))
        .await?;
    chat.presses_on("focus:wellbeing:").await?;
    let ticked = async || {
        let text = serde_json::to_string(&chat.messages().await?)?;
        Ok(text.contains("✓ 🌿 Well-being").then_some(()))
    };
    eventually(ticked).await?;
    app.world.no_faults().await?;
    let (_, data) = chat.button("again:").await?;
    chat.waits_for(|text| text == "☕ Done: see below.").await?;
    worker.stop().await;
    let about = "SELECT count(*) AS count FROM analysis_history
                 WHERE focus_area = 'wellbeing' AND status = 'completed'";
    assert_eq!(app.count(about).await?, 1);
    // Pressed later, it changes nothing.
    let id = data.trim_start_matches("again:");
    presses(&app, 9_000_001, &format!("focus:career:{id}")).await?;
    assert_eq!(app.count(about).await?, 1);
    assert_eq!(talks(&app).await?, [Talk::FocusTooLate]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_with_words_is_announced_without_a_choice() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.faults(json!({ "ai": { "down": true } })).await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.sends_photo_saying(coffee_cup(), "Will I travel?", "en")
        .await?;
    chat.waits_for(|text| text.starts_with("🔮")).await?;
    worker.stop().await;
    let messages = serde_json::to_string(&chat.messages().await?)?;
    assert!(!messages.contains("focus:"), "{messages}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_rated_by_buttons_and_reactions_and_the_rating_can_change()
-> anyhow::Result<()> {
    let app = read().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    app.sql("UPDATE analysis_history SET feedback_text = 'so true'")
        .await?;
    let rated = |rating: i16| {
        format!(
            "SELECT count(*) AS count FROM analysis_history
             WHERE user_rating = {rating} AND feedback_text = 'so true'"
        )
    };
    chat.presses_on("rate:4:").await?;
    becomes(&app, &rated(4), 1).await?;
    chat.presses_on("rate:2:").await?;
    becomes(&app, &rated(2), 1).await?;
    let (message_id, _) = chat.button("rate:2:").await?;
    for (update, emoji, rating) in [(1, "❤", 5), (2, "👎", 1), (3, "👍", 4)] {
        let reaction = json!({ "message_id": message_id, "old_reaction": [],
            "new_reaction": [{ "type": "emoji", "emoji": emoji }] });
        app.update(9_000_000 + update, "message_reaction", reaction)
            .await?;
        becomes(&app, &rated(rating), 1).await?;
    }
    // One that is taken back, and one on another message.
    for (update, message_id) in [(4, message_id), (5, 1)] {
        let none = json!({ "message_id": message_id, "old_reaction": [], "new_reaction": [] });
        app.update(9_000_000 + update, "message_reaction", none)
            .await?;
    }
    let ticked = async || {
        let text = serde_json::to_string(&chat.messages().await?)?;
        Ok(text.contains("✓ 4").then_some(()))
    };
    eventually(ticked).await?;
    worker.stop().await;
    assert_eq!(app.count(&rated(4)).await?, 1);
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'analysis_rated'";
    assert_eq!(app.count(noted).await?, 5);
    let text = serde_json::to_string(&chat.messages().await?)?;
    assert!(text.contains("https://t.me/share/url?url="), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_cup_is_read_once_more_for_a_unit_that_is_named_before() -> anyhow::Result<()> {
    let app = read().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    let looked = app.world.calls("ai").await?;
    chat.presses_on("again:").await?;
    chat.waits_for(|text| text.contains("This counts as one reading; you have 2 left"))
        .await?;
    assert_eq!(units(&app).await?, 1);
    let messages = serde_json::to_string(&chat.messages().await?)?;
    assert!(
        !messages.contains("again:general:"),
        "it was read about that: {messages}"
    );
    let (message_id, data) = chat.button("again:career:").await?;
    // Two presses of the same button.
    for _ in 0..2 {
        let body = json!({ "message_id": message_id, "data": data });
        let url = app.world.outside(&format!(
            "/control/users/7/callbacks?token={}",
            world::BOT_TOKEN
        ));
        let call = app.world.http.post(url).json(&body);
        call.send().await?.error_for_status()?;
    }
    let again = "SELECT count(*) AS count FROM analysis_history
                 WHERE focus_area = 'career' AND delivered_at IS NOT NULL";
    becomes(&app, again, 1).await?;
    let unfinished = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";
    becomes(&app, unfinished, 0).await?;
    worker.stop().await;
    assert_eq!(units(&app).await?, 2);
    assert_eq!(
        app.world.calls("ai").await?,
        looked + 1,
        "it was looked at before"
    );
    let texts = chat.bot_texts().await?;
    assert_eq!(texts[2], "☕ Done: see below.", "{texts:?}");
    assert_eq!(texts.len(), 4, "{texts:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_asked_to_ask_is_answered_about_that_reading_and_knows_the_cost()
-> anyhow::Result<()> {
    let app = read().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    let first = "SELECT count(*) AS count FROM analysis_history
                 WHERE about_id = (SELECT id FROM analysis_history ORDER BY created_at LIMIT 1)
                   AND delivered_at IS NOT NULL";
    // Another reading comes after it.
    let (_, data) = chat.button("ask:").await?;
    chat.sends_photo(drawn_cup(2), "en").await?;
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    becomes(&app, delivered, 2).await?;
    presses(&app, 9_000_001, &data).await?;
    chat.waits_for(|text| {
        text.contains("Write it in one message") && text.contains("you have 1 left")
    })
    .await?;
    assert_eq!(units(&app).await?, 2);
    chat.says("Will I travel?", "en").await?;
    becomes(&app, first, 1).await?;
    assert_eq!(units(&app).await?, 3);
    // With nothing left there is nothing to offer.
    presses(&app, 9_000_002, &data).await?;
    chat.waits_for(|text| text.contains("readings are used up"))
        .await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_question_costs_is_said_in_three_languages() -> anyhow::Result<()> {
    let app = start().await?;
    let worker = app.worker()?;
    for (person, language, words, cost) in [
        (
            7,
            "en",
            "Will I travel?",
            "This counts as one reading; you have 2 left.",
        ),
        (
            8,
            "ru",
            "Меня ждёт дорога?",
            "Это считается за одно чтение, у вас осталось: 2.",
        ),
        (9, "zh", "我会去旅行吗？", "这会计为一次解读，您还剩 2 次。"),
    ] {
        let chat = app.world.chat(person);
        chat.sends_photo(coffee_cup(), language).await?;
        chat.button("ask:").await?;
        let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NULL";
        becomes(&app, delivered, 0).await?;
        chat.says(words, language).await?;
        chat.waits_for(|text| text.ends_with(cost)).await?;
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_plan_without_quotas_a_question_is_answered_at_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.sends_photo(coffee_cup(), "en").await?;
    chat.button("ask:").await?;
    chat.says("Will I travel?", "en").await?;
    let answered = "SELECT count(*) AS count FROM analysis_history
                    WHERE about_id IS NOT NULL AND delivered_at IS NOT NULL";
    becomes(&app, answered, 1).await?;
    worker.stop().await;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM waiting_words")
            .await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_while_a_photo_is_read_are_kept_and_answered_after_it() -> anyhow::Result<()> {
    let app = reading().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.says("Will I travel?", "en").await?;
    chat.waits_for(|text| text.contains("I have kept your words"))
        .await?;
    chat.says("And with whom?", "en").await?;
    let kept = "SELECT count(*) AS count FROM waiting_words";
    becomes(&app, kept, 2).await?;
    app.world.no_faults().await?;
    let answered = "SELECT count(*) AS count FROM analysis_history
                    WHERE user_text = 'Will I travel?' || chr(10) || 'And with whom?'
                      AND about_id IS NOT NULL AND delivered_at IS NOT NULL";
    becomes(&app, answered, 1).await?;
    worker.stop().await;
    assert_eq!(units(&app).await?, 2);
    assert_eq!(app.count(kept).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_wait_while_readings_are_paused_are_answered_with_the_pause_and_cost_nothing()
-> anyhow::Result<()> {
    let app = reading().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.says("Will I travel?", "en").await?;
    chat.waits_for(|text| text.contains("I have kept your words"))
        .await?;
    app.sql("INSERT INTO system_settings (key, value, updated_at) VALUES ('readings_open', 'false', now())")
        .await?;
    app.world.no_faults().await?;
    chat.waits_for(|text| text.contains("I am taking a break"))
        .await?;
    worker.stop().await;
    // What was accepted was finished.
    let read = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    assert_eq!((app.count(read).await?, units(&app).await?), (1, 1));
    let kept = "SELECT count(*) AS count FROM waiting_words";
    assert_eq!(app.count(kept).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_wait_can_be_taken_back_and_cost_nothing() -> anyhow::Result<()> {
    let app = reading().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.says("Will I travel?", "en").await?;
    chat.presses_on("drop:next").await?;
    chat.waits_for(|text| text.starts_with("☕ All right"))
        .await?;
    app.world.no_faults().await?;
    let over = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    becomes(&app, over, 1).await?;
    let unfinished = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";
    becomes(&app, unfinished, 0).await?;
    worker.stop().await;
    assert_eq!(units(&app).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_not_to_be_answered_takes_no_other_words_with_it() -> anyhow::Result<()>
{
    let app = read().await?;
    let chat = app.world.chat(7);
    app.update(
        9_000_001,
        "message",
        json!({ "message_id": 95, "text": "Will I travel?" }),
    )
    .await?;
    app.world.faults(json!({ "ai": { "down": true } })).await?;
    let worker = app.worker()?;
    let (_, drop) = chat.button("drop:").await?;
    chat.sends_photo(drawn_cup(2), "en").await?;
    becomes(&app, "SELECT count(*) AS count FROM analysis_history", 2).await?;
    chat.says("And with whom?", "en").await?;
    let kept = "SELECT count(*) AS count FROM waiting_words";
    becomes(&app, kept, 2).await?;
    presses(&app, 9_000_002, &drop).await?;
    let promised = "SELECT count(*) AS count FROM waiting_words WHERE words = 'And with whom?'";
    assert_eq!((app.count(kept).await?, app.count(promised).await?), (1, 1));
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_forgets_the_words_that_wait_and_tells_clients_that_wait() -> anyhow::Result<()>
{
    let app = reading().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.says("Will I travel?", "en").await?;
    let kept = "SELECT count(*) AS count FROM waiting_words";
    becomes(&app, kept, 1).await?;
    chat.waits_for(|text| text.contains("Choose it, or just wait"))
        .await?;
    presses(&app, 9_000_001, "settings:withdraw").await?;
    assert_eq!(app.count(kept).await?, 0);
    let stopped = "SELECT count(*) AS count FROM analysis_history WHERE status = 'canceled'";
    assert_eq!(app.count(stopped).await?, 1);
    // When it is done, those are told who wait for its topic.
    let done = "SELECT count(*) AS count FROM jobs JOIN analysis_history AS a ON args ->> 'analysis_id' = a.id::text
                WHERE kind = 'notifications.show_progress.v1' AND state = 'done'";
    becomes(&app, done, 1).await?;
    chat.waits_for(|text| text.contains("I have put this cup aside"))
        .await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_photo_is_taken_and_said_to_follow() -> anyhow::Result<()> {
    let app = reading().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    chat.sends_photo(drawn_cup(2), "en").await?;
    chat.waits_for(|text| text.starts_with("📥 I have this one too"))
        .await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_caption_takes_the_place_of_the_old_one_until_it_is_too_late()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let photo = |caption: &str| {
        json!({ "message_id": 5, "caption": caption,
            "photo": [{ "file_id": "f", "file_unique_id": "u", "width": 9, "height": 9 }] })
    };
    app.update(1, "message", photo("Will I marry?")).await?;
    app.update(2, "edited_message", photo("Will I travel?"))
        .await?;
    let words = |words: &str| {
        format!(
            "SELECT count(*) AS count FROM analysis_history AS a JOIN message_context AS m
                 ON m.analysis_id = a.id WHERE user_text = '{words}' AND content = '{words}'"
        )
    };
    assert_eq!(app.count(&words("Will I travel?")).await?, 1);
    assert_eq!(app.enqueued::<ShowProgress>().await?.len(), 1);
    app.sql("UPDATE analysis_history SET vision = '{}'").await?;
    app.update(3, "edited_message", photo("Will I fly?"))
        .await?;
    assert_eq!(app.count(&words("Will I travel?")).await?, 1);
    assert_eq!(app.rows().await?.1, 1, "an edit is no new reading");
    assert!(matches!(talks(&app).await?[..], [Talk::NewWords { .. }]));
    // Changed once more: one page, with the last words.
    app.update(4, "edited_message", photo("Will I swim?"))
        .await?;
    assert_eq!(talks(&app).await?.len(), 1);
    let kept = "SELECT count(*) AS count FROM waiting_words WHERE words = 'Will I swim?'";
    assert_eq!(app.count(kept).await?, 1);
    // As it is being read.
    app.update(5, "edited_message", photo("Will I travel?"))
        .await?;
    assert_eq!(app.count(kept).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cup_is_read_once_more_with_the_words_that_came_too_late() -> anyhow::Result<()> {
    let app = read().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    let photo = chat.messages().await?[0]["message_id"].clone();
    let edit = |caption: &str| {
        json!({ "message_id": photo, "caption": caption,
            "photo": [{ "file_id": "f", "file_unique_id": "u", "width": 9, "height": 9 }] })
    };
    app.update(9_000_001, "edited_message", edit("Will I fly?"))
        .await?;
    let (_, data) = chat.button("reread:").await?;
    app.sql("UPDATE analysis_history SET status = 'processing'")
        .await?;
    presses(&app, 9_000_002, &data).await?;
    chat.waits_for(|text| text.contains("still writing about this cup"))
        .await?;
    app.sql("UPDATE analysis_history SET status = 'completed'")
        .await?;
    for update in [9_000_003, 9_000_004] {
        presses(&app, update, &data).await?;
    }
    let again = "SELECT count(*) AS count FROM analysis_history
                 WHERE user_text = 'Will I fly?' AND vision IS NOT NULL AND delivered_at IS NOT NULL";
    becomes(&app, again, 1).await?;
    assert_eq!((app.rows().await?.1, units(&app).await?), (2, 2));
    app.update(9_000_005, "edited_message", edit("Will I swim?"))
        .await?;
    chat.presses_on("drop:caption:").await?;
    becomes(&app, "SELECT count(*) AS count FROM waiting_words", 0).await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_came_too_late_wait_until_the_person_agrees() -> anyhow::Result<()> {
    let app = read().await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    let edited = json!({ "message_id": chat.messages().await?[0]["message_id"], "caption": "Will I fly?",
        "photo": [{ "file_id": "f", "file_unique_id": "u", "width": 9, "height": 9 }] });
    app.update(9_000_001, "edited_message", edited).await?;
    let (_, data) = chat.button("reread:").await?;
    app.sql("UPDATE users SET consent_privacy = FALSE").await?;
    presses(&app, 9_000_002, &data).await?;
    let kept =
        "SELECT count(*) AS count FROM waiting_words WHERE words = 'Will I fly?' AND is_caption";
    assert_eq!((app.count(kept).await?, app.rows().await?.1), (1, 1));
    app.sql("UPDATE users SET consent_privacy = TRUE").await?;
    presses(&app, 9_000_003, &data).await?;
    let again = "SELECT count(*) AS count FROM analysis_history
                 WHERE user_text = 'Will I fly?' AND delivered_at IS NOT NULL";
    becomes(&app, again, 1).await?;
    assert_eq!(app.count(kept).await?, 0);
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_changed_can_be_answered_anew_and_other_words_change_nothing()
-> anyhow::Result<()> {
    let app = read().await?;
    let worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("Will I travel?", "en").await?;
    chat.presses_on("answer:").await?;
    let answered = "SELECT count(*) AS count FROM analysis_history
                    WHERE input_type = 'text' AND delivered_at IS NOT NULL";
    becomes(&app, answered, 1).await?;
    let messages = chat.messages().await?;
    let asked = messages.iter().find(|one| one["text"] == "Will I travel?");
    let message_id = asked.expect("the question")["message_id"].clone();
    let edited = json!({ "message_id": message_id, "text": "Will I move?" });
    app.update(9_000_001, "edited_message", edited).await?;
    chat.presses_on("answer:").await?;
    becomes(&app, answered, 2).await?;
    worker.stop().await;
    let jobs = app.rows().await?.2;
    let other = json!({ "message_id": 77, "text": "hello there" });
    app.update(9_000_002, "edited_message", other).await?;
    assert_eq!(app.rows().await?.2, jobs);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_for_a_command_are_understood_and_cost_nothing() -> anyhow::Result<()> {
    let app = read().await?;
    for (text, wish) in [
        ("cancel", Wish::Cancel),
        ("How many are left?", Wish::Left),
        ("удалите мои данные", Wish::Delete),
        ("还剩几次？", Wish::Left),
    ] {
        app.sql("DELETE FROM jobs").await?;
        let message = json!({ "message_id": 5, "text": text });
        let update = 9_000_000 + i64::try_from(text.len())?;
        app.update(update, "message", message).await?;
        assert_eq!(talks(&app).await?, [Talk::UseCommand { wish }], "{text}");
    }
    assert_eq!(units(&app).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_without_words_are_no_thanks_and_thanks_without_a_reading_lead_to_one()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let says = async |update: i64, text: &str| {
        app.sql("DELETE FROM jobs").await?;
        let message = json!({ "message_id": update, "text": text });
        app.update(update, "message", message).await?;
        let notices = app.enqueued::<SendNotice>().await?.into_iter();
        Ok::<_, anyhow::Error>(notices.map(|one| one.notice).collect::<Vec<_>>())
    };
    assert_eq!(says(1, "?").await?, [Notice::PhotoHint]);
    assert_eq!(says(2, "😢").await?, [Notice::PhotoHint]);
    assert_eq!(says(3, "👍").await?, [Notice::Talk(Talk::Pleased)]);
    assert_eq!(says(4, "Thanks!").await?, [Notice::Talk(Talk::Pleased)]);
    let app = read().await?;
    app.sql("DELETE FROM jobs").await?;
    app.update(
        9_000_001,
        "message",
        json!({ "message_id": 5, "text": "?" }),
    )
    .await?;
    assert!(matches!(
        talks(&app).await?[..],
        [Talk::ConfirmQuestion { .. }]
    ));
    Ok(())
}
