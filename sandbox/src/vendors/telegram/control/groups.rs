//! Acting in a group: the same acts as in a private chat, by the person that `user` names.

use std::sync::Arc;

use serde_json::json;

use super::{Act, acts, created, users};
use crate::http::{Reply, Req, json as reply, refused};
use crate::router::not_found;
use crate::vendors::telegram::{Telegram, groups};

pub(super) async fn answer(
    telegram: &Arc<Telegram>,
    verb: &str,
    group: i64,
    what: &[&str],
    req: &Req,
) -> Reply {
    let bad = |why: String| refused(hyper::StatusCode::BAD_REQUEST, why);
    if group >= 0 {
        return bad("the id of a group is negative".into());
    }
    let token = telegram.state().token(req.query("token"));
    if (verb, what) == ("GET", &["messages"]) {
        return reply(&json!({ "messages": users::messages(telegram, &token, group) }));
    }
    let user = match req.form().await.map(|form| form.int("user")) {
        Ok(user) => user.unwrap_or(1001),
        Err(why) => return bad(why),
    };
    let act = match Act::read(telegram, req, user, Some(group)).await {
        Ok(act) => act,
        Err(why) => return bad(why),
    };
    if let Some(title) = act.form.text("title") {
        let mut state = telegram.state();
        let chat = state.bot(&token).chat_at(&act.scene);
        chat.group
            .as_mut()
            .into_iter()
            .for_each(|it| it.title = title.clone());
    }
    if (verb, what) == ("POST", &["migration"]) {
        let moved = groups::migrate(telegram, &token, &act.scene);
        return created(moved.map(|id| json!({ "migrate_to_chat_id": id })));
    }
    let done = acts::answer(&act, verb, what).await;
    done.unwrap_or_else(|| not_found(&req.path))
}
