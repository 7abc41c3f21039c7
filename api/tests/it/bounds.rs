//! A person whom a service names bounds every path, and so do the persons that its key is bound to.

use anyhow::Context;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use world::app::{Answer, photo_form, words_form};
use world::{N8N_KEY, TestApp};

use crate::keys::{Rights, key_with};

/// A method and a path of the document, with the id of a reading of person 7.
type Call = (Method, String);

/// Every call of the document that needs a caller.
async fn calls(app: &TestApp, reading: &str) -> anyhow::Result<Vec<Call>> {
    let answer = app.request(Method::GET, "/openapi.json").send().await?;
    let document: Value = answer.json().await?;
    let mut calls = Vec::new();
    for (path, methods) in document["paths"].as_object().context("paths")? {
        for (method, operation) in methods.as_object().context("methods")? {
            // Open ones say so.
            if operation.get("security").is_none() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
                calls.push((method, path.replace("{id}", reading)));
            }
        }
    }
    Ok(calls)
}

/// Those that name a reading.
fn of_reading(calls: &[Call], reading: &str) -> Vec<Call> {
    let calls = calls.iter();
    let named =
        calls.filter(|(_, path)| path.starts_with("/v1/analyses/") && path.contains(reading));
    named.cloned().collect()
}

fn request(app: &TestApp, (method, path): &Call, key: &str) -> RequestBuilder {
    let call = app.request(method.clone(), path).header("X-API-Key", key);
    match *method {
        Method::GET | Method::DELETE => call,
        _ => match path.rsplit('/').next() {
            Some("again") => call.json(&json!({ "focus_area": "career" })),
            Some("questions") => call.json(&json!({ "text": "Why?" })),
            Some("shares") => call.multipart(Form::new().part("card", Part::bytes(coffee_cup()))),
            _ => call.json(&json!({ "rating": 5 })),
        },
    }
}

async fn reading_of_seven(app: &TestApp) -> anyhow::Result<String> {
    app.post_as_service(photo_form(coffee_cup())).await?.id()
}

async fn bound_key(app: &TestApp, persons: &[i64]) -> anyhow::Result<String> {
    let rights = Rights {
        scopes: &["*"],
        persons: Some(persons),
        ..Rights::default()
    };
    Ok(key_with(app, rights).await?.1)
}

const UNTOUCHED: &str = "SELECT count(*) AS count FROM analysis_history
    WHERE status = 'pending' AND user_rating IS NULL";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_named_bounds_every_path_that_names_a_reading() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let reading = reading_of_seven(&app).await?;
    let calls = of_reading(&calls(&app, &reading).await?, &reading);
    assert!(calls.len() >= 6, "{calls:?}");
    for call in &calls {
        let refused = request(&app, call, N8N_KEY).header("X-Telegram-User-Id", 8);
        let refused = Answer::of(refused.send().await?).await?;
        assert_eq!(refused.refusal(), (404, "E601"), "{call:?}");
        // A key that is bound to that person needs no name; one that is bound to several does.
        for (persons, wanted) in [
            (&[8][..], (404, "E601")),
            (&[8, 9], (400, "E104")),
            (&[], (403, "E204")),
        ] {
            let refused = request(&app, call, &bound_key(&app, persons).await?);
            let refused = Answer::of(refused.send().await?).await?;
            assert_eq!(refused.refusal(), wanted, "{call:?} {persons:?}");
        }
    }
    assert_eq!(app.count(UNTOUCHED).await?, 1);
    // For its own person each path is there.
    let key = bound_key(&app, &[7]).await?;
    for call in calls.iter().filter(|(method, _)| *method == Method::GET) {
        let status = request(&app, call, &key).send().await?.status();
        assert_eq!(status, 200, "{call:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_acts_for_no_person_that_it_is_not_bound_to_on_any_path() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let reading = reading_of_seven(&app).await?;
    let all = calls(&app, &reading).await?;
    assert!(all.len() >= 20, "{all:?}");
    for persons in [&[8][..], &[8, 9], &[]] {
        let key = bound_key(&app, persons).await?;
        for call in &all {
            let refused = request(&app, call, &key).header("X-Telegram-User-Id", 7);
            let refused = Answer::of(refused.send().await?).await?;
            assert_eq!(refused.refusal(), (403, "E204"), "{call:?} {persons:?}");
        }
    }
    assert_eq!(app.count(UNTOUCHED).await?, 1);
    assert_eq!(app.rows().await?.0, 1, "no person was made");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_of_a_form_is_bound_like_that_of_the_header() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let post = async |key: &str, header: Option<i64>, form: Option<i64>| {
        let mut call = app
            .request(Method::POST, "/v1/analyses")
            .header("X-API-Key", key);
        if let Some(person) = header {
            call = call.header("X-Telegram-User-Id", person);
        }
        let mut fields = words_form("a bird");
        if let Some(person) = form {
            fields = fields.text("telegram_user_id", person.to_string());
        }
        let answer = Answer::of(call.multipart(fields).send().await?).await?;
        Ok::<_, anyhow::Error>(answer.status)
    };
    assert_eq!(post(N8N_KEY, Some(8), Some(7)).await?, 403);
    assert_eq!(post(N8N_KEY, Some(8), None).await?, 202);
    assert_eq!(post(N8N_KEY, None, None).await?, 400);
    let (one, two) = (
        bound_key(&app, &[8]).await?,
        bound_key(&app, &[8, 9]).await?,
    );
    for key in [&one, &two] {
        assert_eq!(post(key, None, Some(7)).await?, 403);
        assert_eq!(post(key, None, Some(8)).await?, 202);
    }
    assert_eq!(post(&one, None, None).await?, 202);
    assert_eq!(post(&two, None, None).await?, 400);
    assert_eq!(app.rows().await?.0, 1, "person 8 alone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_have_a_scope_of_their_own() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let reading = reading_of_seven(&app).await?;
    for (scope, of_reading, of_photo) in [("analyses:read", 200, 403), ("photos:read", 403, 200)] {
        let rights = Rights {
            scopes: &[scope],
            ..Rights::default()
        };
        let (_, key) = key_with(&app, rights).await?;
        for (path, wanted) in [("", of_reading), ("/photo", of_photo)] {
            let call = (Method::GET, format!("/v1/analyses/{reading}{path}"));
            let status = request(&app, &call, &key).send().await?.status();
            assert_eq!(status, wanted, "{scope} {path}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_person_is_taken_off_the_keys_and_no_key_grows_by_that() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("a bird")).await?.id()?;
    bound_key(&app, &[7]).await?;
    bound_key(&app, &[7, 8]).await?;
    let deleted = app
        .as_seven(
            Method::POST,
            "/v1/users/me/deletion",
            json!({ "confirmation_code": "DELETE_MY_DATA" }),
        )
        .await?;
    assert_eq!(deleted.status, 202);
    app.drain_jobs().await?;
    let left = "SELECT count(*) AS count FROM api_keys WHERE persons IN ('{}', '{8}')";
    assert_eq!(app.count(left).await?, 2);
    Ok(())
}
