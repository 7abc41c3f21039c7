//! Stripe's forms: `a[b][0]=c`, in a body or a query, as one value.

use serde_json::{Map, Value};

/// The fields of a request. Lists are objects whose names are numbers; `[]` is the next one.
pub fn nested(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut root = Map::new();
    for (name, value) in pairs {
        let names: Vec<&str> = name
            .split('[')
            .map(|part| part.trim_end_matches(']'))
            .collect();
        put(&mut root, &names, value);
    }
    Value::Object(root)
}

fn put(at: &mut Map<String, Value>, names: &[&str], value: String) {
    let Some((first, rest)) = names.split_first() else {
        return;
    };
    let name = match *first {
        "" => at.len().to_string(),
        first => first.to_owned(),
    };
    if rest.is_empty() {
        at.insert(name, Value::String(value));
        return;
    }
    let below = at.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(below) = below {
        put(below, rest, value);
    }
}

/// The values of a list.
pub fn list(of: &Value) -> Vec<&Value> {
    match of {
        Value::Object(all) => all.values().collect(),
        Value::String(_) => vec![of],
        _ => Vec::new(),
    }
}

/// A field that was written and is not empty.
pub fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of[name].as_str().filter(|text| !text.is_empty())
}

/// A whole number.
pub fn int(of: &Value, name: &str) -> Option<i64> {
    text(of, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_in_brackets_are_read_as_stripes_clients_write_them() {
        let query = "mode=payment&metadata[order]=x&line_items[0][quantity]=1&line_items[0][price_data][currency]=eur\
                     &expand[]=a.b&expand[]=c&payment_method_types[0]=card&payment_method_types[1]=ideal&a[]=";
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let expected = json!({
            "mode": "payment", "metadata": { "order": "x" },
            "line_items": { "0": { "quantity": "1", "price_data": { "currency": "eur" } } },
            "expand": { "0": "a.b", "1": "c" }, "payment_method_types": { "0": "card", "1": "ideal" },
            "a": { "0": "" },
        });
        assert_eq!(nested(pairs), expected);
    }
}
