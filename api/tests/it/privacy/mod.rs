//! `/v1/users/me/exports` and `/v1/users/me/deletion`, through the front door.

mod archived;
mod deletion;
mod exports;
mod reading;

use std::io::{Cursor, Read};

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};
use world::app::Answer;
use world::{N8N_KEY, TestApp};

use crate::keys::{Rights, key_with};

/// A request of n8n for a person.
async fn ask(app: &TestApp, method: Method, path: &str, whom: i64) -> anyhow::Result<Answer> {
    let call = app
        .request(method, path)
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", whom);
    Answer::of(call.send().await?).await
}

async fn ask_export(app: &TestApp, whom: i64) -> anyhow::Result<String> {
    let answer = ask(app, Method::POST, "/v1/users/me/exports", whom).await?;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.id()
}

async fn show_export(app: &TestApp, whom: i64, id: &str) -> anyhow::Result<Answer> {
    ask(
        app,
        Method::GET,
        &format!("/v1/users/me/exports/{id}"),
        whom,
    )
    .await
}

/// Asks for a deletion with the words that confirm it.
pub(crate) async fn ask_deletion(app: &TestApp, whom: i64) -> anyhow::Result<Answer> {
    let call = app
        .request(Method::POST, "/v1/users/me/deletion")
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", whom)
        .json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
    Answer::of(call.send().await?).await
}

/// Fetches a signed address without any credentials.
async fn fetch(app: &TestApp, url: &Value) -> anyhow::Result<(u16, Vec<u8>)> {
    let url = url.as_str().context("no address")?;
    let answer = app.world.http.get(url).send().await?;
    Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
}

/// The files of an archive by their names, in its order.
fn unpacked(archive: Vec<u8>) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive))?;
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        files.push((file.name()?.into_owned(), bytes));
    }
    Ok(files)
}

/// The archive of a completed export, with `data.json` read.
async fn archive(
    app: &TestApp,
    whom: i64,
    id: &str,
) -> anyhow::Result<(Value, Vec<(String, Vec<u8>)>)> {
    let export = show_export(app, whom, id).await?.body;
    assert_eq!(export["status"], "completed", "{export}");
    let (status, bytes) = fetch(app, &export["download"]["url"]).await?;
    assert_eq!(status, 200);
    assert_eq!(export["download"]["size_bytes"], bytes.len());
    let mut files = unpacked(bytes)?;
    let (name, data) = files.remove(0);
    assert_eq!(name, "data.json");
    Ok((serde_json::from_slice(&data)?, files))
}

/// The objects in the bucket whose keys hold a text.
fn objects_with(app: &TestApp, text: &str) -> anyhow::Result<usize> {
    let objects = app.world.objects()?;
    let with = objects
        .iter()
        .filter(|path| path.to_string_lossy().contains(text));
    Ok(with.count())
}

/// Puts the job of a kind back into the queue, as if the worker had died before it closed it.
async fn again(app: &TestApp, kind: &str) -> anyhow::Result<()> {
    app.sql(&format!(
        "UPDATE jobs SET state = 'queued', finished_at = NULL WHERE kind = '{kind}'"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_needs_a_scope_of_its_own_for_what_is_private() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let all_others = [
        "analyses:read",
        "analyses:write",
        "users:read",
        "users:write",
        "limits:read",
        "subscriptions:read",
        "subscriptions:write",
    ];
    let calls = [
        (Method::POST, "exports", 202),
        (Method::GET, "exports", 200),
        (
            Method::GET,
            "exports/0199aaaa-0000-7000-8000-000000000000",
            404,
        ),
        (Method::POST, "deletion", 202),
        (Method::GET, "deletion", 200),
    ];
    for (scopes, may) in [(&all_others[..], false), (&["privacy"][..], true)] {
        let rights = Rights {
            scopes,
            ..Rights::default()
        };
        let (_, key) = key_with(&app, rights).await?;
        for (method, path, status) in &calls {
            let call = app
                .request(method.clone(), &format!("/v1/users/me/{path}"))
                .header("X-API-Key", &key)
                .header("X-Telegram-User-Id", 7)
                .json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
            let answer = Answer::of(call.send().await?).await?;
            let wanted = if may { *status } else { 403 };
            assert_eq!(answer.status, wanted, "{method} {path}: {answer:?}");
        }
    }
    Ok(())
}
