//! OpenRouter's wire protocol with an honest offline mind behind it: the crate
//! `reader` looks at pictures and writes about what was seen. Called by `router`.

mod answer;
mod brief;
mod request;

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use crate::faults::{Service, Vendor, through};
use crate::http::{Answer, Cut, Reply, Req, json as reply, status_json};
use crate::world::World;
use answer::Completion;
use brief::Brief;
use request::{ChatRequest, image_bytes};

struct OpenRouter;

fn error(status: u16, message: &str) -> Reply {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    status_json(
        code,
        &json!({"error": {"code": status, "message": message}}),
    )
}

impl Vendor<Reply> for OpenRouter {
    fn failure(&self, status: u16) -> Reply {
        error(status, "Provider returned error")
    }

    fn rate_limited(&self, seconds: u64) -> Reply {
        let mut reply = error(429, "Rate limit exceeded");
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
        reply
    }

    fn status(&self, reply: &Reply) -> u16 {
        reply.status().as_u16()
    }
}

fn unauthorised(req: &Req) -> Option<Reply> {
    let header = req
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let key = header
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default()
        .trim();
    key.is_empty()
        .then(|| error(401, "No auth credentials found"))
}

/// `POST /chat/completions`.
pub async fn completions(world: &Arc<World>, req: Req) -> Answer {
    let parsed = req.json().and_then(|body| ChatRequest::read(&body));
    let step = parsed.as_ref().map_or("invalid", ChatRequest::step);
    let detail = parsed.as_ref().map_or(
        Value::Null,
        |chat| json!({"model": chat.model, "step": step, "stream": chat.stream}),
    );
    let watch = world.calls.watch(Service::Ai, step, detail);
    let work = async {
        if let Some(refusal) = unauthorised(&req) {
            return Ok::<_, Cut>(refusal);
        }
        Ok(match parsed {
            Ok(chat) => match complete(&chat).await {
                Ok(completion) if chat.stream => completion.streamed(),
                Ok(completion) => reply(&completion.whole()),
                Err(why) => error(400, &why),
            },
            Err(why) => error(400, &why),
        })
    };
    through(world, Service::Ai, watch, &OpenRouter, work).await
}

async fn complete(chat: &ChatRequest) -> Result<Completion, String> {
    let prompt = chat.texts().map(|(_, text)| text.chars().count()).sum();
    let Some(url) = chat.image() else {
        let brief = Brief::read(chat);
        let reading = reader::read(&brief.task());
        let asks_json = chat.texts().any(|(_, text)| text.contains("JSON"));
        let content = if chat.wants_json || brief.structured || asks_json {
            serde_json::to_string(&reading).map_err(|e| e.to_string())?
        } else {
            reading.plain()
        };
        return Ok(Completion::new(&chat.model, content, prompt, false));
    };
    let bytes = image_bytes(url)?;
    let looked = tokio::task::spawn_blocking(move || reader::see(&bytes)).await;
    let sight = looked
        .map_err(|e| e.to_string())?
        .map_err(|e| e.to_string())?;
    let content = serde_json::to_string(&sight).map_err(|e| e.to_string())?;
    Ok(Completion::new(&chat.model, content, prompt, true))
}

/// `GET /models`.
pub async fn models(world: &Arc<World>, req: &Req) -> Answer {
    let watch = world.calls.watch(Service::Ai, "models", Value::Null);
    let work = async {
        if let Some(refusal) = unauthorised(req) {
            return Ok::<_, Cut>(refusal);
        }
        Ok(reply(&answer::models()))
    };
    through(world, Service::Ai, watch, &OpenRouter, work).await
}
