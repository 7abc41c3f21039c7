//! Pictures of a reading that its person shares.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::{drawn_cup, encoded};
use world::app::{Answer, photo_form};
use world::{N8N_KEY, TestApp};

fn picture(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_pixel(width, height, Rgb([200, 90, 40]));
    encoded(&DynamicImage::ImageRgb8(picture), ImageFormat::Png)
}

fn form(card: Vec<u8>) -> Form {
    Form::new().part("card", Part::bytes(card).file_name("card.png"))
}

/// A person with a reading: their `initData`, and the path of the shares.
async fn read() -> anyhow::Result<(TestApp, String, String)> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(drawn_cup(1)))
        .await?
        .id()?;
    app.drain_jobs().await?;
    Ok((app, me, format!("/v1/analyses/{id}/shares")))
}

async fn share(app: &TestApp, me: &str, path: &str, form: Form) -> anyhow::Result<Answer> {
    let call = app.request(Method::POST, path);
    let call = call.header("X-Telegram-Init-Data", me).multipart(form);
    Answer::of(call.send().await?).await
}

async fn listed(app: &TestApp, me: &str, path: &str) -> anyhow::Result<Vec<Value>> {
    let list = app.as_person(me, Method::GET, path, None).await?;
    Ok(list.body["data"].as_array().cloned().unwrap_or_default())
}

/// What a stranger gets from an address.
async fn seen(
    app: &TestApp,
    url: &Value,
) -> anyhow::Result<(u16, reqwest::header::HeaderMap, Vec<u8>)> {
    let answer = app
        .world
        .http
        .get(url.as_str().unwrap_or_default())
        .send()
        .await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok((status, headers, answer.bytes().await?.to_vec()))
}

async fn cards(app: &TestApp) -> anyhow::Result<usize> {
    let all = app.core.providers.storage.list("analyses/", None).await?;
    Ok(all
        .iter()
        .filter(|object| object.key.contains("/cards/"))
        .count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_picture_is_seen_by_everyone_who_has_its_address_until_it_ends()
-> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    let shared = share(&app, &me, &path, form(picture(1080, 1920))).await?;
    assert_eq!(shared.status, 201);
    let share_of = shared.body.clone();
    let url = share_of["url"].as_str().unwrap_or_default();
    assert_eq!(
        url,
        app.url(&format!("/v1/shares/{}/card.jpg", shared.id()?))
    );
    let link = share_of["link"].as_str().unwrap_or_default();
    assert!(
        link.starts_with("https://t.me/") && link.contains("?start=ref_"),
        "{link}"
    );
    let until: chrono::DateTime<chrono::Utc> = share_of["expires_at"]
        .as_str()
        .unwrap_or_default()
        .parse()?;
    let days = (until - chrono::Utc::now()).num_hours();
    assert!((719..=720).contains(&days), "{days} hours");

    let (status, headers, jpeg) = seen(&app, &share_of["url"]).await?;
    assert_eq!(status, 200);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("cache-control", "public, max-age=3600"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-robots-tag", "noindex"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let picture = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg)?;
    assert_eq!((picture.width(), picture.height()), (1080, 1920));
    assert_eq!(listed(&app, &me, &path).await?.len(), 1);

    // What is left of its time is what others may keep it for.
    app.sql("UPDATE shared_cards SET expires_at = now() + interval '90 s'")
        .await?;
    let (_, headers, _) = seen(&app, &share_of["url"]).await?;
    let kept = headers["cache-control"]
        .to_str()?
        .replace("public, max-age=", "");
    assert!((80..=90).contains(&kept.parse::<i64>()?), "{kept}");

    let ended = app.as_person(&me, Method::DELETE, &path, None).await?;
    assert_eq!(ended.status, 204);
    assert_eq!(seen(&app, &share_of["url"]).await?.0, 404);
    assert_eq!(listed(&app, &me, &path).await?, Vec::<Value>::new());
    let again = app.as_person(&me, Method::DELETE, &path, None).await?;
    assert_eq!(again.status, 204);
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action IN ('analysis_shared', 'analysis_shares_ended')";
    assert_eq!(app.count(noted).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_pixels_becomes_public() -> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    // A PNG with words behind its pixels, and a JPEG with words and a file behind its end.
    let mut png = picture(40, 60);
    let end = png.len() - 12;
    let chunk = [b"tEXt".as_slice(), b"Comment\0qyzzpalimpsest"].concat();
    let mut text = ((chunk.len() - 4) as u32).to_be_bytes().to_vec();
    text.extend(&chunk);
    text.extend([0; 4]);
    png.splice(end..end, text);
    let whole = image::load_from_memory(&picture(60, 40))?;
    let jpeg = encoded(&whole, ImageFormat::Jpeg);
    let comment = [&[0xFF, 0xFE, 0, 16][..], b"qyzzpalimpsest"].concat();
    let jpeg = [&jpeg[..2], &comment, &jpeg[2..], b"qyzzpalimpsest"].concat();
    for (card, size) in [(png, (40, 60)), (jpeg, (60, 40))] {
        let shared = share(&app, &me, &path, form(card)).await?;
        assert_eq!(shared.status, 201, "{:?}", shared.body);
        let (_, _, public) = seen(&app, &shared.body["url"]).await?;
        assert!(!public.windows(4).any(|word| word == b"qyzz"));
        let public = image::load_from_memory_with_format(&public, ImageFormat::Jpeg)?;
        assert_eq!((public.width(), public.height()), size);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_or_too_large_is_refused_and_nothing_is_kept() -> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    let noise = RgbImage::from_fn(800, 800, |x, y| {
        let n = x.wrapping_mul(747_796_405) ^ y.wrapping_mul(2_891_336_453);
        Rgb([(n >> 8) as u8, (n >> 16) as u8, (n >> 24) as u8])
    });
    let noise = encoded(&DynamicImage::ImageRgb8(noise), ImageFormat::Png);
    assert!(noise.len() > 1024 * 1024);
    let cut = picture(1080, 1920);
    for (card, refusal) in [
        (b"<svg onload=alert(1)>".to_vec(), (400, "E101")),
        (b"GIF89a".to_vec(), (400, "E101")),
        (cut[..cut.len() / 2].to_vec(), (400, "E111")),
        (picture(1081, 1920), (400, "E105")),
        (picture(1921, 20), (400, "E105")),
        // A small file of many pixels.
        (picture(20_000, 2_000), (400, "E105")),
        (noise, (413, "E107")),
        (Vec::new(), (400, "E104")),
    ] {
        let size = card.len();
        let refused = share(&app, &me, &path, form(card)).await?;
        assert_eq!(
            refused.refusal(),
            refusal,
            "{size} bytes: {:?}",
            refused.body
        );
    }
    let none = share(&app, &me, &path, Form::new().text("other", "x")).await?;
    assert_eq!(none.refusal(), (400, "E104"));
    let two = form(picture(10, 10)).part("card", Part::bytes(picture(10, 10)));
    assert_eq!(share(&app, &me, &path, two).await?.refusal(), (400, "E105"));
    let json = app
        .as_person(&me, Method::POST, &path, Some(json!({})))
        .await?;
    assert_eq!(json.status, 415);
    assert_eq!(
        (cards(&app).await?, listed(&app, &me, &path).await?.len()),
        (0, 0)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_person_who_has_agreed_shares_a_reading_that_is_theirs_and_complete()
-> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    let card = || form(picture(10, 10));
    let other = app.world.chat(8).init_data().await?;
    assert_eq!(
        share(&app, &other, &path, card()).await?.refusal(),
        (404, "E601")
    );
    for method in [Method::GET, Method::DELETE] {
        let refused = app.as_person(&other, method, &path, None).await?;
        assert_eq!(refused.refusal(), (404, "E601"));
    }
    let waits = app
        .post_as_person(&me, photo_form(drawn_cup(2)))
        .await?
        .id()?;
    let waits = format!("/v1/analyses/{waits}/shares");
    assert_eq!(
        share(&app, &me, &waits, card()).await?.refusal(),
        (409, "E602")
    );

    let shared = share(&app, &me, &path, card()).await?;
    let consents = json!({ "terms_of_use": true, "privacy_policy": false });
    app.as_person(&me, Method::PUT, "/v1/users/me/consents", Some(consents))
        .await?;
    assert_eq!(
        seen(&app, &shared.body["url"]).await?.0,
        404,
        "it ends with the consent"
    );
    assert_eq!(
        share(&app, &me, &path, card()).await?.refusal(),
        (403, "E205")
    );
    assert_eq!(cards(&app).await?, 1, "that of before, until the sweep");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_pictures_of_a_reading_can_be_shared_in_a_day_also_if_they_are_ended()
-> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    for _ in 0..10 {
        let shared = share(&app, &me, &path, form(picture(10, 10))).await?;
        assert_eq!(shared.status, 201);
        app.as_person(&me, Method::DELETE, &path, None).await?;
    }
    let refused = share(&app, &me, &path, form(picture(10, 10))).await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    let after: u64 = refused.headers["retry-after"].to_str()?.parse()?;
    assert!((86_000..=86_401).contains(&after), "{after}");
    app.sql("UPDATE shared_cards SET created_at = created_at - interval '1 day'")
        .await?;
    assert_eq!(
        share(&app, &me, &path, form(picture(10, 10))).await?.status,
        201
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_again_shares_nothing_twice_also_if_it_died_half_way()
-> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    let send = async |card: Vec<u8>| {
        let call = app.request(Method::POST, &path);
        let call = call
            .header("X-Telegram-Init-Data", &me)
            .header("Idempotency-Key", "a-key");
        Answer::of(call.multipart(form(card)).send().await?).await
    };
    let first = send(picture(10, 20)).await?;
    let again = send(picture(10, 20)).await?;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(send(picture(20, 20)).await?.refusal(), (422, "E604"));
    // As after a kill between the row and the answer.
    app.sql("UPDATE idempotency_keys SET status = NULL, body = NULL, locked_until = now() - interval '1 s'")
        .await?;
    assert_eq!(send(picture(10, 20)).await?.body["id"], first.body["id"]);
    assert_eq!(
        (cards(&app).await?, listed(&app, &me, &path).await?.len()),
        (1, 1)
    );
    // Once that has ended, the same request means another one.
    app.as_person(&me, Method::DELETE, &path, None).await?;
    app.sql("DELETE FROM idempotency_keys").await?;
    assert_ne!(send(picture(10, 20)).await?.body["id"], first.body["id"]);
    Ok(())
}

/// The first try is at the bucket while its time runs out and the second one takes over.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_tried_again_while_its_first_try_goes_on_makes_one_picture()
-> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    app.world
        .faults(json!({ "s3": { "methods": { "PUT": { "latency_ms": 3000 } } } }))
        .await?;
    let send = async || {
        let call = app.request(Method::POST, &path);
        let call = call
            .header("X-Telegram-Init-Data", &me)
            .header("Idempotency-Key", "a-key");
        Answer::of(call.multipart(form(picture(10, 20))).send().await?).await
    };
    let after_its_time = async {
        let begun = "SELECT count(*) AS count FROM idempotency_keys WHERE status IS NULL";
        eventually(async || Ok((app.count(begun).await? == 1).then_some(()))).await?;
        app.sql("UPDATE idempotency_keys SET locked_until = now() - interval '1 s'")
            .await?;
        send().await
    };
    let (_, second) = tokio::try_join!(send(), after_its_time)?;
    assert_eq!(second.status, 201);
    let listed = listed(&app, &me, &path).await?;
    assert_eq!((cards(&app).await?, listed.len()), (1, 1));
    assert_eq!(listed[0]["id"], second.body["id"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_telegrams_word_there_is_a_link_all_the_same() -> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    // The name of the bot is known from now on.
    share(&app, &me, &path, form(picture(10, 10))).await?;
    app.world
        .faults(json!({ "telegram": { "down": true } }))
        .await?;
    let shared = share(&app, &me, &path, form(picture(10, 10))).await?;
    assert_eq!(
        (shared.status, &shared.body["prepared_message_id"]),
        (201, &Value::Null)
    );
    assert_eq!(seen(&app, &shared.body["url"]).await?.0, 200);
    // One that Telegram keeps is told as long as it can be sent.
    for (until, expected) in [("1 hour", json!("AbC-1")), ("-1 hour", Value::Null)] {
        app.sql(&format!(
            "UPDATE shared_cards SET prepared_id = 'AbC-1', prepared_until = now() + interval '{until}'"
        ))
        .await?;
        let all = listed(&app, &me, &path).await?;
        assert_eq!(all[0]["prepared_message_id"], expected, "{until}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_guessed_is_none() -> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    let shared = share(&app, &me, &path, form(picture(10, 10))).await?;
    let id = shared.id()?;
    // Random, and no time in it.
    assert_eq!(id.as_bytes()[14], b'4');
    let reading = path.split('/').nth(3).unwrap_or_default();
    for guessed in [
        "x",
        reading,
        "00000000-0000-4000-8000-000000000000",
        "..%2f..%2foriginal",
    ] {
        let url = json!(app.url(&format!("/v1/shares/{guessed}/card.jpg")));
        let (status, headers, body) = seen(&app, &url).await?;
        assert_eq!(status, 404, "{guessed}");
        assert_eq!(headers["cache-control"], "private, no-store");
        let body: Value = serde_json::from_slice(&body)?;
        assert_eq!(body["code"], "E601");
    }
    let all = app.world.http.get(app.url("/v1/shares")).send().await?;
    assert_eq!(all.status().as_u16(), 404);
    let head = app
        .world
        .http
        .head(app.url(&format!("/v1/shares/{id}/card.jpg")));
    assert_eq!(head.send().await?.status().as_u16(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_with_its_reading_and_with_its_person() -> anyhow::Result<()> {
    let (app, me, path) = read().await?;
    let shared = share(&app, &me, &path, form(picture(10, 10))).await?;
    let reading = path.trim_end_matches("/shares");
    app.as_person(&me, Method::DELETE, reading, None).await?;
    assert_eq!(seen(&app, &shared.body["url"]).await?.0, 404);
    app.drain_jobs().await?;
    assert_eq!(cards(&app).await?, 0);

    let id = app
        .post_as_person(&me, photo_form(drawn_cup(2)))
        .await?
        .id()?;
    app.drain_jobs().await?;
    let path = format!("/v1/analyses/{id}/shares");
    let call = app
        .request(Method::POST, &path)
        .header("X-API-Key", N8N_KEY);
    let by_service = Answer::of(call.multipart(form(picture(10, 10))).send().await?).await?;
    assert_eq!((by_service.status, cards(&app).await?), (201, 1));
    let confirmed = json!({ "confirmation_code": "DELETE_MY_DATA" });
    app.as_person(&me, Method::POST, "/v1/users/me/deletion", Some(confirmed))
        .await?;
    app.drain_jobs().await?;
    assert_eq!(seen(&app, &by_service.body["url"]).await?.0, 404);
    assert_eq!(app.world.objects()?.len(), 0);
    Ok(())
}
