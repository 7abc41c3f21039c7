//! The workflows of n8n: what n8n itself tells only once a person waits for an answer.

use serde_json::{Value, json};

/// The nodes, in versions that run in n8n 1.123 and in 2.x (docs/N8N.md).
const NODES: [(&str, f64); 13] = [
    ("code", 2.0),
    ("crypto", 1.0),
    ("errorTrigger", 1.0),
    ("executeWorkflow", 1.2),
    ("extractFromFile", 1.0),
    ("httpRequest", 4.3),
    ("if", 2.3),
    ("respondToWebhook", 1.5),
    ("stopAndError", 1.0),
    ("switch", 3.4),
    ("telegram", 1.2),
    ("telegramTrigger", 1.2),
    ("webhook", 2.1),
];

/// What is wrong with a workflow; `credentials` is the template.
fn faults(workflow: &Value, credentials: &Value) -> Vec<String> {
    let nodes = list(&workflow["nodes"]);
    let mut faults: Vec<String> = nodes
        .iter()
        .flat_map(|node| of_node(node, credentials))
        .collect();
    faults.extend(of_connections(workflow, nodes));
    let text = workflow.to_string();
    faults.extend(secrets(&text).map(|word| format!("a secret: {word}")));
    if text.contains("photo[0]") {
        faults.push("photo[0] is the smallest size".to_owned());
    }
    if workflow["active"] != false {
        faults.push("active before an operator says so".to_owned());
    }
    faults
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn of_node(node: &Value, credentials: &Value) -> Vec<String> {
    let (name, kind) = (&node["name"], node["type"].as_str().unwrap_or_default());
    let is_known = |(known, version): &(&str, f64)| {
        kind.strip_prefix("n8n-nodes-base.") == Some(known) && node["typeVersion"] == *version
    };
    let mut faults = Vec::new();
    if !NODES.iter().any(is_known) {
        faults.push(format!(
            "{name}: {kind} {} is not on the list",
            node["typeVersion"]
        ));
    }
    for (kind, used) in node["credentials"].as_object().into_iter().flatten() {
        let named = |one: &&Value| (&one["id"], &one["name"]) == (&used["id"], &used["name"]);
        let found = list(credentials).iter().find(named);
        if found.is_none_or(|one| one["type"] != kind.as_str()) {
            faults.push(format!("{name}: no credential {used} of the kind {kind}"));
        }
    }
    faults
}

fn of_connections(workflow: &Value, nodes: &[Value]) -> Vec<String> {
    let is_node = |name: &str| nodes.iter().any(|node| node["name"] == name);
    let connections = workflow["connections"].as_object().into_iter().flatten();
    let mut faults = Vec::new();
    let mut reached = Vec::new();
    for (from, outputs) in connections {
        let to = list(&outputs["main"]).iter().flat_map(list);
        let to: Vec<&str> = to.filter_map(|to| to["node"].as_str()).collect();
        let unknown = [from.as_str()].into_iter().chain(to.iter().copied());
        let unknown = unknown.filter(|name| !is_node(name));
        faults.extend(unknown.map(|name| format!("a connection names {name:?}, which is no node")));
        reached.extend(to);
    }
    let begins = |node: &Value| {
        let kind = node["type"].as_str().unwrap_or_default();
        kind.ends_with("Trigger") || kind.ends_with(".webhook")
    };
    let names = nodes.iter().filter(|node| !begins(node));
    let names = names.filter_map(|node| node["name"].as_str());
    faults.extend(
        names
            .filter(|name| !reached.contains(name))
            .map(|name| format!("{name:?} is never reached")),
    );
    faults
}

/// Words that look like a secret: long, of letters and several digits.
fn secrets(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_+/=:".contains(c));
    words.filter(|word| {
        let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
        word.len() >= 20 && count(u8::is_ascii_digit) >= 3 && count(u8::is_ascii_alphabetic) >= 3
    })
}

/// What of the template is neither a name nor to be filled in.
fn filled_in(credentials: &Value) -> Vec<String> {
    let data = list(credentials).iter().map(|one| &one["data"]);
    let values = data.flat_map(|data| data.as_object().into_iter().flatten());
    let secret = values.filter(|(field, value)| {
        let value = value.as_str().unwrap_or_default();
        *field != "name" && !(value.starts_with("${") && value.ends_with('}'))
    });
    secret
        .map(|(field, _)| format!("{field} is not a variable"))
        .collect()
}

fn files() -> Vec<(String, Value)> {
    let folder = super::root().join("workflows/n8n");
    let entries = std::fs::read_dir(folder).expect("the workflows");
    let mut files: Vec<(String, Value)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a text");
            let name = path.file_name().expect("a name").to_string_lossy();
            (
                name.into_owned(),
                serde_json::from_str(&text).expect("JSON"),
            )
        })
        .collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

#[test]
fn the_workflows_of_n8n_hold_together_and_hold_no_secret() {
    let files = files();
    let is_template = |(name, _): &&(String, Value)| name == "credentials.template.json";
    let (_, credentials) = files.iter().find(is_template).expect("the template");
    let mut found = filled_in(credentials);
    let workflows: Vec<_> = files.iter().filter(|file| !is_template(file)).collect();
    assert_eq!(workflows.len(), 4);
    for (name, workflow) in workflows {
        let faults = faults(workflow, credentials).into_iter();
        found.extend(faults.map(|fault| format!("{name}: {fault}")));
    }
    super::none(&found, "a workflow of n8n has a fault");
}

#[test]
fn each_fault_of_a_workflow_is_found() {
    let credentials = json!([{ "id": "a", "name": "A", "type": "telegramApi", "data": { "accessToken": "${T}" } }]);
    let node = |name: &str, kind: &str, version: f64| json!({ "name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version, "parameters": {} });
    let good = json!({
        "active": false,
        "nodes": [node("Begin", "webhook", 2.1), node("End", "telegram", 1.2)],
        "connections": { "Begin": { "main": [[{ "node": "End", "type": "main", "index": 0 }]] } },
    });
    assert_eq!(faults(&good, &credentials), [""; 0]);
    let planted: [(&str, Value, &str); 7] = [
        ("/nodes/1/typeVersion", json!(1.1), "not on the list"),
        ("/nodes/1/name", json!("Other"), "which is no node"),
        ("/connections/Begin/main/0", json!([]), "never reached"),
        (
            "/nodes/1/parameters",
            json!({ "text": "={{ $json.photo[0] }}" }),
            "smallest",
        ),
        (
            "/nodes/1/parameters",
            json!({ "key": "4242:AAF0x9secret_of_a_bot" }),
            "a secret",
        ),
        (
            "/nodes/1/parameters",
            json!({ "key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }),
            "a secret",
        ),
        ("/active", json!(true), "active"),
    ];
    for (place, value, why) in planted {
        let mut bad = good.clone();
        *bad.pointer_mut(place).expect("a place") = value;
        let faults = faults(&bad, &credentials).join("\n");
        assert!(faults.contains(why), "{place}: {faults}");
    }
    let mut bad = good;
    for used in [
        json!({ "id": "b", "name": "A" }),
        json!({ "id": "a", "name": "A" }),
    ] {
        bad["nodes"][1]["credentials"] = json!({ "httpHeaderAuth": used });
        assert!(
            faults(&bad, &credentials)
                .join("\n")
                .contains("no credential")
        );
    }
    assert_eq!(
        filled_in(&json!([{ "data": { "name": "X-Key", "value": "hunter2" } }])).len(),
        1
    );
}
