//! The fields of a notification or of an answer, as texts: a sum is a number with decimals there, and is never read as
//! a binary one.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;
use serde_json::value::RawValue;
use url::form_urlencoded;

use kernel::text::{storable_json, without_nul};

/// By name; what is null is not there.
#[derive(Clone, Debug)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Those of a notification: a form, or JSON where the site's settings say so.
    pub(super) fn of_body(body: &[u8]) -> Result<Self, &'static str> {
        match body.trim_ascii_start().first() {
            Some(b'{') => Self::of_json(body),
            Some(_) => Ok(Self::of_form(body)),
            None => Err("an empty body"),
        }
    }

    /// Those of a JSON object.
    pub(super) fn of_json(json: &[u8]) -> Result<Self, &'static str> {
        let all: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(&storable_json(json)).map_err(|_| "not a JSON object")?;
        let named = |(name, value): (String, Box<RawValue>)| Some((name, text(value.get())?));
        Ok(Self(all.into_iter().filter_map(named).collect()))
    }

    fn of_form(body: &[u8]) -> Self {
        let stored = |text: &str| without_nul(text).into_owned();
        let all = form_urlencoded::parse(body);
        Self(
            all.map(|(name, value)| (stored(&name), stored(&value)))
                .collect(),
        )
    }

    /// As a form that is read as the same fields, with another value of one of them.
    pub(super) fn form_with(&self, name: &str, value: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (one, own) in &self.0 {
            form.append_pair(one, if one == name { value } else { own });
        }
        form.finish()
    }

    /// A field that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// A sum in whole units, with each of its digits.
    pub(super) fn sum(&self, name: &str) -> Option<Decimal> {
        let text = self.get(name)?;
        let sum = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
        sum.ok().filter(|sum| !sum.is_sign_negative())
    }

    /// As they came, for keeping.
    pub(super) fn words(&self) -> Value {
        let all = self.0.iter();
        all.map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect()
    }
}

/// A value of JSON as a text; `None`: null.
fn text(raw: &str) -> Option<String> {
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).ok(),
        _ => (raw != "null").then(|| raw.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_each_of_their_digits_in_both_forms() {
        for (written, read) in [
            ("299.00", Some("299")),
            ("10.00000", Some("10")),
            ("0.1", Some("0.1")),
            ("2.675", Some("2.675")),
            ("90071992547409.93", Some("90071992547409.93")),
            ("1e2", Some("100")),
            ("1e400", None),
            ("-1", None),
            ("", None),
            ("1,5", None),
        ] {
            let form = Fields::of_body(format!("Amount={written}").as_bytes()).expect("a form");
            let read: Option<Decimal> = read.map(|read| read.parse().expect("a number"));
            assert_eq!(form.sum("Amount"), read, "{written}");
            let json = format!("{{\"Amount\":{written}}}");
            if let Ok(json) = Fields::of_body(json.as_bytes()) {
                assert_eq!(json.sum("Amount"), read, "{written}");
            }
        }
    }

    #[test]
    fn json_and_forms_have_the_same_fields() {
        let json = br#" {"A":1,"B":"x\u0000y","C":null,"D":"","E":{"f":1}}"#;
        let json = Fields::of_body(json).expect("an object");
        let form = Fields::of_body(b"A=1&B=x%00y&D=&E=%7B%22f%22%3A1%7D").expect("a form");
        for fields in [json, form] {
            let values = ["A", "B", "C", "D", "E"].map(|name| fields.get(name));
            let expected = [Some("1"), Some("xy"), None, None, Some("{\"f\":1}")];
            assert_eq!(values, expected);
        }
    }
}
