//! An AI vendor that follows a test's script, call by call: OpenRouter's wire protocol, whole or
//! streamed. Unlike the sandbox it does not read the prompt. It records its calls and what it charges,
//! for tests of costs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::stub::{Received, Reply, Stub};

/// Longer than any client waits.
const FOREVER: Duration = Duration::from_secs(86_400);
/// How long a connection outlives the half of a reply, so that it arrives.
const CUT: Duration = Duration::from_millis(50);

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
    /// Half of the reply, then the connection ends. Charged.
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

/// The vendor; it ends with the test's runtime.
pub struct ScriptedVendor {
    pub url: String,
    stub: Stub,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    acts: VecDeque<Act>,
    calls: Vec<Call>,
}

impl ScriptedVendor {
    /// Starts to listen. A call beyond the script gets [`Act::Answer`], for 100.
    ///
    /// # Errors
    /// No free port.
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> anyhow::Result<Self> {
        let script = Arc::new(Mutex::new(Script::default()));
        let of_stub = script.clone();
        let stub = Stub::answering(move |request| answer(&mut lock(&of_stub), request)).await?;
        let url = stub.url.join("api/v1")?.to_string();
        let vendor = Self { url, stub, script };
        vendor.then(acts);
        Ok(vendor)
    }

    /// Adds to the script.
    pub fn then(&self, acts: impl IntoIterator<Item = Act>) {
        lock(&self.script).acts.extend(acts);
    }

    /// All calls so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.script).calls.clone()
    }

    /// The most calls that were open at once.
    pub fn most_at_once(&self) -> usize {
        self.stub.most_open()
    }

    /// The names of the models of all calls, oldest first.
    pub fn models(&self) -> Vec<String> {
        let model = |call: &Call| call.body["model"].as_str().unwrap_or_default().to_owned();
        self.calls().iter().map(model).collect()
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(script: &mut Script, request: &Received) -> Reply {
    let Ok(body) = request.json() else {
        return Reply::new(400, "not JSON");
    };
    let act = script.acts.pop_front();
    let act = act.unwrap_or(Act::Answer { cost: 100 });
    let reply = reply(&act, &body);
    script.calls.push(Call { act, body });
    reply
}

fn reply(act: &Act, body: &Value) -> Reply {
    let error = |code: u16| json!({ "error": { "code": code, "message": "as the script says" } });
    let reply = match act {
        Act::Status { status, .. } => Reply::json(*status, &error(*status)),
        Act::ErrorInside { code } => Reply::json(200, &error(*code)),
        Act::Garbage { .. } => Reply::html(200),
        _ if body["stream"] == true => {
            Reply::new(200, streamed(act, body)).header("content-type", "text/event-stream")
        }
        _ => Reply::json(200, &whole(act, body)),
    };
    match act {
        Act::Status {
            after: Some(after), ..
        } => reply.header("retry-after", after.to_string()),
        Act::Slow { after, .. } => reply.after(*after),
        Act::Hang { .. } => reply.after(FOREVER),
        Act::Cut { .. } => reply.cut_after(CUT),
        _ => reply,
    }
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
