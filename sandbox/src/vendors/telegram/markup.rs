//! Inline keyboards: checked as Telegram checks them, kept as the bot wrote them.

use serde_json::{Value, json};

use super::error::ApiError;
use crate::http::Form;

/// Kinds a button may have besides its text; exactly one is needed.
const KINDS: &[&str] = &[
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
];

/// Colours of a button (Bot API 9.4).
const STYLES: [&str; 3] = ["danger", "success", "primary"];

/// The inline keyboard of a request, or null; other keyboards are accepted and not shown.
pub fn read(form: &Form) -> Result<Value, ApiError> {
    let broken = || ApiError::bad("can't parse reply keyboard markup JSON object");
    let Some(markup) = form.nested("reply_markup").map_err(|_| broken())? else {
        return Ok(Value::Null);
    };
    if !markup.is_object() {
        return Err(ApiError::bad("object expected as reply markup"));
    }
    let Some(rows) = markup.get("inline_keyboard") else {
        return Ok(Value::Null);
    };
    let rows = rows.as_array().ok_or_else(|| {
        ApiError::bad("field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array")
    })?;
    for row in rows {
        let row = row.as_array().ok_or_else(|| {
            ApiError::bad(
                "field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays",
            )
        })?;
        row.iter().try_for_each(check)?;
        // Ids of groups are negative.
        let in_group = form.int("chat_id").is_some_and(|id| id < 0);
        if in_group && row.iter().any(|button| button["web_app"].is_object()) {
            return Err(ApiError::bad("BUTTON_TYPE_INVALID"));
        }
    }
    let rows: Vec<&Value> = rows
        .iter()
        .filter(|r| r.as_array().is_some_and(|r| !r.is_empty()))
        .collect();
    Ok(if rows.is_empty() {
        Value::Null
    } else {
        json!({ "inline_keyboard": rows })
    })
}

fn check(button: &Value) -> Result<(), ApiError> {
    let wrong = |why: &str| ApiError::bad(format!("can't parse inline keyboard button: {why}"));
    let text = button.get("text").and_then(Value::as_str);
    if text.is_none_or(str::is_empty) {
        return Err(wrong("field \"text\" must be a non-empty String"));
    }
    if !KINDS
        .iter()
        .any(|kind| button.get(kind).is_some_and(|v| !v.is_null()))
    {
        return Err(wrong("Text buttons are unallowed in the inline keyboard"));
    }
    let style = button.get("style").filter(|style| !style.is_null());
    if style.is_some_and(|it| !STYLES.iter().any(|known| it == known)) {
        return Err(wrong("invalid button style specified"));
    }
    let data = button.get("callback_data").and_then(Value::as_str);
    if data.is_some_and(|data| data.is_empty() || data.len() > 64) {
        return Err(ApiError::bad("BUTTON_DATA_INVALID"));
    }
    let app = button.get("web_app").and_then(|app| app.get("url"));
    for url in [button.get("url"), app]
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let parsed = url::Url::parse(url);
        if !parsed.is_ok_and(|u| matches!(u.scheme(), "http" | "https" | "tg")) {
            return Err(ApiError::bad(format!(
                "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"
            )));
        }
    }
    Ok(())
}
