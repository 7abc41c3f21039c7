//! What Mini Apps keep in Telegram's cloud, through `web_app_invoke_custom_method`. Called by `control`.
//! Source: <https://core.telegram.org/bots/webapps#cloudstorage>.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const MAX_ITEMS: usize = 1024;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 4096;

/// Runs one method on what a person has there. The error is a word for the app.
pub fn run(
    items: &mut BTreeMap<String, String>,
    method: &str,
    params: &Value,
) -> Result<Value, &'static str> {
    match method {
        "saveStorageValue" => save(items, params),
        "getStorageValues" => {
            let keys = keys(params)?.into_iter();
            let value = |key: &str| items.get(key).cloned().unwrap_or_default();
            let values = keys.map(|key| (key.to_owned(), value(key).into()));
            Ok(values.collect::<Map<_, _>>().into())
        }
        "deleteStorageValues" => {
            for key in keys(params)? {
                items.remove(key);
            }
            Ok(true.into())
        }
        "getStorageKeys" => Ok(json!(items.keys().collect::<Vec<_>>())),
        _ => Err("METHOD_INVALID"),
    }
}

fn save(items: &mut BTreeMap<String, String>, params: &Value) -> Result<Value, &'static str> {
    let key = params["key"].as_str().filter(|key| is_key(key));
    let key = key.ok_or("KEY_INVALID")?;
    let value = params["value"].as_str();
    let value = value.filter(|value| value.chars().count() <= MAX_VALUE);
    let value = value.ok_or("VALUE_INVALID")?;
    if items.len() >= MAX_ITEMS && !items.contains_key(key) {
        return Err("QUOTA_EXCEEDED");
    }
    items.insert(key.into(), value.into());
    Ok(true.into())
}

/// One key or many.
fn keys(params: &Value) -> Result<Vec<&str>, &'static str> {
    let keys: Option<Vec<&str>> = match &params["keys"] {
        Value::String(one) => Some(vec![one]),
        Value::Array(many) => many.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let keys = keys.filter(|keys| keys.iter().all(|key| is_key(key)));
    keys.ok_or("KEY_INVALID")
}

fn is_key(key: &str) -> bool {
    let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(letters)
}
