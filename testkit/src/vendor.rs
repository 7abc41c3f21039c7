//! An AI vendor that follows a test's script, call by call: OpenRouter's wire protocol, whole or
//! streamed. Unlike the sandbox it does not read the prompt. It records its calls and what it charges,
//! for tests of costs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// What the vendor does with a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A valid answer, charged with `cost` millionths of a dollar.
    Answer { cost: u32 },
    /// This content.
    Says { content: String },
    /// A valid answer without `usage`.
    Silent { cost: u32 },
    /// A valid answer after a delay.
    Slow { cost: u32, after: Duration },
    /// JSON that does not match the schema.
    WrongForm { cost: u32 },
    /// Half of the JSON: `finish_reason` is `length`.
    Half { cost: u32 },
    /// No content: `finish_reason` is `content_filter`.
    Refuse { cost: u32 },
    /// Two thirds of the reply, then the connection ends. Charged.
    Cut { cost: u32 },
    /// Accepts and never replies. Charged.
    Hang { cost: u32 },
    /// HTML instead of a completion. Charged.
    Garbage { cost: u32 },
    /// 200, with an error of this code in the body.
    ErrorInside { code: u16 },
    /// A status, with this Retry-After.
    Status { status: u16, after: Option<u64> },
}

impl Act {
    /// What the vendor charges for it.
    pub fn charged(&self) -> u32 {
        match self {
            Self::Answer { cost }
            | Self::Silent { cost }
            | Self::Slow { cost, .. }
            | Self::WrongForm { cost }
            | Self::Half { cost }
            | Self::Refuse { cost }
            | Self::Cut { cost }
            | Self::Hang { cost }
            | Self::Garbage { cost } => *cost,
            Self::Says { .. } => 100,
            Self::ErrorInside { .. } | Self::Status { .. } => 0,
        }
    }

    fn usage(&self) -> Option<Value> {
        if matches!(self, Self::Silent { .. }) {
            return None;
        }
        let cost = f64::from(self.charged()) / 1e6;
        Some(
            json!({ "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150, "cost": cost }),
        )
    }
}

/// A call that the vendor received.
#[derive(Clone, Debug)]
pub struct Call {
    pub act: Act,
    /// The body.
    pub body: Value,
}

/// The vendor. It stops when this is dropped.
pub struct ScriptedVendor {
    pub url: String,
    record: Arc<Mutex<Record>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Record {
    script: VecDeque<Act>,
    calls: Vec<Call>,
    running: usize,
    most_at_once: usize,
}

impl ScriptedVendor {
    /// Starts to listen. A call beyond the script gets [`Act::Answer`], for 100.
    ///
    /// # Errors
    /// No free port.
    pub async fn start(script: impl IntoIterator<Item = Act>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/api/v1", listener.local_addr()?);
        let record = Arc::new(Mutex::new(Record::default()));
        lock(&record).script = script.into_iter().collect();
        let of_task = record.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let record = of_task.clone();
                tokio::spawn(async move {
                    // The test judges what its client makes of a broken connection.
                    let _ = serve(stream, &record).await;
                });
            }
        });
        Ok(Self { url, record, task })
    }

    /// Adds to the script.
    pub fn then(&self, acts: impl IntoIterator<Item = Act>) {
        lock(&self.record).script.extend(acts);
    }

    /// All calls so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.record).calls.clone()
    }

    /// The most calls that were open at once.
    pub fn most_at_once(&self) -> usize {
        lock(&self.record).most_at_once
    }

    /// The names of the models of all calls, oldest first.
    pub fn models(&self) -> Vec<String> {
        let model = |call: &Call| call.body["model"].as_str().unwrap_or_default().to_owned();
        self.calls().iter().map(model).collect()
    }
}

impl Drop for ScriptedVendor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(stream: TcpStream, record: &Mutex<Record>) -> anyhow::Result<()> {
    let mut stream = BufStream::new(stream);
    let body: Value = serde_json::from_slice(&read(&mut stream).await?)?;
    let act = {
        let mut record = lock(record);
        let act = record
            .script
            .pop_front()
            .unwrap_or(Act::Answer { cost: 100 });
        record.calls.push(Call {
            act: act.clone(),
            body: body.clone(),
        });
        record.running += 1;
        record.most_at_once = record.most_at_once.max(record.running);
        act
    };
    if let Act::Slow { after, .. } = act {
        tokio::time::sleep(after).await;
    }
    if let Act::Hang { .. } = act {
        // Returns when the client closes the connection.
        let _ = stream.read_u8().await;
    }
    // Before the reply: after it the client may start the next call.
    lock(record).running -= 1;
    send(&mut stream, &act, &body).await
}

async fn send(stream: &mut BufStream<TcpStream>, act: &Act, body: &Value) -> anyhow::Result<()> {
    if let Act::Hang { .. } = act {
        return Ok(());
    }
    let reply = reply(act, body);
    let cut = if matches!(act, Act::Cut { .. }) {
        reply.len() * 2 / 3
    } else {
        reply.len()
    };
    stream.write_all(&reply.as_bytes()[..cut]).await?;
    stream.flush().await?;
    Ok(())
}

/// Reads a request to its end.
async fn read(stream: &mut BufStream<TcpStream>) -> anyhow::Result<Vec<u8>> {
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line).await? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

fn reply(act: &Act, body: &Value) -> String {
    let error = |code: u16| json!({ "error": { "code": code, "message": "as the script says" } });
    match act {
        Act::Status { status, after } => {
            let after = after
                .map(|after| format!("retry-after: {after}\r\n"))
                .unwrap_or_default();
            http(
                *status,
                "application/json",
                &after,
                &error(*status).to_string(),
            )
        }
        Act::ErrorInside { code } => http(200, "application/json", "", &error(*code).to_string()),
        Act::Garbage { .. } => http(200, "text/html", "", "<html>no completion</html>"),
        _ if body["stream"] == true => http(200, "text/event-stream", "", &streamed(act, body)),
        _ => http(200, "application/json", "", &whole(act, body).to_string()),
    }
}

fn http(status: u16, kind: &str, more: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\n{more}content-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn content(act: &Act, body: &Value) -> String {
    let name = &body["response_format"]["json_schema"]["name"];
    let valid = if name == "cup_patterns" {
        json!({
            "is_cup": true, "unsafe_content": "none", "summary": "A cup with grounds.",
            "patterns": [{ "shape": "long and thin", "symbol": "bird", "place": "near the rim",
                           "confidence": 0.8 }],
        })
    } else {
        json!({
            "appropriate": true, "intro": "A bird flies near the rim.",
            "sections": [{ "title": "The road", "content": "It may be long." }],
        })
    };
    let valid = valid.to_string();
    match act {
        Act::WrongForm { .. } => r#"{"weather": "fine"}"#.to_owned(),
        Act::Half { .. } => valid[..valid.len() / 2].to_owned(),
        Act::Refuse { .. } => String::new(),
        Act::Says { content } => content.clone(),
        _ => valid,
    }
}

fn finish(act: &Act) -> &'static str {
    match act {
        Act::Half { .. } => "length",
        Act::Refuse { .. } => "content_filter",
        _ => "stop",
    }
}

fn whole(act: &Act, body: &Value) -> Value {
    let mut whole = json!({
        "id": "gen-1", "object": "chat.completion", "model": body["model"],
        "choices": [{
            "index": 0, "finish_reason": finish(act),
            "message": { "role": "assistant", "content": content(act, body) },
        }],
    });
    if let Some(usage) = act.usage() {
        whole["usage"] = usage;
    }
    whole
}

fn streamed(act: &Act, body: &Value) -> String {
    let chunk = |choices: Value| {
        json!({ "id": "gen-1", "object": "chat.completion.chunk", "model": body["model"],
                "choices": choices })
    };
    let text: Vec<char> = content(act, body).chars().collect();
    let mut events: Vec<Value> = text
        .chunks(12)
        .map(|piece| {
            let piece: String = piece.iter().collect();
            chunk(json!([{ "index": 0, "delta": { "content": piece }, "finish_reason": null }]))
        })
        .collect();
    events.push(chunk(
        json!([{ "index": 0, "delta": {}, "finish_reason": finish(act) }]),
    ));
    if let Some(usage) = act.usage() {
        let mut last = chunk(json!([]));
        last["usage"] = usage;
        events.push(last);
    }
    let events: String = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    format!("{events}data: [DONE]\n\n")
}
