//! Photos of an album: Telegram brings them one by one, and they are one reading.

use bot::jobs::{Notice, SendNotice};
use readings::jobs::FetchPhoto;
use readings::messages::AnnounceAnalysis;
use serde_json::{Value, json};
use world::TestApp;

fn photo(message_id: i64, album: Option<&str>, caption: Option<&str>) -> Value {
    let mut message = json!({
        "message_id": message_id,
        "photo": [{ "file_id": format!("photo-{message_id}"), "file_unique_id": "u",
            "width": 1280, "height": 1280 }],
    });
    if let Some(album) = album {
        message["media_group_id"] = json!(album);
    }
    if let Some(caption) = caption {
        message["caption"] = json!(caption);
    }
    message
}

async fn words(app: &TestApp, words: &str) -> anyhow::Result<i64> {
    app.count(&format!(
        "SELECT count(*) AS count FROM analysis_history WHERE user_text = '{words}'"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_album_is_one_reading_one_unit_and_one_announcement() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    // Two at once, an ordinary photo in between, one that comes twice, and the caption on the last.
    let (first, second) = tokio::join!(
        app.update(1, "message", photo(11, Some("a"), None)),
        app.update(2, "message", photo(12, Some("a"), None)),
    );
    first?;
    second?;
    app.update(3, "message", photo(13, None, None)).await?;
    app.update(4, "message", photo(14, Some("a"), None)).await?;
    app.update(5, "message", photo(14, Some("a"), None)).await?;
    app.update(6, "message", photo(15, Some("a"), Some("Will I travel?")))
        .await?;
    assert_eq!(app.rows().await?.1, 2, "the album, and the photo");
    assert_eq!(app.enqueued::<FetchPhoto>().await?.len(), 2);
    assert_eq!(app.enqueued::<AnnounceAnalysis>().await?.len(), 2);
    assert_eq!(words(&app, "Will I travel?").await?, 1);
    let used = "SELECT sum(day_used)::bigint AS count FROM meters";
    assert_eq!(app.count(used).await?, 2);
    let kept = "SELECT count(*) AS count FROM album_photos WHERE NOT is_first";
    assert_eq!(app.count(kept).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caption_counts_until_the_ai_has_seen_the_cup_and_only_the_first() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.update(1, "message", photo(11, Some("a"), Some("the first")))
        .await?;
    app.update(2, "message", photo(12, Some("a"), Some("another")))
        .await?;
    assert_eq!(words(&app, "the first").await?, 1);
    app.update(3, "message", photo(21, Some("b"), None)).await?;
    app.sql("UPDATE analysis_history SET vision = '{}' WHERE message_id = 21")
        .await?;
    app.update(4, "message", photo(22, Some("b"), Some("too late")))
        .await?;
    assert_eq!(words(&app, "too late").await?, 0);
    assert_eq!(app.rows().await?.1, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_album_beyond_the_quota_is_told_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 0 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    for n in 1..=6 {
        let caption = (n == 4).then_some("Will I travel?");
        app.update(n, "message", photo(n, Some("a"), caption))
            .await?;
        app.sql("UPDATE jobs SET state = 'done', finished_at = now() WHERE state = 'queued'")
            .await?;
    }
    // Besides, they are asked once for their time zone.
    let limit = "SELECT count(*) AS count FROM jobs WHERE args ->> 'notice' = 'daily_limit'";
    assert_eq!(app.count(limit).await?, 1);
    assert_eq!(app.rows().await?.1, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_album_that_waits_for_consent_is_asked_about_once_and_read_with_its_caption()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    app.update(1, "message", photo(11, Some("a"), None)).await?;
    app.update(2, "message", photo(12, Some("a"), Some("Will I travel?")))
        .await?;
    let asked = app.enqueued::<SendNotice>().await?;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].notice, Notice::AskConsent);
    let press = json!({ "id": "q", "chat_instance": "c",
        "data": format!("consent:{}", bot::consent::agreement()),
        "message": { "message_id": 90, "date": 1, "chat": { "id": 7, "type": "private" } } });
    app.update(3, "callback_query", press).await?;
    assert_eq!(words(&app, "Will I travel?").await?, 1);
    let first = "SELECT count(*) AS count FROM analysis_history WHERE source_file_id = 'photo-11'";
    assert_eq!(app.count(first).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_despair_on_a_later_photo_end_the_reading_and_are_not_kept() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    app.update(1, "message", photo(11, Some("a"), None)).await?;
    app.update(2, "message", photo(12, Some("a"), Some("I want to die")))
        .await?;
    let notices = app.enqueued::<SendNotice>().await?;
    assert!(notices.iter().any(|one| one.notice == Notice::Care));
    let ended = "SELECT count(*) AS count FROM analysis_history
                 WHERE status = 'canceled' AND user_text IS NULL AND unit_returned";
    assert_eq!(app.count(ended).await?, 1);
    assert_eq!(app.enqueued::<FetchPhoto>().await?, []);
    Ok(())
}
