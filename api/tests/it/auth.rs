//! Who may come in.

use reqwest::multipart::Form;
use world::TestApp;
use world::app::Answer;

fn words() -> Form {
    Form::new().text("text", "a bird")
}

async fn with_header(app: &TestApp, name: &str, value: &str) -> anyhow::Result<Answer> {
    let call = app
        .request(reqwest::Method::POST, "/v1/analyses")
        .header(name, value);
    Answer::of(
        call.multipart(words().text("telegram_user_id", "7"))
            .send()
            .await?,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_wrong_keys_are_refused_and_leave_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(
        with_header(&app, "X-Nothing", "x").await?.refusal(),
        (401, "E201")
    );
    assert_eq!(
        with_header(&app, "X-API-Key", "wrong").await?.refusal(),
        (401, "E202")
    );
    assert_eq!(
        with_header(&app, "X-API-Key", "").await?.refusal(),
        (401, "E202")
    );
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn init_data_that_is_bad_old_or_of_another_bot_is_refused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let good = chat.init_data().await?;
    let old = chat.init_data_with("&auth_date=1700000000").await?;
    let url = app
        .world
        .outside("/control/users/7/init-data?token=777:another-bot");
    let other: serde_json::Value = app.world.http.get(url).send().await?.json().await?;
    let other = other["init_data"].as_str().expect("signed data");
    let forged = good.replacen("7", "8", 1);
    for (init_data, code) in [
        (forged.as_str(), "E202"),
        ("rubbish", "E202"),
        (&old, "E203"),
        (other, "E202"),
    ] {
        let answer = app.post_as_person(init_data, words()).await?;
        assert_eq!(answer.refusal(), (401, code), "{init_data}");
    }
    assert_eq!(app.rows().await?, (0, 0, 0));
    assert_eq!(app.post_as_person(&good, words()).await?.status, 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_cannot_ask_for_another_and_a_service_must_say_for_whom() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let own = app.world.chat(7).init_data().await?;
    let for_other = app
        .post_as_person(&own, words().text("telegram_user_id", "8"))
        .await?;
    assert_eq!(for_other.refusal(), (403, "E204"));
    let for_self = app
        .post_as_person(&own, words().text("telegram_user_id", "7"))
        .await?;
    assert_eq!(for_self.status, 202);
    let call = app
        .request(reqwest::Method::POST, "/v1/analyses")
        .header("X-API-Key", "n8n-key");
    let for_nobody = Answer::of(call.multipart(words()).send().await?).await?;
    assert_eq!(for_nobody.refusal(), (400, "E104"));
    Ok(())
}
