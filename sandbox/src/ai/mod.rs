//! The AI: the vendors' wire protocols with an honest offline mind behind them. `wires` speak,
//! the crate `reader` looks at pictures and writes about what was seen. Called by `router`.

mod ask;
mod brief;
mod models;
mod said;
mod wires;

use std::sync::Arc;

use hyper::Method;

use crate::http::{Answer, Req};
use crate::world::World;
use wires::{Anthropic, Azure, Gemini, Groq, Ollama, OpenAi, OpenRouter, Wire, talk};

/// The vendor that speaks at `path`, if one does.
fn wire_at(path: &str, sse: bool) -> Option<Box<dyn Wire + Send>> {
    let fixed: Option<Box<dyn Wire + Send>> = match path {
        "/api/v1/chat/completions" | "/v1/chat/completions" => Some(Box::new(OpenRouter)),
        "/openai/v1/chat/completions" => Some(Box::new(OpenAi)),
        "/groq/openai/v1/chat/completions" => Some(Box::new(Groq)),
        "/anthropic/v1/messages" => Some(Box::new(Anthropic)),
        "/ollama/api/chat" => Some(Box::new(Ollama)),
        _ => None,
    };
    if fixed.is_some() {
        return fixed;
    }
    let azure = path.strip_prefix("/azure").unwrap_or(path);
    if let Some(rest) = azure.strip_prefix("/openai/deployments/") {
        let deployment = rest.strip_suffix("/chat/completions")?;
        return Some(Box::new(Azure(deployment.to_owned())));
    }
    let (model, method) = path
        .strip_prefix("/gemini/v1beta/models/")?
        .rsplit_once(':')?;
    let stream = match method {
        "generateContent" => false,
        "streamGenerateContent" => true,
        _ => return None,
    };
    Some(Box::new(Gemini {
        model: model.to_owned(),
        stream,
        sse,
    }))
}

/// The answer of the vendor at this address; the request comes back when there is none.
pub async fn answer(world: &Arc<World>, req: Req) -> Result<Answer, Req> {
    if req.method != Method::POST {
        return Err(req);
    }
    let path = percent_encoding::percent_decode_str(&req.path).decode_utf8_lossy();
    match wire_at(&path, req.query("alt") == Some("sse")) {
        Some(wire) => Ok(talk(world, req, wire.as_ref()).await),
        None => {
            drop(path);
            Err(req)
        }
    }
}

/// `GET /models` of OpenRouter.
pub async fn models(world: &Arc<World>, req: &Req) -> Answer {
    wires::list(world, req, &OpenRouter, &models::models()).await
}
