//! `/history`: the list, a reading again, and its deletion.

use readings::jobs::RemovePhotos;
use world::TestApp;

/// Readings of person 7, the newest with the largest number.
async fn with_readings(app: &TestApp, count: i32) -> anyhow::Result<()> {
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    chat.waits_for(|text| text.starts_with("Hello")).await?;
    app.sql(&format!(
        "INSERT INTO analysis_history (user_id, input_type, image_url, focus_area, status, created_at, completed_at, analysis)
         SELECT id, 'image', 'a/' || n, 'career', 'completed', now() - make_interval(hours => 100 - n), now(),
             jsonb_build_object('intro', 'Words of ' || n || ' & more',
                 'sections', jsonb_build_array(jsonb_build_object('title', 'Bird',
                     'content', repeat('news ', 50 * n))))
         FROM users, generate_series(1, {count}) AS n WHERE telegram_id = 7"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_turned_over_opened_and_deleted() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    with_readings(&app, 7).await?;
    let chat = app.world.chat(7);
    chat.says("/history", "en").await?;
    let first = chat.page("Words of 7 & more").await?;
    assert!(
        first.text.contains("work") && first.text.contains("Words of 3"),
        "{first:?}"
    );
    assert!(!first.text.contains("Words of 2"), "{first:?}");
    let second = chat.turns("history:list:1", "Words of 2").await?;
    assert!(second.text.contains("Words of 1"), "{second:?}");
    assert_eq!(second.message_id, first.message_id);
    let open = second.buttons[0].clone();
    let reading = chat.turns(&open, "Bird").await?;
    assert!(reading.text.contains("Words of 2"), "{reading:?}");
    let id = open.split(':').nth(2).expect("an id").to_owned();
    chat.turns(&format!("history:delete:{id}:1"), "for good")
        .await?;
    chat.turns(&format!("history:forget:{id}:1"), "It is deleted")
        .await?;
    let left = "SELECT count(*) AS count FROM analysis_history";
    assert_eq!(app.count(left).await?, 6);
    let removing = "SELECT count(*) AS count FROM jobs WHERE kind LIKE '%remove_photos%'";
    assert_eq!(app.count(removing).await?, 1);
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'analysis_deleted' AND actor = 'telegram'";
    assert_eq!(app.count(noted).await?, 1);
    // A button of the deleted one leads back.
    app.presses_an_old_button(900, &open).await?;
    let gone = chat.page("no longer there").await?;
    assert!(gone.leads_to("history:list:1"), "{gone:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_reading_comes_in_parts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    with_readings(&app, 1).await?;
    app.sql(
        "UPDATE analysis_history SET analysis = jsonb_build_object('intro', 'The first part',
             'sections', jsonb_build_array(
                 jsonb_build_object('title', 'Bird', 'content', 'news'),
                 jsonb_build_object('title', 'Fish', 'content', repeat('more ', 810) || 'the last word')))",
    )
    .await?;
    let chat = app.world.chat(7);
    chat.says("/history", "en").await?;
    let list = chat.page("The first part").await?;
    let open = list.buttons[0].clone();
    let first = chat.turns(&open, "Bird").await?;
    assert!(!first.text.contains("the last word"), "{first:?}");
    let next = first.buttons[0].clone();
    let last = chat.turns(&next, "the last word").await?;
    assert!(last.leads_to(&open), "{last:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readings_of_others_are_neither_shown_nor_deleted() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    with_readings(&app, 1).await?;
    app.sql(
        "INSERT INTO users (telegram_id) VALUES (8);
         UPDATE analysis_history SET id = 'b7e3c8f2-0000-4000-8000-000000000001',
             user_id = (SELECT id FROM users WHERE telegram_id = 8)",
    )
    .await?;
    let id = "b7e3c8f2000040008000000000000001";
    let chat = app.world.chat(7);
    app.presses_an_old_button(900, &format!("history:open:{id}:0:0"))
        .await?;
    chat.page("no longer there").await?;
    app.presses_an_old_button(901, &format!("history:forget:{id}:0"))
        .await?;
    chat.page("It is deleted").await?;
    let left = "SELECT count(*) AS count FROM analysis_history";
    assert_eq!(app.count(left).await?, 1);
    assert_eq!(app.enqueued::<RemovePhotos>().await?, []);
    Ok(())
}
