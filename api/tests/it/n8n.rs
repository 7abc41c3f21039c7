//! What workflows of n8n report and ask.

use readings::jobs::FetchPhoto;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use world::app::Answer;
use world::{N8N_KEY, TestApp, World};

use crate::keys::{Rights, key_with};

/// A photo of person 7, as Telegram brings it.
fn photo() -> Value {
    json!({
        "update_id": 500,
        "message": {
            "message_id": 5, "date": 1_760_000_000,
            "chat": { "id": 7, "type": "private", "first_name": "Ann" },
            "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" },
            "photo": [{ "file_id": "large", "file_unique_id": "u", "width": 9, "height": 9 }],
        },
    })
}

fn error(update: Value) -> Value {
    json!({ "workflow": "bot", "node": "Read", "message": "ECONNREFUSED", "execution_id": "12", "update": update })
}

async fn report(app: &TestApp, key: &str, body: &Value) -> anyhow::Result<Answer> {
    let call = app
        .request(Method::POST, "/v1/n8n/errors")
        .header("X-API-Key", key);
    Answer::of(call.json(body).send().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_a_workflow_could_not_handle_is_taken_once_wherever_it_comes_from()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(
        report(&app, N8N_KEY, &error(json!(null))).await?.status,
        204
    );
    assert_eq!(app.rows().await?, (0, 0, 0));
    for _ in 0..2 {
        assert_eq!(report(&app, N8N_KEY, &error(photo())).await?.status, 204);
    }
    assert_eq!(app.post_update(&photo()).await?.status, 200);
    assert_eq!(app.enqueued::<FetchPhoto>().await?.len(), 1);
    assert_eq!(app.rows().await?.1, 1);
    Ok(())
}

/// The answer to a workflow was lost, so that it hands over the update as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_a_workflow_has_sent_and_hands_over_too_is_read_once() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let form = Form::new()
        .text("telegram_file_id", "large")
        .text("message_id", "5");
    assert_eq!(app.post_as_service(form).await?.status, 202);
    assert_eq!(report(&app, N8N_KEY, &error(photo())).await?.status, 204);
    assert_eq!(app.enqueued::<FetchPhoto>().await?.len(), 1);
    assert_eq!(app.rows().await?.1, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_key_for_workflows_and_for_all_persons_may_report() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let rights = |scopes, persons| Rights {
        scopes,
        persons,
        ..Rights::default()
    };
    let good = key_with(&app, rights(&["workflows"], None)).await?.1;
    let bound = key_with(&app, rights(&["*"], Some(&[7]))).await?.1;
    let other = key_with(&app, rights(&["analyses:write"], None)).await?.1;
    for key in [&bound, &other] {
        assert_eq!(
            report(&app, key, &error(photo())).await?.refusal(),
            (403, "E204")
        );
    }
    let init_data = app.world.chat(7).init_data().await?;
    let person = app.as_person(
        &init_data,
        Method::POST,
        "/v1/n8n/errors",
        Some(error(photo())),
    );
    assert_eq!(person.await?.refusal(), (403, "E204"));
    assert_eq!(app.rows().await?.1, 0);
    let mut huge = error(photo());
    huge["message"] = json!("x".repeat(64 * 1024));
    assert_eq!(report(&app, &good, &huge).await?.status, 413);
    assert_eq!(
        report(&app, &good, &json!({ "message": "x" }))
            .await?
            .status,
        400
    );
    assert_eq!(report(&app, &good, &error(photo())).await?.status, 204);
    assert_eq!(app.rows().await?.1, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_percentage_says_who_handles_a_person() -> anyhow::Result<()> {
    // FNV-1a of "mvp:7" is 0x171845f1, which leaves 37.
    for (percent, handled_by) in [(0, "workflow"), (37, "workflow"), (38, "api"), (100, "api")] {
        let mut world = World::new().await?;
        world.set("N8N_ROLLOUT_PERCENT", percent);
        let app = TestApp::start_in(world).await?;
        let answer = app.get_as_service("/v1/rollout/7").await?;
        assert_eq!(
            answer.body,
            json!({ "handled_by": handled_by }),
            "{percent}"
        );
        assert_eq!(app.get_as_service("/v1/rollout/none").await?.status, 400);
        let init_data = app.world.chat(8).init_data().await?;
        let of_another = app.as_person(&init_data, Method::GET, "/v1/rollout/7", None);
        assert_eq!(of_another.await?.refusal(), (403, "E204"));
    }
    Ok(())
}

/// In shape B the dialogue is the bot's, and n8n sends the photo.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_a_workflow_sends_has_the_focus_area_that_was_chosen_in_the_chat()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chosen = async |update_id, area: &str| {
        app.presses_an_old_button(update_id, &format!("photo:{area}"))
            .await
    };
    let sent = async |message_id: &str, focus: Option<&str>| {
        let mut form = Form::new().text("telegram_file_id", "large");
        form = form.text("message_id", message_id.to_owned());
        if let Some(focus) = focus {
            form = form.text("focus_area", focus.to_owned());
        }
        let id = app.post_as_service(form).await?.id()?;
        let shown = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
        Ok::<_, anyhow::Error>(shown.body["focus_area"].clone())
    };
    chosen(1, "career").await?;
    assert_eq!(sent("5", Some("wellbeing")).await?, "wellbeing");
    assert_eq!(sent("6", None).await?, "career");
    assert_eq!(sent("7", None).await?, "general", "chosen for one photo");
    chosen(2, "career").await?;
    let words = Form::new().text("text", "a bird").text("message_id", "8");
    let id = app.post_as_service(words).await?.id()?;
    let shown = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
    assert_eq!(shown.body["focus_area"], "general", "not for words");
    Ok(())
}
