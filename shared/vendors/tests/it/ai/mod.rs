//! The AI vendors, each over its own wire protocol. The replies of a vendor are in its own file, as its
//! documents have them; `faults.rs` is one table of every failure for all of them.

mod anthropic;
mod azure;
mod catalogue;
mod completions;
mod faults;
mod gemini;
mod groq;
mod offline;
mod ollama;
mod openai;
mod openrouter;
mod speech;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use kernel::env::Env;
use product::config::Config;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::Url;
use vendors::ProviderError;
use vendors::ai::{
    Ai, AiConfig, Answer, Call, Message, Piece, Request, Schema, Step, Vendor, Vendors,
};

pub use speech::Speech;
use testkit::stub::{Received, Reply, Stub};

/// The key of every vendor, which must be in no error.
pub const KEY: &str = "sk-test-0123456789abcdef0123456789abcdef";
/// What every vendor answers.
pub const TEXT: &str = r#"{"text":"Love."}"#;
/// Bytes that begin like a JPEG: `printf '\xff\xd8\xff\xe0JFIF' | base64` is `JPEG_BASE64`.
pub const JPEG: &[u8] = b"\xff\xd8\xff\xe0JFIF";
pub const JPEG_BASE64: &str = "/9j/4EpGSUY=";

/// The settings with which all vendors are the stub.
pub fn config(server: &Url) -> AiConfig {
    let lookup = |name: &str| {
        let base = |path: &str| Some(format!("{server}{path}"));
        match name {
            "OPENROUTER_BASE_URL" => base("api/v1"),
            "OPENAI_BASE_URL" => base("v1"),
            "AZURE_OPENAI_ENDPOINT"
            | "ANTHROPIC_BASE_URL"
            | "GEMINI_BASE_URL"
            | "GROQ_BASE_URL"
            | "OLLAMA_BASE_URL" => base(""),
            _ => name.ends_with("_API_KEY").then(|| KEY.to_owned()),
        }
    };
    // Only the part about AI is looked at, so that the rest of the settings may be missing.
    Config::read(&mut Env::new(&lookup)).ai
}

pub fn vendor(vendor: Vendor, server: &Url, idle: Duration) -> anyhow::Result<Arc<dyn Ai>> {
    let config = AiConfig {
        stream_idle: idle,
        ..config(server)
    };
    Ok(Vendors::new(&config)?
        .get(vendor)
        .context("it is set up")?
        .clone())
}

pub fn schema() -> Value {
    json!({
        "type": "object",
        "properties": { "text": { "type": "string" } },
        "required": ["text"],
        "additionalProperties": false,
    })
}

pub fn request() -> Request {
    Request {
        step: Step::Interpretation,
        system: "You read coffee cups.".to_owned(),
        messages: vec![Message::user("A heart near the rim.")],
        schema: Some(Schema {
            name: "reading",
            schema: schema(),
        }),
    }
}

/// Several turns, of which the last has a picture.
pub fn conversation() -> Request {
    let last = Message {
        image: Some(Bytes::from_static(JPEG)),
        ..Message::user("And now?")
    };
    Request {
        messages: vec![Message::user("Look."), Message::assistant("I see."), last],
        ..request()
    }
}

pub fn call(model: &str, request: Request) -> Call {
    Call {
        model: model.to_owned(),
        request: Arc::new(request),
        max_output: 800,
        timeout: Duration::from_secs(10),
        pieces: None,
    }
}

/// What came of a call.
pub struct Outcome {
    pub result: Result<Answer, ProviderError>,
    /// The pieces, in order.
    pub pieces: Vec<String>,
    pub received: Received,
}

/// Asks a vendor that gives this reply, once.
pub async fn ask(
    who: Vendor,
    reply: Reply,
    mut call: Call,
    streams: bool,
) -> anyhow::Result<Outcome> {
    let stub = Stub::start([reply]).await?;
    let ai = vendor(who, &stub.url, Duration::from_secs(10))?;
    let (sender, mut receiver) = mpsc::unbounded_channel();
    call.pieces = streams.then_some(sender);
    let result = ai.complete(call).await;
    let mut pieces = Vec::new();
    while let Ok(piece) = receiver.try_recv() {
        let Piece::Text(text) = piece else {
            anyhow::bail!("a vendor begins nothing: {piece:?}")
        };
        pieces.push(text);
    }
    let received = stub.only()?;
    Ok(Outcome {
        result,
        pieces,
        received,
    })
}

/// A stream of server-sent events, each with its name if it has one.
pub fn events<'a>(events: impl IntoIterator<Item = (&'a str, Value)>) -> String {
    let event = |(name, data): (&str, Value)| match name {
        "" => format!("data: {data}\n\n"),
        name => format!("event: {name}\ndata: {data}\n\n"),
    };
    events.into_iter().map(event).collect()
}
