//! `POST` and `GET /v1/analyses`.

use readings::jobs::{Interpret, PrepareImage};
use reqwest::multipart::Form;
use serde_json::json;
use testkit::pictures::{coffee_cup, drawn_cup};
use world::TestApp;
use world::app::photo_form;

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_accepted_with_its_rows_and_its_job() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let answer = app.post_as_service(photo_form(coffee_cup())).await?;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.body["status"], "pending");
    assert_eq!(answer.body["estimated_time_seconds"], 30);
    let id = answer.id()?.parse()?;
    let job = PrepareImage {
        analysis_id: id,
        user_id: app.user_id(7).await?,
    };
    app.assert_enqueued(job).await;
    assert_eq!(app.rows().await?, (1, 1, 1));
    assert_eq!(app.world.objects()?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_reading_that_can_be_polled_and_stands_in_the_chat() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    let form = photo_form(coffee_cup()).text("focus_area", "career");
    let id = app.post_as_service(form).await?.id()?;
    app.drain_jobs().await?;
    let body = app.ended(&id).await?;
    assert_eq!(body["status"], "completed");
    assert_eq!(body["focus_area"], "career");
    assert!(body["processing_time_ms"].is_i64());
    assert!(
        body["tokens_used"]
            .as_i64()
            .is_some_and(|tokens| tokens > 0)
    );
    let intro = body["analysis"]["intro"]
        .as_str()
        .expect("an intro")
        .to_owned();
    assert!(
        body["analysis"]["sections"]
            .as_array()
            .is_some_and(|s| s.len() >= 3)
    );
    let texts = chat.bot_texts().await?;
    assert_eq!(
        texts.iter().filter(|text| text.starts_with(&intro)).count(),
        1,
        "{texts:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_photos_give_two_readings_and_the_same_photo_the_same() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut readings = Vec::new();
    // Of three people: what one was told before would be taken up in the next reading.
    for (who, photo) in [(7, drawn_cup(1)), (8, drawn_cup(2)), (9, drawn_cup(1))] {
        let who = app.world.chat(who).init_data().await?;
        let id = app.post_as_person(&who, photo_form(photo)).await?.id()?;
        app.drain_jobs().await?;
        readings.push(app.ended(&id).await?["analysis"].clone());
    }
    assert_ne!(readings[0], readings[1]);
    assert_eq!(readings[0], readings[2]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_become_a_reading_without_a_photo() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let form = Form::new().text("text", "A bird near the rim and a long road to it.");
    let id = app.post_as_service(form).await?.id()?;
    app.assert_enqueued(Interpret {
        analysis_id: id.parse()?,
        user_id: app.user_id(7).await?,
    })
    .await;
    app.drain_jobs().await?;
    let body = app.ended(&id).await?;
    assert_eq!(
        (&body["status"], &body["input_type"]),
        (&json!("completed"), &json!("text"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_photo_goes_through_a_file_and_arrives_whole() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let noise = image::RgbImage::from_fn(1_500, 1_100, |x, y| {
        let n =
            (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
        image::Rgb([(n >> 24) as u8, (n >> 16) as u8, (n >> 8) as u8])
    });
    let photo = testkit::pictures::encoded(&noise.into(), image::ImageFormat::Png);
    assert!(photo.len() > 1_000_000);
    let id = app.post_as_service(photo_form(photo.clone())).await?.id()?;
    let stored = app
        .core
        .providers
        .storage
        .get(&format!("analyses/{id}/original"))
        .await?;
    assert!(stored.is_some_and(|stored| stored == photo));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_their_own_reading_and_nobody_elses() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (own, other) = (
        app.world.chat(7).init_data().await?,
        app.world.chat(8).init_data().await?,
    );
    let id = app
        .post_as_person(&own, photo_form(coffee_cup()))
        .await?
        .id()?;
    let path = format!("/v1/analyses/{id}");
    let as_person = async |init_data: &str| -> anyhow::Result<u16> {
        let call = app.request(reqwest::Method::GET, &path);
        Ok(call
            .header("X-Telegram-Init-Data", init_data)
            .send()
            .await?
            .status()
            .as_u16())
    };
    assert_eq!(as_person(&own).await?, 200);
    assert_eq!(as_person(&other).await?, 404);
    assert_eq!(app.get_as_service(&path).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_e601() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for path in [
        "/v1/analyses/0199aaaa-0000-7000-8000-000000000000",
        "/v1/analyses/x",
        "/nothing",
    ] {
        assert_eq!(
            app.get_as_service(path).await?.refusal(),
            (404, "E601"),
            "{path}"
        );
    }
    let call = app
        .request(reqwest::Method::DELETE, "/v1/analyses")
        .send()
        .await?;
    assert_eq!(world::app::Answer::of(call).await?.refusal(), (405, "E603"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_speaks_the_persons_language_and_carries_the_request_id() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app
        .request(reqwest::Method::GET, "/v1/analyses/x")
        .header("Accept-Language", "zh-CN,en;q=0.5")
        .header("X-Request-Id", "request-4711");
    let answer = world::app::Answer::of(call.send().await?).await?;
    assert_eq!(answer.refusal(), (401, "E201"));
    assert_eq!(answer.body["message"], "需要身份验证。");
    assert_eq!(answer.body["request_id"], "request-4711");
    assert!(answer.body["details"].is_object());
    assert_eq!(answer.headers["x-request-id"], "request-4711");
    Ok(())
}
