//! Cells of a CSV (RFC 4180).

use serde_json::Value;

/// A cell. What a spreadsheet would take for a formula gets an apostrophe: a stranger chooses their `User-Agent`.
pub(crate) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let guard = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => "'",
        false => "",
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_quoted_and_is_no_formula() {
        for (value, wanted) in [
            (json!(null), "\"\""),
            (json!(7), "\"7\""),
            (json!("a \"b\", c"), "\"a \"\"b\"\", c\""),
            (json!("=1+1"), "\"'=1+1\""),
            (json!({ "a": 1 }), "\"{\"\"a\"\":1}\""),
        ] {
            assert_eq!(cell(&value), wanted);
        }
    }
}
