//! Server-sent events of one chat, for the open page.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

use crate::http::{Reply, sse};
use crate::vendors::telegram::Telegram;

/// A comment this often keeps the connection alive and tells the page that we are.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Events of `user`'s chat with the bot `token`, or with whichever bot is the default.
pub(super) fn stream(telegram: &Arc<Telegram>, token: Option<String>, user: i64) -> Reply {
    let events = telegram.listen();
    let start = (telegram.clone(), events, token, true);
    sse(stream::unfold(
        start,
        move |(telegram, mut events, token, first)| async move {
            if first {
                return Some((
                    "event: hello\ndata: {}\n\n".into(),
                    (telegram, events, token, false),
                ));
            }
            let line = loop {
                match tokio::time::timeout(HEARTBEAT, events.recv()).await {
                    Err(_) => break ": still here\n\n".to_owned(),
                    Ok(Err(RecvError::Closed)) => return None,
                    // Too much at once for this page: it reads the chat anew.
                    Ok(Err(RecvError::Lagged(_))) => break "event: reset\ndata: {}\n\n".to_owned(),
                    Ok(Ok(event)) => {
                        let bot = telegram.state().token(token.as_deref());
                        if event.concerns(&bot, user) {
                            break format!("event: {}\ndata: {}\n\n", event.kind, event.data);
                        }
                    }
                }
            };
            Some((line, (telegram, events, token, false)))
        },
    ))
}
