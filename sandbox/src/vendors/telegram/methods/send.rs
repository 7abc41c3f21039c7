//! Messages from the bot.

use serde_json::{Value, json};

use super::{Call, Outcome};
use crate::vendors::telegram::entities::{MAX_TEXT, Rich, parse, trimmed, units};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::model::{Chat, Message};
use crate::vendors::telegram::people::Scene;
use crate::vendors::telegram::{markup, taps, wire};

/// Text of a request in its parse mode or with its entities; empty when there is none.
pub(super) fn rich(call: &Call<'_>, text: &str, entities: &str) -> Result<Rich, ApiError> {
    let source = call.form.text(text).unwrap_or_default();
    let mode = call.form.text("parse_mode");
    let given = call.form.nested(entities);
    let given = given.map_err(|_| ApiError::bad("can't parse entities JSON object"))?;
    match given {
        Some(list) if mode.is_none() => {
            let entities = serde_json::from_value(list)
                .map_err(|_| ApiError::bad("can't parse entities JSON object"))?;
            Ok(trimmed(Rich {
                text: source,
                entities,
            }))
        }
        _ => parse(&source, mode.as_deref()),
    }
}

/// The text of a message, neither empty nor too long.
pub(super) fn message_text(call: &Call<'_>) -> Result<Rich, ApiError> {
    let rich = rich(call, "text", "entities")?;
    if rich.text.is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    if units(&rich.text) > MAX_TEXT {
        return Err(ApiError::bad("message is too long"));
    }
    Ok(rich)
}

/// A message with nothing but a text or caption.
pub(super) fn words(rich: Rich) -> Message {
    Message {
        text: (!rich.text.is_empty()).then_some(rich.text),
        entities: rich.entities,
        ..Message::default()
    }
}

pub(super) fn message(call: &Call<'_>) -> Outcome {
    // Telegram looks for the chat before it looks at the text.
    call.in_chat(|_| Ok(()))?;
    post(call, words(message_text(call)?))
}

/// Fields of a request that a message brings along, and what they are called there.
const FLAGS: [(&str, &str); 3] = [
    ("protect_content", "has_protected_content"),
    ("has_spoiler", "has_media_spoiler"),
    ("show_caption_above_media", "show_caption_above_media"),
];

/// Puts one message of the bot into the chat.
pub(super) fn post(call: &Call<'_>, message: Message) -> Outcome {
    let mut sent = post_all(call, vec![message])?;
    Ok(sent.pop().unwrap_or_default())
}

/// Puts messages of the bot into the chat, with what all sending methods have in common.
pub(super) fn post_all(call: &Call<'_>, messages: Vec<Message>) -> Result<Vec<Value>, ApiError> {
    let markup = markup::read(&call.form)?;
    let reply = reply_target(call)?;
    let mut agrees = Vec::new();
    let sent = call.in_chat(|chat| {
        let (reply_to, quote) = answered(chat, reply)?;
        let sent = messages.into_iter().map(|mut message| {
            message.from_bot = true;
            message.reply_to = reply_to;
            if let Some(quote) = &quote {
                message.extra["quote"] = quote.clone();
            }
            for (asked, shown) in FLAGS.iter().filter(|(asked, _)| call.form.flag(asked)) {
                if *asked == "protect_content" || message.is_captioned() {
                    message.extra[*shown] = true.into();
                }
            }
            if message.markup.is_null() {
                message.markup = markup.clone();
            }
            let message = chat.push(message);
            call.telegram
                .publish(Event::message(call.token, chat, &message));
            if chat.group.is_none() && !chat.person.reads_terms {
                let data = taps::consent_button(&message);
                agrees.extend(data.map(|data| (chat.person.clone(), message.id, data)));
            }
            wire::message(call.token, chat, &message)
        });
        Ok(sent.collect())
    });
    for (person, message, data) in agrees {
        let scene = Scene {
            person,
            group: None,
        };
        // The button is there: it was found in the message.
        let _ = taps::tap(call.telegram, call.token, &scene, message, &data);
    }
    sent
}

/// What a message answers.
struct Target {
    id: i64,
    /// The message may be missing.
    lenient: bool,
    /// Part of its text, and where the part begins.
    quote: Option<(String, i64)>,
}

/// Both spellings of the Bot API.
fn reply_target(call: &Call<'_>) -> Result<Option<Target>, ApiError> {
    let wrong = || ApiError::bad("can't parse reply parameters JSON object");
    if let Some(reply) = call.form.nested("reply_parameters").map_err(|_| wrong())? {
        let position = reply["quote_position"].as_i64().unwrap_or_default();
        let quote = match reply["quote"].as_str().filter(|quote| !quote.is_empty()) {
            Some(source) => {
                let mode = reply["quote_parse_mode"].as_str();
                Some((parse(source, mode)?.text, position))
            }
            None => None,
        };
        return Ok(Some(Target {
            id: reply["message_id"].as_i64().ok_or_else(wrong)?,
            lenient: reply["allow_sending_without_reply"] == true,
            quote,
        }));
    }
    let lenient = call.form.flag("allow_sending_without_reply");
    let id = call.form.int("reply_to_message_id");
    Ok(id.map(|id| Target {
        id,
        lenient,
        quote: None,
    }))
}

/// Id of the message that is answered, and the TextQuote of it.
fn answered(chat: &Chat, target: Option<Target>) -> Result<(Option<i64>, Option<Value>), ApiError> {
    let Some(target) = target else {
        return Ok((None, None));
    };
    let Some(message) = chat.message(target.id) else {
        return match target.lenient {
            true => Ok((None, None)),
            false => Err(ApiError::bad("message to be replied not found")),
        };
    };
    let Some((quote, position)) = target.quote else {
        return Ok((Some(target.id), None));
    };
    let text = message.text.as_deref().unwrap_or_default();
    if !text.contains(&quote) {
        return Err(ApiError::bad("QUOTE_TEXT_INVALID"));
    }
    let quote = json!({ "text": quote, "position": position, "is_manual": true });
    Ok((Some(target.id), Some(quote)))
}
