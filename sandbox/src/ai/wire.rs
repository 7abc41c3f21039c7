//! One vendor's protocol: it reads its request, writes the answer whole or in pieces, and says no in
//! its own form; `talk` does what is common.

use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use super::answer::{self, Completion};
use super::ask::Ask;
use super::{MODELS, SERVICE};
use crate::faults::{ErrorForm, Twist, through, through_twisted};
use crate::http::{Answer, Reply, Req, json as whole, paced, status_json};
use crate::world::World;

/// Pieces that come before an error in a stream.
const BEFORE_THE_ERROR: usize = 3;

/// One vendor's protocol.
pub trait Wire: Send + Sync {
    /// The refusal of a request without credentials, or without what each request must carry.
    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)>;
    /// The request; the error is the message of a 400.
    fn ask(&self, req: &Req, body: &Value) -> Result<Ask, String>;
    /// The answer in one piece.
    fn whole(&self, answer: &Completion) -> Value;
    /// The answer in pieces, each a frame of the stream.
    fn frames(&self, answer: &Completion) -> Vec<String>;
    /// The frame that says that something broke in the middle of a stream.
    fn broken(&self, answer: &Completion) -> String;
    /// An error in this vendor's form; `after` are the seconds of a rate limit.
    fn error(&self, status: u16, message: &str, after: Option<u64>) -> Value;
    /// Content type of a stream.
    fn stream_type(&self) -> &'static str {
        "text/event-stream"
    }
}

struct Front<'a>(&'a dyn Wire);

impl Front<'_> {
    fn no(&self, status: u16, message: &str) -> Reply {
        let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        status_json(code, &self.0.error(status, message, None))
    }

    fn answer(&self, world: &World, stream: bool, answer: &Completion, twist: Twist) -> Reply {
        if twist.error_in_200 {
            return whole(&self.0.error(502, "Provider returned error", None));
        }
        if !stream {
            return whole(&self.0.whole(answer));
        }
        let mut frames = self.0.frames(answer);
        if twist.error_in_stream {
            frames.truncate(BEFORE_THE_ERROR.min(frames.len() / 2));
            frames.push(self.0.broken(answer));
        }
        let pace = world.config.stream_pace;
        paced(self.0.stream_type(), frames, pace, twist.cut_stream_after)
    }
}

impl ErrorForm for Front<'_> {
    fn failure(&self, status: u16) -> Reply {
        self.no(status, "Provider returned error")
    }

    fn rate_limited(&self, seconds: u64) -> Reply {
        let body = self.0.error(429, "Rate limit exceeded", Some(seconds));
        let mut reply = status_json(StatusCode::TOO_MANY_REQUESTS, &body);
        let headers = reply.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        reply
    }
}

/// One request over the protocol of the vendor `name`.
pub async fn talk(world: &World, name: &str, req: Req, wire: &dyn Wire) -> Answer {
    let front = Front(wire);
    let asked = req.json().and_then(|body| wire.ask(&req, &body));
    let step = asked.as_ref().map_or("invalid", Ask::step);
    let detail = asked.as_ref().map_or(
        Value::Null,
        |ask| json!({"vendor": name, "model": ask.model, "step": step, "stream": ask.stream}),
    );
    let watch = world.calls.watch(&SERVICE, step, detail);
    let work = async |twist: Twist| {
        if let Some((status, message)) = wire.refusal(&req) {
            return Ok(front.no(status, message));
        }
        let ask = match asked {
            Ok(ask) => ask,
            Err(why) => return Ok(front.no(400, &why)),
        };
        let stream = ask.stream;
        Ok(match answer::generate(ask, twist).await {
            Ok(answer) => front.answer(world, stream, &answer, twist),
            Err(why) => front.no(400, &why),
        })
    };
    through_twisted(world, &SERVICE, watch, &front, work).await
}

/// A list that a vendor gives.
pub async fn list(world: &World, req: &Req, wire: &dyn Wire, models: &Value) -> Answer {
    let front = Front(wire);
    let watch = world.calls.watch(&SERVICE, MODELS, Value::Null);
    let work = async {
        Ok(match wire.refusal(req) {
            Some((status, message)) => front.no(status, message),
            None => whole(models),
        })
    };
    through(world, &SERVICE, watch, &front, work).await
}

/// The header `name`, if it says something.
pub fn header<'a>(req: &'a Req, name: &str) -> Option<&'a str> {
    let value = req.headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

/// Whether a Bearer key came.
pub fn has_bearer(req: &Req) -> bool {
    let key = header(req, "authorization").and_then(|value| value.strip_prefix("Bearer"));
    key.is_some_and(|key| !key.trim().is_empty())
}

/// A data line of server-sent events.
pub fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}
