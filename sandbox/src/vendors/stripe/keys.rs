//! Idempotency-Keys: the first answer under a key is given again. Source:
//! <https://docs.stripe.com/api/idempotent_requests>.

use std::sync::Arc;

use hyper::Method;
use hyper::header::HeaderValue;
use serde_json::Value;

use super::account::{Kept, now, number};
use super::errors::Refusal;
use super::events::{self, Cause};
use super::{Stripe, VERSION, answer, form, methods};
use crate::http::{Reply, Req};
use crate::world::lock;

const DAY: i64 = 24 * 60 * 60;

/// The key of a call that makes something.
pub fn of(req: &Req) -> Option<String> {
    let key = req.headers.get("idempotency-key")?.to_str().ok()?;
    (req.method == Method::POST).then(|| key.to_owned())
}

/// That a key is at work, until it is dropped.
pub struct AtWork<'a>(&'a Stripe, Option<String>);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.1 {
            lock(&self.0.busy).remove(key);
        }
    }
}

/// Takes a key to work.
pub fn begin<'a>(stripe: &'a Stripe, key: Option<&str>) -> Result<AtWork<'a>, Refusal> {
    match key {
        Some(key) if !lock(&stripe.busy).insert(key.to_owned()) => Err(Refusal::in_use(key)),
        key => Ok(AtWork(stripe, key.map(str::to_owned))),
    }
}

/// Does a call, or gives the answer that was given under its key before. What was refused for its form is not kept.
pub fn once(
    stripe: &Arc<Stripe>,
    path: &str,
    route: (&'static str, &str),
    req: &Req,
    key: Option<&str>,
) -> Reply {
    let form = fields(req);
    let mut account = stripe.account();
    account.keys.retain(|_, kept| kept.at > now() - DAY);
    if let Some(kept) = key.and_then(|key| account.keys.get(key)) {
        if kept.path != path || kept.request != form {
            return answer(Err(Refusal::other_request(key.unwrap_or_default())), req);
        }
        let mut again = answer(Ok(kept.body.clone()), req);
        let replayed = HeaderValue::from_static("true");
        again.headers_mut().insert("idempotent-replayed", replayed);
        return again;
    }
    let (body, told) = match methods::call(stripe, &mut account, route, &form) {
        Ok(done) => done,
        Err(refusal) => return answer(Err(refusal), req),
    };
    if let Some(key) = key {
        let kept = Kept {
            request: form,
            path: path.to_owned(),
            body: body.clone(),
            at: now(),
        };
        account.keys.insert(key.to_owned(), kept);
    }
    let cause = Cause {
        request: Some(number("req")),
        key: key.map(str::to_owned),
    };
    let events = events::made(&mut account, told, VERSION, &cause);
    drop(account);
    stripe.world.touched();
    events::send(stripe, &events);
    answer(Ok(body), req)
}

/// The query, and the body of a form.
pub fn fields(req: &Req) -> Value {
    let body = url::form_urlencoded::parse(&req.body).into_owned();
    form::nested(req.query.iter().cloned().chain(body))
}
