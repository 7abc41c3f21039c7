//! Acting as one person in the private chat: what they see.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Act, acts, apps, events};
use crate::http::{Form, Reply, Req, json as reply, refused};
use crate::router::not_found;
use crate::vendors::telegram::{Person, Telegram, payments, view, wire};

pub(super) async fn answer(
    telegram: &Arc<Telegram>,
    verb: &str,
    user: i64,
    what: &[&str],
    req: &Req,
) -> Reply {
    let token = telegram.state().token(req.query("token"));
    match (verb, what) {
        ("GET", ["messages"]) => reply(&json!({ "messages": messages(telegram, &token, user) })),
        ("GET", ["invoice"]) => invoice(telegram, &token, user, req),
        ("GET", ["init-data"]) => apps::init_data(telegram, &token, user, req),
        ("GET", ["app"]) => apps::launch(telegram, &token, user, req),
        ("GET", ["prepared", id]) => apps::card(telegram, &token, user, id),
        ("GET", ["actions"]) => reply(&json!({ "actions": actions(telegram, &token, user) })),
        ("GET", ["drafts"]) => reply(&json!({ "drafts": drafts(telegram, &token, user) })),
        ("GET", ["bot"]) => reply(&bot(telegram, &token, user, req)),
        ("GET", ["events"]) => {
            events::stream(telegram, req.query("token").map(str::to_owned), user)
        }
        _ => match Act::read(telegram, req, user, None).await {
            Ok(act) => acts::answer(&act, verb, what)
                .await
                .unwrap_or_else(|| not_found(&req.path)),
            Err(why) => refused(StatusCode::BAD_REQUEST, why),
        },
    }
}

/// The bot as this person's app shows it.
fn bot(telegram: &Telegram, token: &str, user: i64, req: &Req) -> Value {
    let state = telegram.state();
    let Some(bot) = state.bots.get(token) else {
        return Value::Null;
    };
    let known = bot.person(user).and_then(|it| it.language_code.as_deref());
    let language = req.query("language_code").or(known).unwrap_or_default();
    let profile = &bot.profile;
    let standing = bot.chats.get(&user).map(|chat| chat.standing);
    json!({
        "name": profile.text("name", language).unwrap_or(wire::BOT_NAME),
        "username": wire::bot_user(token)["username"],
        "description": profile.text("description", language),
        "short_description": profile.text("short_description", language),
        "commands": profile.shown_commands(user, language),
        "menu_button": profile.button(Some(user)),
        "status": standing.unwrap_or_default(),
        "webhook_url": bot.webhook.as_ref().map(|hook| &hook.url),
    })
}

pub(super) fn messages(telegram: &Telegram, token: &str, user: i64) -> Vec<Value> {
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
pub(super) fn person(telegram: &Telegram, token: &str, user: i64, form: &Form) -> Person {
    let state = telegram.state();
    let known = state.bots.get(token).and_then(|bot| bot.person(user));
    let known = known.cloned().unwrap_or_default();
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

fn invoice(telegram: &Telegram, token: &str, user: i64, req: &Req) -> Reply {
    let message = req.query("message_id").and_then(|id| id.parse().ok());
    let found = match message {
        Some(id) => payments::of_message(telegram, token, user, id),
        None => payments::find(telegram, token, req.query("invoice").unwrap_or_default()),
    };
    match found {
        Some(invoice) => reply(&invoice),
        None => refused(StatusCode::NOT_FOUND, "there is no such invoice"),
    }
}
