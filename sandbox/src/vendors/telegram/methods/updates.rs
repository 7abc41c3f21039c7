//! How a bot gets its updates: webhook or getUpdates, never both.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Call, Outcome};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::model::Webhook;
use crate::vendors::telegram::{courier, wire};

pub(super) fn set_webhook(call: &Call<'_>) -> Outcome {
    let url = call.form.text("url").unwrap_or_default();
    if url.is_empty() {
        return delete_webhook(call);
    }
    let parsed = url::Url::parse(&url);
    // Telegram wants https; on one machine http is what there is.
    if !parsed.is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host()) {
        return Err(ApiError::bad(
            "bad webhook: An HTTPS URL must be provided for webhook",
        ));
    }
    let secret = call.form.text("secret_token");
    if secret
        .as_deref()
        .is_some_and(|s| s.len() > 256 || !s.bytes().all(is_secret_byte))
    {
        return Err(ApiError::bad("secret token contains unallowed characters"));
    }
    let allowed = allowed_updates(call)?;
    let max_connections = call.form.int("max_connections").unwrap_or(40);
    call.telegram.introduce(call.token);
    call.with_bot(|bot| {
        bot.webhook = Some(Webhook {
            url,
            secret,
            max_connections,
            last_error: None,
        });
        // An omitted list keeps the last one, as Telegram documents.
        if let Some(list) = allowed {
            bot.allowed_updates = Some(list);
        }
        if call.form.flag("drop_pending_updates") {
            bot.pending.clear();
        }
    });
    courier::wake(call.telegram, call.token);
    Ok(true.into())
}

fn is_secret_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

fn allowed_updates(call: &Call<'_>) -> Result<Option<Vec<String>>, ApiError> {
    let wrong = || ApiError::bad("can't parse \"allowed_updates\": expected an Array of String");
    match call.form.nested("allowed_updates").map_err(|_| wrong())? {
        None => Ok(None),
        Some(list) => serde_json::from_value(list).map(Some).map_err(|_| wrong()),
    }
}

pub(super) fn delete_webhook(call: &Call<'_>) -> Outcome {
    call.with_bot(|bot| {
        bot.webhook = None;
        if call.form.flag("drop_pending_updates") {
            bot.pending.clear();
        }
    });
    courier::wake(call.telegram, call.token);
    Ok(true.into())
}

pub(super) fn get_webhook_info(call: &Call<'_>) -> Outcome {
    Ok(call.with_bot(|bot| wire::webhook_info(bot)))
}

pub(super) async fn get_updates(call: &Call<'_>) -> Outcome {
    let allowed = allowed_updates(call)?;
    let seconds = call
        .form
        .int("timeout")
        .unwrap_or(0)
        .clamp(0, 50)
        .unsigned_abs();
    let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
    loop {
        let updates = take(call, allowed.as_ref())?;
        if !updates.is_empty() || tokio::time::Instant::now() >= until {
            return Ok(Value::Array(updates));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn take(call: &Call<'_>, allowed: Option<&Vec<String>>) -> Result<Vec<Value>, ApiError> {
    let limit = call.form.int("limit").unwrap_or(100).clamp(1, 100);
    call.with_bot(|bot| {
        if bot.webhook.is_some() {
            return Err(ApiError::new(
                409,
                "Conflict: can't use getUpdates method while webhook is active; \
                 use deleteWebhook to delete the webhook first",
            ));
        }
        if let Some(list) = allowed {
            bot.allowed_updates = Some(list.clone());
        }
        match call.form.int("offset") {
            Some(offset) if offset < 0 => {
                let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
                let drop = bot.pending.len().saturating_sub(keep);
                bot.pending.drain(..drop);
            }
            Some(offset) => bot.pending.retain(|update| update.id >= offset),
            None => {}
        }
        let limit = usize::try_from(limit).unwrap_or(100);
        Ok(bot
            .pending
            .iter()
            .take(limit)
            .map(|update| json!(update.wire()))
            .collect())
    })
}
