//! An AI that says what a test wants, and remembers what it was told.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// Speaks OpenRouter's protocol, whole or in a stream.
pub struct Scripted {
    pub url: String,
    script: Arc<Mutex<Script>>,
}

struct Script {
    sight: Value,
    text: Value,
    told: Vec<Value>,
}

/// A cup with two signs.
pub fn cup() -> Value {
    let pattern = |symbol: &str| json!({ "shape": "dark", "symbol": symbol, "place": "rim", "confidence": 0.8 });
    json!({ "is_cup": true, "unsafe_content": "none", "summary": "A cup.",
        "patterns": [pattern("bird"), pattern("ring")] })
}

/// Something else than a cup.
pub fn no_cup() -> Value {
    json!({ "is_cup": false, "unsafe_content": "none", "summary": "A cat.", "patterns": [] })
}

/// A reading that begins with these words.
pub fn reading(intro: &str) -> Value {
    json!({ "appropriate": true, "intro": intro,
        "sections": [{ "title": "Road", "content": "It is long." }] })
}

impl Scripted {
    /// One that sees this and writes that.
    pub async fn new(sight: Value, text: Value) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let told = Vec::new();
        let script = Arc::new(Mutex::new(Script { sight, text, told }));
        let shared = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = answer(stream, &shared).await;
            }
        });
        Ok(Self { url, script })
    }

    /// The requests so far.
    pub fn told(&self) -> Vec<Value> {
        self.script.lock().expect("no panic").told.clone()
    }

    /// Instruction and material of the requests that asked for a text.
    pub fn texts(&self) -> Vec<(String, String)> {
        let told = self.told();
        let texts = told.iter().filter(|told| !asks_to_see(told));
        let part = |told: &Value, at: usize| {
            told["messages"][at]["content"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        texts.map(|told| (part(told, 0), part(told, 1))).collect()
    }

    /// What it writes from now on.
    pub fn writes(&self, text: Value) {
        self.script.lock().expect("no panic").text = text;
    }
}

fn asks_to_see(told: &Value) -> bool {
    told["response_format"]["json_schema"]["name"] == "cup_patterns"
}

/// Reads a request to its end and answers it.
async fn answer(stream: TcpStream, script: &Mutex<Script>) -> anyhow::Result<()> {
    let (mut stream, mut length, mut line) = (BufStream::new(stream), 0, String::new());
    while stream.read_line(&mut line).await? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let told: Value = serde_json::from_slice(&body)?;
    let streamed = told["stream"] == true;
    let content = {
        let mut script = script.lock().expect("no panic");
        let content = if asks_to_see(&told) {
            &script.sight
        } else {
            &script.text
        }
        .to_string();
        script.told.push(told);
        content
    };
    let (kind, body) = match streamed {
        false => (
            "application/json",
            json!({ "choices": [{ "finish_reason": "stop",
            "message": { "role": "assistant", "content": content } }] })
            .to_string(),
        ),
        true => (
            "text/event-stream",
            format!(
                "data: {}\n\ndata: [DONE]\n\n",
                json!({ "choices": [{ "finish_reason": "stop", "delta": { "content": content } }] })
            ),
        ),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    Ok(stream.flush().await?)
}
