//! The reader that needs no network, no key and no money (crate `reader`): always available. It
//! understands no prompts: it works from the last picture or block of data in the messages of the user, and
//! answers in the form that is asked for.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::{
    Ai, Answer, Call, Finish, Message, Piece, Pieces, Request, Role, Usage, Vendor, reading,
};
use crate::{ProviderError, ProviderErrorKind as Kind};

pub(super) struct Offline;

/// Characters of a piece: about a line on a telephone.
const PIECE: usize = 40;

#[async_trait]
impl Ai for Offline {
    async fn complete(&self, call: Call) -> Result<Answer, ProviderError> {
        let request = call.request.clone();
        // Looking into a picture takes tens of milliseconds of a core.
        let work = tokio::task::spawn_blocking(move || answer(&request));
        let text = within(call.timeout, work).await?;
        if let Some(pieces) = &call.pieces {
            send(&text, pieces);
        }
        Ok(Answer {
            text,
            model: Catalogue::offline().name,
            finish: Finish::Stop,
            usage: Some(Usage {
                cost_micro_usd: Some(0),
                ..Usage::default()
            }),
        })
    }
}

async fn within(
    timeout: Duration,
    work: tokio::task::JoinHandle<Result<String, String>>,
) -> Result<String, ProviderError> {
    let failed = |kind, why: String| Vendor::Offline.error(kind, why);
    let ended = tokio::time::timeout(timeout, work).await;
    let ended = ended.map_err(|_| failed(Kind::Timeout, "no answer in time".to_owned()))?;
    let answered = ended.map_err(|why| failed(Kind::Transient, why.to_string()))?;
    answered.map_err(|why| failed(Kind::Rejected, why))
}

fn send(text: &str, pieces: &Pieces) {
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(PIECE) {
        let _ = pieces.send(Piece::Text(piece.iter().collect()));
    }
}

/// The answer as JSON by the schema, or as text where there is none; or why the request is unreadable.
fn answer(request: &Request) -> Result<String, String> {
    let mut of_user = request
        .messages
        .iter()
        .rev()
        .filter(|it| it.role == Role::User);
    // What comes after them may be about the answer that was given.
    let answered = of_user.find_map(|it| about(it).transpose());
    let none = || format!("no message has a picture or a block {}", reading::OPENING);
    let (object, text) = answered.transpose()?.ok_or_else(none)?;
    Ok(match &request.schema {
        None => text,
        Some(schema) => by_schema(object, &schema.schema).to_string(),
    })
}

/// What the reader says of a message, as data and as text; `None` if there is nothing in it to read.
fn about(message: &Message) -> Result<Option<(Value, String)>, String> {
    if let Some(image) = &message.image {
        let sight = reader::see(image).map_err(|why| why.to_string())?;
        return Ok(Some((json!(sight), sight.summary)));
    }
    let request = reading::Request::find(&message.text)?;
    let reading = request.map(|request| request.answer());
    Ok(reading.map(|it| (json!(it), it.plain())))
}

/// Only what the schema names. `appropriate` is always true: of a person's words, which moderation has
/// passed, the reader quotes a few at most.
fn by_schema(object: Value, schema: &Value) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return object;
    };
    // First, as in the schema: what comes after it can be shown while it comes.
    let mut fields = Map::from_iter([("appropriate".to_owned(), json!(true))]);
    if let Value::Object(written) = object {
        fields.extend(written);
    }
    fields.retain(|name, _| properties.contains_key(name));
    Value::Object(fields)
}
