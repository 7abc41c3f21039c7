//! The Mini App of a bot: its launch, Telegram's cloud, messages that were prepared.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Act, created, users};
use crate::http::{Form, Reply, Req, json as reply, refused};
use crate::vendors::telegram::apps::{self, Launch};
use crate::vendors::telegram::init_data::{self, Door};
use crate::vendors::telegram::{Person, Telegram, cloud, prepared};

const NO_BOT: &str = "no bot has connected yet, so there is no token to sign with; add ?token=";

/// The person as known, and the time of the signature.
fn signer(telegram: &Telegram, token: &str, user: i64, req: &Req) -> (Person, i64) {
    let mut form = Form::default();
    for (key, value) in &req.query {
        form.fields.insert(key.clone(), value.as_str().into());
    }
    let auth_date = form.int("auth_date");
    let auth_date = auth_date.unwrap_or_else(|| chrono::Utc::now().timestamp());
    (users::person(telegram, token, user, &form), auth_date)
}

pub(super) fn init_data(telegram: &Telegram, token: &str, user: i64, req: &Req) -> Reply {
    if token.is_empty() {
        return refused(StatusCode::CONFLICT, NO_BOT);
    }
    let (person, auth_date) = signer(telegram, token, user, req);
    let door = Door::Link(req.query("start_param").map(str::to_owned));
    let signed = init_data::signed(token, &person, auth_date, door);
    reply(&json!({ "init_data": signed }))
}

pub(super) fn launch(telegram: &Telegram, token: &str, user: i64, req: &Req) -> Reply {
    if token.is_empty() {
        return refused(StatusCode::CONFLICT, NO_BOT);
    }
    let (person, auth_date) = signer(telegram, token, user, req);
    let asked = |field: &str| {
        let value = req.query(field).filter(|value| !value.is_empty());
        value.map(str::to_owned)
    };
    let launch = Launch {
        url: asked("url"),
        start_param: req.query("start_param").map(str::to_owned),
        version: asked("version"),
        theme: asked("theme"),
        auth_date,
    };
    let theme = apps::theme(launch.theme.as_deref());
    match apps::address(telegram, token, &person, launch) {
        Ok(url) => reply(&json!({ "url": url, "theme_params": theme })),
        Err(why) => refused(StatusCode::NOT_FOUND, why),
    }
}

pub(super) fn card(telegram: &Arc<Telegram>, token: &str, user: i64, id: &str) -> Reply {
    match prepared::card(telegram, token, user, id) {
        Some(card) => reply(&card),
        None => refused(
            StatusCode::NOT_FOUND,
            "there is no such message for this person, or it is over",
        ),
    }
}

pub(super) async fn send(act: &Act<'_>, id: &str) -> Reply {
    created(prepared::send(act.telegram, &act.token, &act.scene, id).await)
}

/// One custom method, as an app invokes it: `result`, or `error` with a word.
pub(super) fn method(act: &Act<'_>) -> Result<Value, String> {
    let method = act.text("method")?;
    let params = act.form.nested("params").map_err(|why| why.to_string())?;
    let mut state = act.telegram.state();
    let clouds = &mut state.bot(&act.token).clouds;
    let items = clouds.entry(act.scene.person.id).or_default();
    act.telegram.world.touched();
    Ok(
        match cloud::run(items, &method, &params.unwrap_or_default()) {
            Ok(result) => json!({ "result": result }),
            Err(word) => json!({ "error": word }),
        },
    )
}
