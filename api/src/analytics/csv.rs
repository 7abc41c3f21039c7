//! A report as a table.

use serde_json::Value;

use crate::http::csv::cell;

/// The rows of a report: its list, or of several ones the series; without any, the first list.
fn rows(data: &Value) -> &[Value] {
    let found = match data {
        Value::Array(rows) => Some(rows),
        Value::Object(fields) => {
            let series = fields.get("series").and_then(Value::as_array);
            series.or_else(|| fields.values().find_map(Value::as_array))
        }
        _ => None,
    };
    found.map(Vec::as_slice).unwrap_or_default()
}

/// RFC 4180; a part of a part has its path as name, and a list is JSON.
pub(super) fn of(data: &Value) -> String {
    let mut text = String::new();
    let single = std::slice::from_ref(data);
    let all = match rows(data) {
        // One figure after another, without any list of rows.
        [first, ..] if !first.is_object() => single,
        rows => rows,
    };
    for (place, row) in all.iter().enumerate() {
        let mut cells = Vec::new();
        flat("", row, &mut cells);
        if place == 0 {
            line(&mut text, cells.iter().map(|(name, _)| name.clone()));
        }
        line(&mut text, cells.into_iter().map(|(_, value)| value));
    }
    text
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push_str(&cells.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

fn flat(path: &str, value: &Value, cells: &mut Vec<(String, String)>) {
    let Value::Object(fields) = value else {
        let written = match value {
            Value::Null => String::new(),
            // Not as text: a spreadsheet counts with it.
            Value::Number(number) => number.to_string(),
            other => cell(other),
        };
        cells.push((path.to_owned(), written));
        return;
    };
    for (name, value) in fields {
        let path = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        flat(&path, value, cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_a_table_with_the_names_in_the_first_line() {
        let rows = json!([
            { "bucket": "2026-01-01", "net": -5, "rate": null, "times": { "p50": 1, "p95": 2 } },
            { "bucket": "=1", "net": 7, "rate": 0.5, "times": { "p50": 3, "p95": null } },
        ]);
        let table =
            "bucket,net,rate,times.p50,times.p95\r\n\"2026-01-01\",-5,,1,2\r\n\"'=1\",7,0.5,3,\r\n";
        assert_eq!(of(&rows), table);
        let data = json!({ "totals": [{ "a": 1 }], "series": rows });
        assert_eq!(of(&data), table);
        assert_eq!(
            of(&json!({ "providers": [{ "a": 1 }], "n": 2 })),
            "a\r\n1\r\n"
        );
        assert_eq!(
            of(&json!({ "active": 2, "minutes": [1, 2] })),
            "active,minutes\r\n2,\"[1,2]\"\r\n"
        );
        assert_eq!(of(&json!([])), "");
    }
}
