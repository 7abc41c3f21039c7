//! Brings updates to webhooks: one task a bot, in order, again and again until the bot takes
//! them, as Telegram does. Woken by `people` and setWebhook; calls the bot over HTTP.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Telegram;
use super::WEBHOOK;
use super::door::execute;
use super::methods::METHODS;
use super::model::{Update, Webhook};
use crate::faults::Fate;
use crate::http::Form;

/// Tells the bot's courier that something may have changed; starts it on the first call.
pub fn wake(telegram: &Arc<Telegram>, token: &str) {
    let (bell, fresh) = telegram.bell(token);
    if fresh {
        let (telegram, token, bell) = (telegram.clone(), token.to_owned(), bell.clone());
        telegram.world.clone().spawn(async move {
            loop {
                deliver_all(&telegram, &token, &bell).await;
                bell.notified().await;
            }
        });
    }
    bell.notify_one();
}

/// Starts couriers for the updates that a previous run left.
pub fn wake_all(telegram: &Arc<Telegram>) {
    let tokens: Vec<String> = telegram.state().bots.keys().cloned().collect();
    tokens.iter().for_each(|token| wake(telegram, token));
}

async fn deliver_all(telegram: &Arc<Telegram>, token: &str, bell: &tokio::sync::Notify) {
    let timing = telegram.world.config.webhook;
    let mut pause = timing.first;
    while let Some((hook, update)) = next(telegram, token) {
        match attempt(telegram, &hook, &update).await {
            Ok(answer) => {
                taken(telegram, token, update.id);
                pause = timing.first;
                if telegram.world.faults.duplicates(&WEBHOOK, &update.kind) {
                    // The outcome of the copy does not matter: the update has been taken.
                    let _ = post(telegram, &hook, &update).await;
                }
                obey(telegram, token, answer).await;
            }
            Err(why) => {
                failed(telegram, token, &why);
                wait(telegram, token, bell, pause).await;
                pause = (pause * 2).min(timing.cap);
            }
        }
    }
}

/// setWebhook cuts the pause short (it wipes the last error); a new message does not.
async fn wait(telegram: &Telegram, token: &str, bell: &tokio::sync::Notify, pause: Duration) {
    let sleep = tokio::time::sleep(pause);
    tokio::pin!(sleep);
    loop {
        tokio::select! {
            () = &mut sleep => return,
            () = bell.notified() => {}
        }
        let state = telegram.state();
        let hook = state.bots.get(token).and_then(|bot| bot.webhook.as_ref());
        if hook.is_none_or(|hook| hook.last_error.is_none()) {
            return;
        }
    }
}

/// The webhook and the update to bring next, if there is both.
fn next(telegram: &Telegram, token: &str) -> Option<(Webhook, Update)> {
    let state = telegram.state();
    let bot = state.bots.get(token)?;
    let hook = bot.webhook.clone()?;
    let first = bot.pending.front()?;
    let overtaking = bot
        .pending
        .get(1)
        .filter(|_| telegram.world.faults.reorders(&WEBHOOK, &first.kind));
    Some((hook, overtaking.unwrap_or(first).clone()))
}

fn taken(telegram: &Telegram, token: &str, id: i64) {
    if let Some(bot) = telegram.state().bots.get_mut(token) {
        bot.pending.retain(|update| update.id != id);
    }
    telegram.world.touched();
}

fn failed(telegram: &Telegram, token: &str, why: &str) {
    tracing::debug!("webhook delivery failed: {why}");
    if let Some(hook) = telegram
        .state()
        .bots
        .get_mut(token)
        .and_then(|bot| bot.webhook.as_mut())
    {
        hook.last_error = Some((chrono::Utc::now().timestamp(), why.to_owned()));
    }
}

/// One delivery under the fault plan; the error is what getWebhookInfo will say.
async fn attempt(telegram: &Telegram, hook: &Webhook, update: &Update) -> Result<Value, String> {
    let mut watch = telegram.world.calls.watch(
        &WEBHOOK,
        &update.kind,
        serde_json::json!({"update_id": update.id}),
    );
    let injection = telegram.world.faults.injection(&WEBHOOK, &update.kind);
    watch.fault(injection.fate.name());
    tokio::time::sleep(injection.latency).await;
    let timeout = telegram.world.config.webhook.timeout;
    match injection.fate {
        Fate::Pass => {
            let (status, answer) = post(telegram, hook, update).await?;
            watch.answered(status);
            match status {
                200..=299 => Ok(answer),
                _ => Err(format!("Wrong response from the webhook: {status}")),
            }
        }
        Fate::LoseReply => {
            post(telegram, hook, update).await?;
            Err("Connection reset by peer".into())
        }
        Fate::Down => Err("Connection refused".into()),
        Fate::Hang => {
            tokio::time::sleep(timeout).await;
            Err("Read timeout expired".into())
        }
        Fate::Fail(status) => Err(format!("Wrong response from the webhook: {status}")),
        Fate::RateLimit(seconds) => {
            tokio::time::sleep(Duration::from_secs(seconds).min(timeout)).await;
            Err("Wrong response from the webhook: 429 Too Many Requests".into())
        }
    }
}

/// Status and body (null unless JSON).
async fn post(
    telegram: &Telegram,
    hook: &Webhook,
    update: &Update,
) -> Result<(u16, Value), String> {
    let mut request = telegram
        .world
        .http
        .post(&hook.url)
        .timeout(telegram.world.config.webhook.timeout);
    if let Some(secret) = &hook.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let response = request.json(&update.wire()).send().await;
    let response = response.map_err(|e| {
        if e.is_timeout() {
            "Read timeout expired".to_owned()
        } else {
            format!("Connection failed: {}", innermost(&e))
        }
    })?;
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap_or_default();
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// A webhook may answer with a method call; its result is not reported, as in Telegram.
async fn obey(telegram: &Arc<Telegram>, token: &str, answer: Value) {
    let Value::Object(mut fields) = answer else {
        return;
    };
    let Some(Value::String(method)) = fields.remove("method") else {
        return;
    };
    let Some(name) = METHODS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(&method))
    else {
        return;
    };
    let form = Form {
        fields,
        ..Form::default()
    };
    if let Err(error) = execute(telegram, token, name, form).await {
        tracing::warn!(
            "the webhook's answer {name} was refused: {}",
            error.description
        );
    }
}
