//! Methods about what a bot shows of itself.

use serde_json::{Map, Value, json};

use super::{Call, Outcome};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::profile::Scope;
use crate::vendors::telegram::wire;

/// Telegram takes no longer list of commands.
const MAX_COMMANDS: usize = 100;

pub(super) fn set_commands(call: &Call<'_>) -> Outcome {
    let wrong = || ApiError::bad("can't parse commands JSON object");
    let commands = call.form.nested("commands").map_err(|_| wrong())?;
    let Some(Value::Array(list)) = commands else {
        return Err(wrong());
    };
    if list.len() > MAX_COMMANDS {
        return Err(ApiError::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let list = list.iter().map(command).collect::<Result<_, _>>()?;
    put(call, list)
}

/// A BotCommand; Telegram drops the slash before it.
fn command(command: &Value) -> Result<Value, ApiError> {
    let name = command["command"].as_str().unwrap_or_default();
    let name = name.strip_prefix('/').unwrap_or(name);
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !(1..=32).contains(&name.len()) || !name.bytes().all(letters) {
        return Err(ApiError::bad("BOT_COMMAND_INVALID"));
    }
    let description = command["description"].as_str().unwrap_or_default().trim();
    if !(1..=256).contains(&description.chars().count()) {
        return Err(ApiError::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
    }
    Ok(json!({ "command": name, "description": description }))
}

pub(super) fn delete_commands(call: &Call<'_>) -> Outcome {
    put(call, vec![])
}

fn put(call: &Call<'_>, list: Vec<Value>) -> Outcome {
    let (scope, language) = (scope(call)?, language(call)?);
    call.with_bot(|bot| bot.profile.set_commands(&scope, &language, list));
    call.telegram.publish(Event::all("bot"));
    Ok(true.into())
}

pub(super) fn get_commands(call: &Call<'_>) -> Outcome {
    let (scope, language) = (scope(call)?, language(call)?);
    Ok(call.with_bot(|bot| json!(bot.profile.commands(&scope, &language))))
}

fn scope(call: &Call<'_>) -> Result<Scope, ApiError> {
    let wrong = || ApiError::bad("can't parse BotCommandScope");
    let scope = call.form.nested("scope").map_err(|_| wrong())?;
    Scope::read(scope.as_ref()).ok_or_else(wrong)
}

/// Two letters, or none for all languages.
fn language(call: &Call<'_>) -> Result<String, ApiError> {
    let code = call.form.text("language_code").unwrap_or_default();
    if code.is_empty() || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase())) {
        return Ok(code);
    }
    Err(ApiError::bad("invalid language code specified"))
}

pub(super) fn set_text(call: &Call<'_>, what: &str, most: usize) -> Outcome {
    let text = call.form.text(what).unwrap_or_default();
    if text.chars().count() > most {
        return Err(ApiError::bad(format!(
            "bot {} is too long",
            what.replace('_', " ")
        )));
    }
    let language = language(call)?;
    call.with_bot(|bot| bot.profile.set_text(what, &language, text));
    call.telegram.publish(Event::all("bot"));
    Ok(true.into())
}

pub(super) fn get_text(call: &Call<'_>, what: &str) -> Outcome {
    let language = language(call)?;
    let usual = if what == "name" { wire::BOT_NAME } else { "" };
    let text = call.with_bot(|bot| {
        bot.profile
            .text(what, &language)
            .unwrap_or(usual)
            .to_owned()
    });
    let mut answer = Map::new();
    answer.insert(what.into(), text.into());
    Ok(answer.into())
}

pub(super) fn set_button(call: &Call<'_>) -> Outcome {
    let wrong = || ApiError::bad("can't parse menu button JSON object");
    let button = call.form.nested("menu_button").map_err(|_| wrong())?;
    let button = button.unwrap_or_else(|| json!({ "type": "default" }));
    let fits = match button["type"].as_str() {
        Some("default" | "commands") => true,
        Some("web_app") => button["text"].is_string() && button["web_app"]["url"].is_string(),
        _ => false,
    };
    if !fits {
        return Err(wrong());
    }
    let chat = call.form.int("chat_id");
    call.with_bot(|bot| bot.profile.set_button(chat, button));
    call.telegram.publish(Event::all("bot"));
    Ok(true.into())
}

pub(super) fn get_button(call: &Call<'_>) -> Outcome {
    let chat = call.form.int("chat_id");
    Ok(call.with_bot(|bot| bot.profile.button(chat)))
}
