//! Uploads that are refused: the code of the catalogue, and nothing left behind.

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::multipart::Form;
use testkit::pictures::{coffee_cup, encoded};
use world::TestApp;
use world::app::{Answer, photo_form};

/// Posts a form and makes sure that it left nothing.
async fn refused(app: &TestApp, form: Form, code: &str) -> anyhow::Result<()> {
    let answer = app.post_as_service(form).await?;
    assert_eq!(answer.refusal(), (400, code), "{answer:?}");
    assert_eq!(app.rows().await?, (0, 0, 0));
    assert!(app.world.objects()?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_image_is_e101_whatever_its_name() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    refused(
        &app,
        photo_form(b"I am a photo, believe me".to_vec()),
        "E101",
    )
    .await?;
    // A photo of no bytes is a file that was not chosen.
    refused(&app, photo_form(Vec::new()), "E104").await?;
    refused(
        &app,
        photo_form(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec()),
        "E101",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_image_is_e111() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut png = coffee_cup();
    png.truncate(png.len() / 2);
    refused(&app, photo_form(png), "E111").await?;
    let picture = DynamicImage::ImageRgb8(RgbImage::new(300, 200));
    let mut webp = encoded(&picture, ImageFormat::WebP);
    webp.truncate(webp.len() - 10);
    refused(&app, photo_form(webp), "E111").await?;
    // Of a JPEG only its decoder finds out that rows are missing.
    let mut jpeg = encoded(&picture, ImageFormat::Jpeg);
    let scan = jpeg.windows(2).position(|at| at == [0xFF, 0xDA]);
    jpeg.truncate(scan.expect("a scan"));
    refused(&app, photo_form(jpeg), "E111").await
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_megabytes_are_e102() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut photo = coffee_cup();
    photo.resize(16 * 1024 * 1024, 0);
    refused(&app, photo_form(photo), "E102").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_of_30000_by_30000_pixels_is_e102() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    // A real one: 900 million grey pixels that compress to some hundred kilobytes. Written row by
    // row, because the test is not to be its victim.
    let mut bomb = Vec::new();
    {
        let mut encoder = png::Encoder::new(&mut bomb, 30_000, 30_000);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header()?;
        let mut stream = writer.stream_writer()?;
        let row = vec![0; 30_000 / 8];
        for _ in 0..30_000 {
            std::io::Write::write_all(&mut stream, &row)?;
        }
        stream.finish()?;
    }
    refused(&app, photo_form(bomb), "E102").await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_neither_nothing_and_twice_are_told_apart() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    refused(
        &app,
        photo_form(coffee_cup()).text("text", "and words"),
        "E105",
    )
    .await?;
    refused(&app, Form::new().text("focus_area", "career"), "E104").await?;
    refused(&app, Form::new(), "E104").await?;
    refused(&app, Form::new().text("text", "   "), "E104").await?;
    refused(
        &app,
        Form::new().text("text", "a").text("text", "b"),
        "E105",
    )
    .await?;
    refused(&app, Form::new().text("text", "я".repeat(4_097)), "E105").await?;
    // Longer than a field may be, and longer than one chunk of the stream.
    refused(&app, Form::new().text("text", "x".repeat(200_000)), "E105").await?;
    let not_utf8 = reqwest::multipart::Part::bytes(vec![0xFF, 0xFE]);
    refused(&app, Form::new().part("text", not_utf8), "E105").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_focus_area_is_e103_and_wrong_numbers_are_e105() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    refused(
        &app,
        photo_form(coffee_cup()).text("focus_area", "lottery"),
        "E103",
    )
    .await?;
    for message_id in ["0", "-1", "1.5", "x", "99999999999999999999"] {
        let form = Form::new()
            .text("text", "a bird")
            .text("message_id", message_id);
        refused(&app, form, "E105").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_form_is_e106_or_e105() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let post = || {
        let call = app.request(reqwest::Method::POST, "/v1/analyses");
        call.header("X-API-Key", "n8n-key")
    };
    let json = Answer::of(
        post()
            .json(&serde_json::json!({ "text": "a" }))
            .send()
            .await?,
    )
    .await?;
    assert_eq!(json.refusal(), (415, "E106"));
    let broken = post()
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nno end");
    let broken = Answer::of(broken.send().await?).await?;
    assert_eq!(broken.refusal(), (400, "E105"));
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_whose_row_cannot_be_written_leaves_no_object() -> anyhow::Result<()> {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::start().await?;
    app.db()
        .await?
        .batch_execute("ALTER TABLE jobs RENAME TO jobs_away")
        .await?;
    let answer = app.post_as_service(photo_form(coffee_cup())).await?;
    assert_eq!(answer.refusal(), (500, "E901"));
    assert!(
        !answer.body.to_string().contains("jobs"),
        "nothing internal is told: {answer:?}"
    );
    app.db()
        .await?
        .batch_execute("ALTER TABLE jobs_away RENAME TO jobs")
        .await?;
    // The person is known from their first request on; there is nothing else.
    assert_eq!(app.rows().await?, (1, 0, 0));
    assert!(app.world.objects()?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_is_down_is_e903_and_leaves_no_reading() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(serde_json::json!({ "s3": { "error_rate": 1.0, "status": 500 } }))
        .await?;
    let answer = app.post_as_service(photo_form(coffee_cup())).await?;
    assert_eq!(answer.refusal(), (503, "E903"));
    assert!(answer.headers.contains_key("retry-after"));
    // Their consent is looked up before.
    assert_eq!(app.rows().await?, (1, 0, 0));
    Ok(())
}
