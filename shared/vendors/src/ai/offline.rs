//! The reader that needs no network, no key and no money (crate `reader`): always available. It
//! understands no prompts: it works from the picture, or from the block of data, in the last message, and
//! answers in the form that is asked for.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::{Ai, Answer, Call, Finish, Piece, Pieces, Request, Usage, Vendor, reading};
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
    let last = request.messages.last().ok_or("there is no message")?;
    let (object, text) = match &last.image {
        Some(image) => {
            let sight = reader::see(image).map_err(|why| why.to_string())?;
            (json!(sight), sight.summary.clone())
        }
        None => {
            let request = reading::Request::find(&last.text)?;
            let none = || format!("the message has no block {}", reading::OPENING);
            let reading = request.ok_or_else(none)?.answer();
            (json!(reading), reading.plain())
        }
    };
    Ok(match &request.schema {
        None => text,
        Some(schema) => by_schema(object, &schema.schema).to_string(),
    })
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
