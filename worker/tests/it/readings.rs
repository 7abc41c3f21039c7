//! Requests that end without a reading: no cup, content that must not be shown, a refusal of the AI; and
//! words that moderation answers without an AI.

use jobs::{Job, JobState};
use kernel::Language;
use moderation::care;
use readings::jobs::{FetchPhoto, Interpret, ReadCup};
use readings::unit;
use serde_json::{Value, json};
use testkit::pictures::{coffee_cup, drawn_cup};
use testkit::vendor::ScriptedVendor;
use world::app::{photo_form, words_form};
use world::{TestApp, World};

use crate::scripted::{GOOD, no_cup, says};

pub(crate) async fn app_with(ai: &ScriptedVendor) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("OPENROUTER_BASE_URL", &ai.url);
    TestApp::start_in(world).await
}

async fn used(app: &TestApp) -> anyhow::Result<i64> {
    app.count("SELECT sum(day_used)::bigint AS count FROM meters")
        .await
}

/// Runs all jobs of a kind once more, as after a crash that came before they were closed.
async fn again<J: Job>(app: &TestApp) -> anyhow::Result<()> {
    app.sql(&format!(
        "UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0 WHERE kind = '{}'",
        J::KIND
    ))
    .await?;
    app.drain_jobs().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_without_a_cup_gets_a_kind_message_and_its_unit_back_once() -> anyhow::Result<()> {
    let ai = ScriptedVendor::start([no_cup()]).await?;
    let app = app_with(&ai).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(drawn_cup(1), "ru").await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("сверху, при хорошем свете"))
        .await?;
    assert_eq!(ai.calls().len(), 1, "no model is asked what it means");
    assert_eq!(app.states::<ReadCup>().await?, [(JobState::Done, 1)]);
    assert_eq!(app.states::<Interpret>().await?, []);
    assert_eq!(used(&app).await?, 0);
    // Another reading that counts, so that a second return would show.
    app.post_as_service(words_form("a bird")).await?.id()?;
    let before = chat.bot_texts().await?;
    app.sql("DELETE FROM jobs WHERE kind = 'analyses.interpret.v1'")
        .await?;
    again::<ReadCup>(&app).await?;
    app.sql("UPDATE analysis_history SET status = 'processing' WHERE status = 'failed'")
        .await?;
    again::<ReadCup>(&app).await?;
    assert_eq!(used(&app).await?, 1);
    // The announcement says again what the step does.
    assert_eq!(chat.bot_texts().await?[1..], before[1..]);
    assert_eq!(ai.calls().len(), 1, "what it saw is paid for once");
    Ok(())
}

/// Six photos without a cup, of a plan with four readings a day.
#[tokio::test(flavor = "multi_thread")]
async fn of_photos_without_a_cup_three_a_day_are_free_and_the_person_is_told() -> anyhow::Result<()>
{
    for (language, said) in [
        ("en", "three such tries a day are free"),
        ("ru", "бесплатны три такие попытки в день"),
        ("zh", "每天有三次此类尝试不计次数"),
    ] {
        let ai = ScriptedVendor::start([no_cup(), no_cup(), no_cup(), no_cup(), no_cup()]).await?;
        let app = app_with(&ai).await?;
        app.sql("UPDATE plan_limits SET day_limit = 2 WHERE tier = 'FREE' AND unit = 'analyses'")
            .await?;
        let chat = app.world.chat(7);
        for (seed, counts) in [(1, 0), (2, 0), (3, 0), (4, 1), (5, 2)] {
            chat.sends_photo(drawn_cup(seed), language).await?;
            let taken = "SELECT count(*) AS count FROM analysis_history";
            testkit::eventually(async || {
                Ok((app.count(taken).await? == i64::from(seed)).then_some(()))
            })
            .await?;
            app.drain_jobs().await?;
            assert_eq!(used(&app).await?, counts, "photo {seed}");
            let told = chat
                .bot_texts()
                .await?
                .iter()
                .any(|text| text.contains(said));
            assert_eq!(told, counts > 0, "photo {seed}");
        }
        let kept = "SELECT count(*) AS count FROM analysis_history WHERE NOT unit_returned";
        assert_eq!(app.count(kept).await?, 2);
        let refused = app.post_as_service(words_form("a bird")).await?;
        assert_eq!(refused.refusal(), (402, "E301"));
        // The next day there are three again.
        app.sql("UPDATE meters SET day_ends_at = now() - interval '1 day'")
            .await?;
        app.post_as_service(words_form("a cat")).await?.id()?;
        let returned = "SELECT sum(day_returned) AS count FROM meters";
        assert_eq!(app.count(returned).await?, 0);
    }
    Ok(())
}

/// A code of the catalogue that is not known to come from an outage is bounded: a new one is, too.
#[test]
fn units_are_given_back_without_a_bound_only_for_what_no_person_can_bring_about() {
    let mut unbounded: Vec<&str> = product::codes()
        .into_iter()
        .filter(|code| !unit::is_bounded(*code))
        .map(|code| code.as_str())
        .collect();
    let outages = [
        "E501", "E502", "E505", "E506", "E900", "E901", "E902", "E903", "E904", "E905",
    ];
    unbounded.sort_unstable();
    assert_eq!(unbounded, outages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_without_a_cup_is_e109_through_the_api_and_costs_nothing() -> anyhow::Result<()> {
    let ai = ScriptedVendor::start([no_cup()]).await?;
    let app = app_with(&ai).await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    assert_eq!(used(&app).await?, 1);
    app.drain_jobs().await?;
    let ended = app.ended(&id).await?;
    assert_eq!(
        (&ended["status"], &ended["error"]["code"]),
        (&json!("failed"), &json!("E109"))
    );
    assert_eq!(ended["analysis"], Value::Null);
    assert_eq!(ended["error"]["unit_returned"], true);
    assert_eq!(used(&app).await?, 0);
    let remembered = "SELECT count(*) AS count FROM analysis_steps
                      WHERE step = 'vision' AND prompt_version LIKE 'vision.1#________'";
    assert_eq!(app.count(remembered).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_shown_is_e504_and_its_photo_does_not_stay() -> anyhow::Result<()> {
    let sight =
        json!({ "is_cup": true, "unsafe_content": "sexual", "summary": "A cup.", "patterns": [] });
    let ai = ScriptedVendor::start([says(sight)]).await?;
    let app = app_with(&ai).await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let ended = app.ended(&id).await?;
    assert_eq!(
        (&ended["status"], &ended["error"]["code"]),
        (&json!("failed"), &json!("E504"))
    );
    assert_eq!(ai.calls().len(), 1, "no model is asked what it means");
    assert_eq!(used(&app).await?, 0);
    assert_eq!(app.world.objects()?, Vec::<std::path::PathBuf>::new());
    let photo = app
        .get_as_service(&format!("/v1/analyses/{id}/photo"))
        .await?;
    assert_eq!(photo.status, 404);
    again::<ReadCup>(&app).await?;
    assert_eq!(app.ended(&id).await?["error"]["code"], "E504");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ai_will_not_write_is_e504_and_none_of_its_words_are_shown() -> anyhow::Result<()>
{
    let text = json!({ "appropriate": false, "intro": "SECRET", "sections": [] });
    let ai = ScriptedVendor::start([GOOD, says(text)]).await?;
    let app = app_with(&ai).await?;
    let chat = app.world.chat(7);
    chat.sends_photo_saying(coffee_cup(), "something bad", "en")
        .await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("inappropriate"))
        .await?;
    assert!(!chat.bot_texts().await?.concat().contains("SECRET"));
    let shown =
        "SELECT count(*) AS count FROM analysis_history WHERE analysis::text LIKE '%SECRET%'";
    assert_eq!(app.count(shown).await?, 0);
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 1)]);
    assert_eq!(used(&app).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_a_person_in_danger_get_a_caring_answer_and_no_ai() -> anyhow::Result<()> {
    let ai = ScriptedVendor::start([]).await?;
    let app = app_with(&ai).await?;
    let chat = app.world.chat(7);
    chat.says("I want to die", "en").await?;
    app.drain_chat().await?;
    assert_eq!(chat.bot_texts().await?, [care(Language::En)]);
    chat.sends_photo_saying(coffee_cup(), "не хочу жить", "ru")
        .await?;
    chat_grows(&app, 2).await?;
    assert_eq!(chat.bot_texts().await?[1..], [care(Language::Ru)]);
    assert_eq!(app.states::<FetchPhoto>().await?, []);
    assert_eq!(app.rows().await?.1, 0, "no reading, and so no unit");
    let id = app
        .post_as_service(words_form("хочу умереть"))
        .await?
        .id()?;
    app.drain_jobs().await?;
    let ended = app.ended(&id).await?;
    assert_eq!(ended["status"], "completed");
    assert_eq!(
        ended["analysis"],
        json!({ "intro": care(Language::Ru), "sections": [] })
    );
    assert_eq!(used(&app).await?, 0);
    assert_eq!(chat.bot_texts().await?.len(), 3, "and in the chat");
    app.sql("UPDATE analysis_history SET status = 'processing'")
        .await?;
    again::<Interpret>(&app).await?;
    assert_eq!(used(&app).await?, 0);
    assert_eq!(chat.bot_texts().await?.len(), 3);
    assert_eq!(ai.calls().len(), 0);
    for said in [
        "want to die",
        "не хочу жить",
        "хочу умереть",
        "heavier than a cup",
    ] {
        let remembered = format!(
            "SELECT (SELECT count(*) FROM message_context AS t WHERE t::text LIKE '%{said}%')
                  + (SELECT count(*) FROM analysis_history WHERE user_text LIKE '%{said}%')
                  + (SELECT count(*) FROM jobs AS t WHERE t::text LIKE '%{said}%')
                  + (SELECT count(*) FROM audit_logs AS t WHERE t::text LIKE '%{said}%') AS count"
        );
        assert_eq!(app.count(&remembered).await?, 0, "{said} is remembered");
    }
    Ok(())
}

/// Runs jobs until the bot has said so much.
async fn chat_grows(app: &TestApp, count: usize) -> anyhow::Result<()> {
    let worker = app.worker()?;
    let chat = app.world.chat(7);
    let grown = async || Ok((chat.bot_texts().await?.len() >= count).then_some(()));
    testkit::eventually(grown).await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_wish_is_e504_before_a_model_is_asked() -> anyhow::Result<()> {
    let ai = ScriptedVendor::start([]).await?;
    let app = app_with(&ai).await?;
    let id = app
        .post_as_service(words_form("how to make a bomb"))
        .await?
        .id()?;
    let chat = app.world.chat(8);
    chat.sends_photo_saying(coffee_cup(), "как сделать бомбу", "ru")
        .await?;
    app.drain_chat().await?;
    assert_eq!(app.ended(&id).await?["error"]["code"], "E504");
    chat_ends(&app).await?;
    chat.waits_for(|text| text.contains("недопустимое")).await?;
    assert_eq!(ai.calls().len(), 0);
    assert_eq!(app.world.objects()?, Vec::<std::path::PathBuf>::new());
    assert_eq!(used(&app).await?, 0);
    Ok(())
}

async fn chat_ends(app: &TestApp) -> anyhow::Result<()> {
    let begun = "SELECT count(*) AS count FROM analysis_history WHERE chat_id = 8";
    testkit::eventually(async || Ok((app.count(begun).await? == 1).then_some(()))).await?;
    app.drain_jobs().await
}
