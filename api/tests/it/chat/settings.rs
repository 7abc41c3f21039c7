//! `/settings`, `/language` and `/delete`.

use readings::messages::AnnounceAnalysis;
use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn language_and_time_zone_are_chosen_by_buttons() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/language", "en").await?;
    chat.page("In which language").await?;
    chat.turns("settings:language:zh", "语言：中文").await?;
    // Telegram's language does not undo it.
    chat.says("/settings", "en").await?;
    chat.page("设置").await?;
    chat.turns("settings:zones:0", "您在哪里").await?;
    chat.turns("settings:zones:1", "您在哪里").await?;
    chat.turns("settings:zone:America/New_York", "（纽约）")
        .await?;
    let me = chat.init_data().await?;
    let shown = app
        .as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    assert_eq!(shown.body["language_code"], "zh");
    assert_eq!(shown.body["timezone"], "America/New_York");
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'user_updated' AND actor = 'telegram'";
    assert_eq!(app.count(noted).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_is_switched_off_does_not_come_and_the_reading_does() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/settings", "en").await?;
    chat.page("Settings").await?;
    chat.turns("settings:notices", "by myself").await?;
    chat.turns("settings:notice:analysis_started:off", "by myself")
        .await?;
    let off = "SELECT count(*) AS count FROM users WHERE NOT notice_analysis_started";
    eventually(async || Ok((app.count(off).await? == 1).then_some(()))).await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    eventually(async || Ok((app.count(delivered).await? == 1).then_some(()))).await?;
    assert_eq!(app.enqueued::<AnnounceAnalysis>().await?, []);
    let texts = chat.bot_texts().await?;
    assert!(
        !texts.iter().any(|text| text.contains("Analysis started")),
        "{texts:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_shows_and_changes_the_notices() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let path = "/v1/users/me";
    let shown = app.as_person(&me, Method::GET, path, None).await?;
    let before = json!({ "analysis_started": true, "limit_free": false, "trial_ending": true });
    assert_eq!(shown.body["notices"], before);
    let patch = json!({ "notices": { "limit_free": true, "trial_ending": false } });
    let changed = app.as_person(&me, Method::PATCH, path, Some(patch)).await?;
    let after = json!({ "analysis_started": true, "limit_free": true, "trial_ending": false });
    assert_eq!(changed.body["notices"], after, "{changed:?}");
    let unknown = json!({ "notices": { "payments": false } });
    let refused = app
        .as_person(&me, Method::PATCH, path, Some(unknown))
        .await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_asked_for_and_everything_is_deleted_after_a_confirmation() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/settings", "en").await?;
    chat.page("Settings").await?;
    chat.turns("settings:data", "You can have a copy").await?;
    chat.turns("settings:export", "Your copy is being made")
        .await?;
    chat.waits_for(|text| text.contains("The copy of your data is ready"))
        .await?;
    chat.says("/delete", "en").await?;
    chat.page("Delete everything I know about you?").await?;
    let before = "SELECT count(*) AS count FROM privacy_requests WHERE kind = 'deletion'";
    assert_eq!(app.count(before).await?, 0);
    chat.turns("settings:delete:DELETE_MY_DATA", "").await?;
    let left = "SELECT count(*) AS count FROM users";
    eventually(async || Ok((app.count(left).await? == 0).then_some(()))).await?;
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'data_deletion_requested' AND actor = 'telegram'";
    assert_eq!(app.count(noted).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_confirmation_deletes() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.presses_an_old_button(900, "settings:delete:YES")
        .await?;
    app.presses_an_old_button(901, "settings:delete:").await?;
    let asked = "SELECT count(*) AS count FROM privacy_requests";
    assert_eq!(app.count(asked).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_shown_withdrawn_and_given_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/settings", "en").await?;
    chat.page("Settings").await?;
    let none = chat
        .turns("settings:consents", "You have not agreed")
        .await?;
    let agree = none.buttons[0].clone();
    chat.turns(&agree, "You have not agreed").await?;
    let given = "SELECT count(*) AS count FROM users WHERE consent_terms AND consent_privacy";
    eventually(async || Ok((app.count(given).await? == 1).then_some(()))).await?;
    chat.says("/settings", "en").await?;
    chat.page("Settings").await?;
    chat.turns("settings:consents", "You have agreed").await?;
    chat.turns("settings:withdrawal", "Withdraw your consent?")
        .await?;
    chat.turns("settings:withdraw", "Your consent is withdrawn")
        .await?;
    assert_eq!(app.count(given).await?, 0);
    Ok(())
}
