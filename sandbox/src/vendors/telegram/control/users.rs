//! Acting as one person: write, read, tap, open the Mini App.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::events;
use crate::http::{Form, Reply, Req, json as reply, refused, status_json};
use crate::router::not_found;
use crate::vendors::telegram::Telegram;
use crate::vendors::telegram::payments;
use crate::vendors::telegram::people::{self, Writing};
use crate::vendors::telegram::{Person, init_data, view};

pub(super) async fn answer(
    telegram: &Arc<Telegram>,
    verb: &str,
    user: i64,
    what: &str,
    req: &Req,
) -> Reply {
    let token = telegram.state().token(req.query("token"));
    match (verb, what) {
        ("GET", "messages") => reply(&json!({ "messages": messages(telegram, &token, user) })),
        ("POST", "messages") => write(telegram, &token, user, req).await,
        ("POST", "payments") => pay(telegram, &token, user, req).await,
        ("GET", "invoice") => invoice(telegram, &token, req),
        ("POST", "callbacks") => tap(telegram, &token, user, req).await,
        ("GET", "init-data") => launch(telegram, &token, user, req),
        ("GET", "actions") => reply(&json!({ "actions": actions(telegram, &token, user) })),
        ("GET", "drafts") => reply(&json!({ "drafts": drafts(telegram, &token, user) })),
        ("GET", "events") => events::stream(telegram, req.query("token").map(str::to_owned), user),
        _ => not_found(&req.path),
    }
}

fn messages(telegram: &Telegram, token: &str, user: i64) -> Vec<Value> {
    let state = telegram.state();
    let chat = state.bots.get(token).and_then(|bot| bot.chats.get(&user));
    chat.map(|chat| view::messages(token, chat))
        .unwrap_or_default()
}

fn actions(telegram: &Telegram, token: &str, user: i64) -> Vec<Value> {
    let state = telegram.state();
    let chat = state.bots.get(token).and_then(|bot| bot.chats.get(&user));
    let actions = chat.into_iter().flat_map(|chat| &chat.actions);
    actions
        .map(|act| json!({"action": act.action, "at_ms": act.at_ms}))
        .collect()
}

fn drafts(telegram: &Telegram, token: &str, user: i64) -> Vec<Value> {
    let state = telegram.state();
    let chat = state.bots.get(token).and_then(|bot| bot.chats.get(&user));
    chat.map(|chat| chat.drafts.view()).unwrap_or_default()
}

/// What is known about the person, with what the form adds.
fn person(telegram: &Telegram, token: &str, user: i64, form: &Form) -> Person {
    let state = telegram.state();
    let chat = state.bots.get(token).and_then(|bot| bot.chats.get(&user));
    let known = chat.map(|chat| chat.person.clone()).unwrap_or_default();
    let name = form
        .text("first_name")
        .or(Some(known.first_name).filter(|n| !n.is_empty()));
    Person {
        id: user,
        first_name: name.unwrap_or_else(|| "Anna".into()),
        language_code: form
            .text("language_code")
            .or(known.language_code)
            .or(Some("en".into())),
        username: form.text("username").or(known.username),
        reads_terms: match form.text("consent").as_deref() {
            Some("ask") => true,
            Some(_) => false,
            None => known.reads_terms,
        },
    }
}

async fn write(telegram: &Arc<Telegram>, token: &str, user: i64, req: &Req) -> Reply {
    let mut form = match req.form().await {
        Ok(form) => form,
        Err(why) => return refused(StatusCode::BAD_REQUEST, why),
    };
    let person = person(telegram, token, user, &form);
    let writing = Writing {
        text: form.text("text").or_else(|| form.text("caption")),
        photo: form.files.remove("photo"),
        document: form.files.remove("document"),
        reply_to: form.int("reply_to_message_id"),
    };
    if writing.text.is_none() && writing.photo.is_none() && writing.document.is_none() {
        return refused(
            StatusCode::BAD_REQUEST,
            "send a text, or a file named photo or document",
        );
    }
    let written = people::write(telegram, token, person, writing).await;
    telegram.world.touched();
    match written {
        Ok(message) => status_json(StatusCode::CREATED, &view::message(token, &message)),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

async fn tap(telegram: &Arc<Telegram>, token: &str, user: i64, req: &Req) -> Reply {
    let form = req.form().await;
    let fields = form.and_then(|form| {
        let id = form.int("message_id").ok_or("message_id is missing")?;
        let data = form.text("data").ok_or("data is missing")?;
        Ok((id, data))
    });
    let tapped = fields.and_then(|(id, data)| people::tap(telegram, token, user, id, &data));
    match tapped {
        Ok(id) => status_json(StatusCode::CREATED, &json!({ "callback_query_id": id })),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

async fn pay(telegram: &Arc<Telegram>, token: &str, user: i64, req: &Req) -> Reply {
    let form = match req.form().await {
        Ok(form) => form,
        Err(why) => return refused(StatusCode::BAD_REQUEST, why),
    };
    let person = person(telegram, token, user, &form);
    let link = form.text("invoice").unwrap_or_default();
    match payments::pay(telegram, token, person, &link).await {
        Ok(charge) => {
            let charge = json!({ "telegram_payment_charge_id": charge });
            status_json(StatusCode::CREATED, &charge)
        }
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}

fn invoice(telegram: &Telegram, token: &str, req: &Req) -> Reply {
    let found = payments::find(telegram, token, req.query("invoice").unwrap_or_default());
    match found {
        Some((_, invoice)) => reply(&invoice),
        None => refused(StatusCode::NOT_FOUND, "there is no such invoice"),
    }
}

fn launch(telegram: &Telegram, token: &str, user: i64, req: &Req) -> Reply {
    if token.is_empty() {
        return refused(
            StatusCode::CONFLICT,
            "no bot has connected yet, so there is no token to sign with; add ?token=",
        );
    }
    let mut form = Form::default();
    for (key, value) in &req.query {
        form.fields.insert(key.clone(), value.as_str().into());
    }
    let person = person(telegram, token, user, &form);
    let auth_date = form
        .int("auth_date")
        .unwrap_or_else(|| chrono::Utc::now().timestamp());
    reply(&json!({ "init_data": init_data::signed(token, &person, auth_date) }))
}
