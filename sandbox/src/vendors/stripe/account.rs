//! What an account at Stripe holds: objects in the form of the API, newest last.

use std::collections::BTreeMap;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::Refusal;

/// Everything that is kept between runs.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    objects: Vec<Value>,
    /// The objects before the last change, for reads that are out of date.
    before: Vec<Value>,
    /// How many reads of sessions are still out of date.
    pub stale_reads: u32,
    pub endpoints: Vec<Endpoint>,
    /// What was answered under each Idempotency-Key.
    pub keys: BTreeMap<String, Kept>,
}

/// Where events are sent to.
#[derive(Clone, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    pub api_version: String,
    /// `*`: all.
    pub events: Vec<String>,
    /// Two while the secret is replaced.
    pub secrets: Vec<String>,
}

/// The first answer under a key, and what was asked.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    pub request: Value,
    pub path: String,
    pub body: Value,
    /// Unix time.
    pub at: i64,
}

/// A new number with the prefix of its kind.
pub fn number(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::new_v4().simple())
}

pub fn now() -> i64 {
    Utc::now().timestamp()
}

impl Account {
    /// Keeps the state of before, as reads that are out of date show it.
    pub fn changes(&mut self) {
        self.before.clone_from(&self.objects);
    }

    pub fn add(&mut self, object: Value) -> Value {
        self.objects.push(object.clone());
        object
    }

    /// An object by its number.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.objects.iter().find(|one| one["id"] == id)
    }

    /// The same, to be changed.
    pub fn at(&mut self, id: &str) -> Option<&mut Value> {
        self.objects.iter_mut().find(|one| one["id"] == id)
    }

    /// All of a kind, oldest first.
    pub fn all<'a>(&'a self, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.objects.iter().filter(move |one| one["object"] == kind)
    }

    /// One object as a question answers it.
    pub fn read(&mut self, what: &str, id: &str, expand: &[&str]) -> Result<Value, Refusal> {
        let objects = self.as_read();
        let found = objects.iter().find(|one| one["id"] == id);
        let mut shown = shown(found.ok_or_else(|| Refusal::no_such(what, id))?);
        for path in expand {
            let path: Vec<&str> = path.split('.').collect();
            expanded(&mut shown, &path, objects);
        }
        Ok(shown)
    }

    /// One object as the call that has made it answers.
    pub fn made(&self, id: &str, expand: &[&str]) -> Value {
        let mut made = self.get(id).map(shown).unwrap_or_default();
        for path in expand {
            let path: Vec<&str> = path.split('.').collect();
            expanded(&mut made, &path, &self.objects);
        }
        made
    }

    /// A page of a list, newest first.
    pub fn page(
        &mut self,
        kind: &str,
        url: &str,
        query: &Value,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Value, Refusal> {
        let limit = super::form::int(query, "limit").unwrap_or(10);
        if !(1..=100).contains(&limit) {
            let why = "Invalid integer: it must be from 1 to 100";
            return Err(Refusal::invalid(why).at("limit"));
        }
        let after = super::form::text(query, "starting_after");
        let expand: Vec<&str> = super::form::list(&query["expand"])
            .into_iter()
            .filter_map(|path| path.as_str()?.strip_prefix("data."))
            .collect();
        let objects = self.as_read();
        let of_kind = objects.iter().rev().filter(|one| one["object"] == kind);
        let mut rest: Vec<&Value> = of_kind.collect();
        if let Some(after) = after {
            let at = rest.iter().position(|one| one["id"] == after);
            let at = at.ok_or_else(|| Refusal::no_such(kind, after).at("starting_after"))?;
            rest.drain(..=at);
        }
        rest.retain(|one| fits(one) && is_created(one, &query["created"]));
        let limit = usize::try_from(limit).unwrap_or_default();
        let has_more = rest.len() > limit;
        let data = rest.iter().take(limit).map(|one| {
            let mut shown = shown(one);
            for path in &expand {
                expanded(&mut shown, &path.split('.').collect::<Vec<_>>(), objects);
            }
            shown
        });
        let data: Vec<Value> = data.collect();
        Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
    }

    /// The objects, or those of before as long as reads are out of date.
    fn as_read(&mut self) -> &[Value] {
        if self.stale_reads == 0 {
            return &self.objects;
        }
        self.stale_reads -= 1;
        &self.before
    }

    pub fn clear(&mut self) {
        *self = Self {
            endpoints: std::mem::take(&mut self.endpoints),
            ..Self::default()
        };
    }
}

/// Without what is the sandbox's own.
pub fn shown(object: &Value) -> Value {
    let Value::Object(fields) = object else {
        return object.clone();
    };
    let public = fields.iter().filter(|(name, _)| !name.starts_with('_'));
    Value::Object(
        public
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

fn expanded(of: &mut Value, path: &[&str], objects: &[Value]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let Some(field) = of.get_mut(*first) else {
        return;
    };
    if let Some(id) = field.as_str()
        && let Some(whole) = objects.iter().find(|one| one["id"] == id)
    {
        *field = shown(whole);
    }
    expanded(field, rest, objects);
}

/// Whether an object is of the time that a list is asked for: `created[gte]` and the like, or a moment.
fn is_created(object: &Value, range: &Value) -> bool {
    let at = object["created"].as_i64().unwrap_or_default();
    let bound = |name: &str| super::form::int(range, name);
    let exact = range.as_str().and_then(|text| text.parse::<i64>().ok());
    exact.is_none_or(|exact| at == exact)
        && bound("gte").is_none_or(|from| at >= from)
        && bound("gt").is_none_or(|from| at > from)
        && bound("lte").is_none_or(|until| at <= until)
        && bound("lt").is_none_or(|until| at < until)
}
