//! `GET /v1/analyses/{id}/photo`: signed addresses of the photo and its thumbnail.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::TestApp;
use world::app::{Answer, photo_form, words_form};

/// What an address gives to a client without credentials.
async fn fetch(app: &TestApp, url: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    let answer = app.world.http.get(url).send().await?;
    Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
}

fn url(link: &Value) -> &str {
    link["url"].as_str().expect("an address")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_give_every_pixel_of_the_photo_and_a_thumbnail() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let path = format!("/v1/analyses/{id}/photo");
    let early = app.get_as_service(&path).await?;
    assert_eq!(early.body["thumbnail"], json!(null), "it is not made yet");
    app.drain_jobs().await?;

    let answer = app.get_as_service(&path).await?;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    let (status, photo) = fetch(&app, url(&answer.body["photo"])).await?;
    assert_eq!(status, 200);
    let pixels = |photo: &[u8]| image::load_from_memory(photo);
    assert_eq!(pixels(&photo)?, pixels(&coffee_cup())?);
    let has_time = |photo: &[u8]| photo.windows(4).any(|name| name == b"tIME");
    assert!(
        has_time(&coffee_cup()) && !has_time(&photo),
        "when it was taken"
    );
    let (status, thumbnail) = fetch(&app, url(&answer.body["thumbnail"])).await?;
    assert_eq!(status, 200);
    let whole = image::load_from_memory(&coffee_cup())?;
    let small = image::load_from_memory_with_format(&thumbnail, image::ImageFormat::Jpeg)?;
    assert_eq!(small.width().max(small.height()), 200);
    let ratio =
        |picture: &image::DynamicImage| f64::from(picture.width()) / f64::from(picture.height());
    assert!((ratio(&small) / ratio(&whole) - 1.0).abs() < 0.01);
    for link in ["photo", "thumbnail"] {
        let until: DateTime<Utc> = answer.body[link]["expires_at"]
            .as_str()
            .expect("a moment")
            .parse()?;
        let left = until - Utc::now();
        assert!(
            left <= TimeDelta::minutes(15) && left > TimeDelta::minutes(13),
            "{left}"
        );
        assert!(url(&answer.body[link]).contains("X-Amz-Expires=900&"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_forged_or_old_gives_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let other = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let answer = app
        .get_as_service(&format!("/v1/analyses/{id}/photo"))
        .await?;
    let good = url(&answer.body["photo"]).to_owned();
    for forged in [
        good.replace("X-Amz-Expires=900", "X-Amz-Expires=86400"),
        good.replace(&id, &other),
        good.split('?').next().unwrap_or_default().to_owned(),
    ] {
        assert_ne!(forged, good);
        assert_eq!(fetch(&app, &forged).await?.0, 403, "{forged}");
    }
    let bucket = &app.core.providers.bucket;
    let key = format!("analyses/{id}/original");
    let short = bucket
        .signed_url(&key, Duration::from_secs(1), None)
        .await?;
    eventually(async || Ok((fetch(&app, &short).await?.0 == 403).then_some(()))).await?;
    assert_eq!(fetch(&app, &good).await?.0, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_have_no_photo_and_strangers_see_none() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let words = app.post_as_service(words_form("a bird")).await?.id()?;
    let photo = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    for id in [words.as_str(), "x", "0199aaaa-0000-7000-8000-000000000000"] {
        let answer = app
            .get_as_service(&format!("/v1/analyses/{id}/photo"))
            .await?;
        assert_eq!(answer.refusal(), (404, "E601"), "{id}");
    }
    for (person, status) in [(7, 200), (8, 404)] {
        let call = app.request(Method::GET, &format!("/v1/analyses/{photo}/photo"));
        let init_data = app.world.chat(person).init_data().await?;
        let call = call
            .header("X-Telegram-Init-Data", init_data)
            .send()
            .await?;
        assert_eq!(Answer::of(call).await?.status, status);
    }
    Ok(())
}
