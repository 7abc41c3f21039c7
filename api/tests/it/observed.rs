//! What deploy/observe says of us: rules and dashboards name metrics that there are, each alert is tested both ways and leads
//! to a chapter of docs/OPERATIONS.md. Their syntax is checked by `make lint` (deploy/lint/observe.sh).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use kernel::telemetry::metrics::{Metric, MetricKind};
use serde_json::Value;

/// Metrics of Prometheus itself and of exporters that a deployment runs beside us.
const OF_OTHERS: &[&str] = &[
    "ALERTS",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "probe_ssl_earliest_cert_expiry",
    "up",
];

/// Words of PromQL that are no metrics, and no functions, which an opening bracket follows.
const WORDS: &[&str] = &["and", "bool", "offset", "or", "unless"];

/// Words that a list of labels in brackets follows.
const BEFORE_LABELS: &[&str] = &["by", "ignoring", "on", "without"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The files of a folder of deploy/observe, by name.
fn files(folder: &str) -> BTreeMap<String, String> {
    let folder = root().join("deploy/observe").join(folder);
    let entries = std::fs::read_dir(&folder).expect("a folder");
    let files = entries.map(|entry| entry.expect("an entry"));
    files
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, read(&file.path()))
        })
        .collect()
}

/// The metrics that an expression asks for.
fn metrics_of(expression: &str) -> BTreeSet<String> {
    let (mut rest, mut found) = (expression, BTreeSet::new());
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => 2 + rest[1..].find('"').expect("the end of a text"),
            '{' => end_of_labels(rest),
            '[' => rest.find(']').expect("the end of a range") + 1,
            '0'..='9' => word(rest),
            'a'..='z' | 'A'..='Z' | '_' | ':' => {
                let end = word(rest);
                let (name, after) = (&rest[..end], rest[end..].trim_start());
                if BEFORE_LABELS.contains(&name) {
                    let labels = after.find(')').expect("the end of labels") + 1;
                    rest = &after[labels..];
                    continue;
                }
                // `sum(...)` and `sum by (...) (...)`.
                let is_function = ["(", "by ", "without "]
                    .iter()
                    .any(|next| after.starts_with(next));
                if !is_function && !WORDS.contains(&name) {
                    found.insert(name.to_owned());
                }
                end
            }
            other => other.len_utf8(),
        };
        rest = &rest[end..];
    }
    found
}

/// The length of a name or of a number with its unit.
fn word(text: &str) -> usize {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_:.".contains(letter);
    text.find(|letter| !is_part(letter)).unwrap_or(text.len())
}

/// Behind the bracket that ends the labels; one in a text does not.
fn end_of_labels(text: &str) -> usize {
    let mut quoted = false;
    let is_end = |(_, letter): &(usize, char)| {
        quoted ^= *letter == '"';
        !quoted && *letter == '}'
    };
    text.char_indices()
        .find(is_end)
        .expect("the end of labels")
        .0
        + 1
}

/// A rule: its name, and its lines.
struct Rule<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
}

impl Rule<'_> {
    /// The value of a key, also one of several lines.
    fn value(&self, key: &str) -> String {
        let start = format!("        {key}:");
        let mut lines = self
            .lines
            .iter()
            .skip_while(|line| !line.starts_with(&start));
        let first = lines.next().map_or("", |line| &line[start.len()..]).trim();
        let more = lines.take_while(|line| line.starts_with("          "));
        let more = more.map(|line| line.trim());
        std::iter::once(first.trim_start_matches('|'))
            .chain(more)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The rules of a file that begin so: `alert` or `record`.
fn rules<'a>(text: &'a str, kind: &str) -> Vec<Rule<'a>> {
    let start = format!("      - {kind}: ");
    let mut found: Vec<Rule<'a>> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(&start) {
            let lines = Vec::new();
            found.push(Rule { name, lines });
            is_inside = true;
        } else if line.starts_with("      - ") || line.trim_start().starts_with('#') {
            is_inside = false;
        } else if let Some(rule) = found.last_mut().filter(|_| is_inside) {
            rule.lines.push(line);
        }
    }
    found
}

/// The names under which Prometheus gets a metric.
fn series(metric: &Metric) -> Vec<String> {
    match metric.kind {
        MetricKind::Histogram(_) => ["bucket", "count", "sum"]
            .map(|part| format!("{}_{part}", metric.name))
            .to_vec(),
        MetricKind::Counter | MetricKind::Gauge => vec![metric.name.to_owned()],
    }
}

/// The anchors of the chapters of a text, as GitHub makes them.
fn anchors(text: &str) -> HashSet<String> {
    let titles = text.lines().filter(|line| line.starts_with('#'));
    titles
        .map(|title| {
            let title = title.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// All panels of a dashboard.
fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().expect("a list")
}

fn expressions(dashboard: &Value) -> Vec<&str> {
    let targets = panels(dashboard)
        .iter()
        .filter_map(|panel| panel["targets"].as_array());
    let panels = targets
        .flatten()
        .filter_map(|target| target["expr"].as_str());
    let notes = dashboard["annotations"]["list"]
        .as_array()
        .into_iter()
        .flatten();
    panels
        .chain(notes.filter_map(|note| note["expr"].as_str()))
        .collect()
}

fn dashboards() -> BTreeMap<String, Value> {
    let files = files("dashboards").into_iter();
    files
        .map(|(name, text)| {
            let read = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
            (name, read)
        })
        .collect()
}

#[test]
fn the_metrics_of_an_expression_are_told_from_functions_labels_and_texts() {
    for (expression, expected) in [
        ("up == 0", vec!["up"]),
        (
            "sum by (le, route) (rate(http_bucket{route!~\"/v1/[{]id[}]\",le=\"3\"}[5m])) / 1e6 > 14.4",
            vec!["http_bucket"],
        ),
        (
            "a_total{x=\"}\"} unless a_total offset 10m or vector(0)",
            vec!["a_total"],
        ),
        (
            "objective:bad:ratio_1h > on (objective) (6 * objective:budget)",
            vec!["objective:bad:ratio_1h", "objective:budget"],
        ),
    ] {
        let found: Vec<_> = metrics_of(expression).into_iter().collect();
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn every_metric_that_rules_and_dashboards_ask_for_is_exported() {
    let all = api::metrics();
    let mut known: HashSet<String> = all.iter().flat_map(series).collect();
    known.extend(OF_OTHERS.iter().map(|name| (*name).to_owned()));
    let rule_files = files("rules");
    let mut asked = Vec::new();
    for (file, text) in &rule_files {
        for rule in rules(text, "record") {
            known.insert(rule.name.to_owned());
            asked.push((file, rule.value("expr")));
        }
        let alerts = rules(text, "alert");
        asked.extend(alerts.iter().map(|rule| (file, rule.value("expr"))));
    }
    let dashboards = dashboards();
    for (file, dashboard) in &dashboards {
        let all = expressions(dashboard).into_iter();
        asked.extend(all.map(|expression| (file, expression.replace('$', ""))));
    }
    let mut unknown = Vec::new();
    for (file, expression) in asked {
        let metrics = metrics_of(&expression);
        assert!(!expression.is_empty(), "{file}: an empty expression");
        let strange = metrics.iter().filter(|name| !known.contains(*name));
        unknown.extend(strange.map(|name| format!("{file}: {name}")));
    }
    assert!(unknown.is_empty(), "not exported: {unknown:#?}");
}

#[test]
fn every_alert_has_a_level_words_and_a_chapter_of_operations_that_there_is() {
    let chapters = anchors(&read(&root().join("docs/OPERATIONS.md")));
    let mut faults = Vec::new();
    for text in files("rules").values() {
        for alert in rules(text, "alert") {
            let labels = alert.value("labels");
            let is_levelled = ["P0", "P1", "P2", "P3"]
                .iter()
                .any(|level| labels.contains(&format!("level: {level} ")));
            let words = alert.value("annotations");
            let is_told = words.contains("summary: ") && words.contains("description: ");
            let chapter = words.split("runbook: docs/OPERATIONS.md#").nth(1);
            let chapter = chapter.and_then(|rest| rest.split_whitespace().next());
            let is_there = chapter.is_some_and(|anchor| chapters.contains(anchor));
            if !(is_levelled && labels.contains("severity: ") && is_told && is_there) {
                faults.push(format!("{}: {labels} {chapter:?}", alert.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_alert_has_a_test_that_fires_and_one_that_stays_silent() {
    let (mut alerts, mut fires, mut silent) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (rule_files, tests) = (files("rules"), files("tests"));
    for text in rule_files.values() {
        alerts.extend(rules(text, "alert").iter().map(|rule| rule.name));
    }
    for text in tests.values() {
        for test in text.split("- alertname: ").skip(1) {
            let name = test.lines().next().unwrap_or_default();
            let ends = match test.contains("exp_alerts: []") {
                true => &mut silent,
                false => &mut fires,
            };
            ends.insert(name);
        }
    }
    assert_eq!((&fires, &silent), (&alerts, &alerts));
}

#[test]
fn every_objective_is_tested_as_it_burns() {
    let rules_of = files("rules");
    let tests = &files("tests")["objectives.yml"];
    let labels = rules_of["objectives.yml"].lines();
    let objectives: BTreeSet<_> = labels
        .filter_map(|line| line.trim().strip_prefix("labels: { objective: "))
        .map(|rest| rest.trim_end_matches(" }"))
        .collect();
    assert_eq!(objectives.len(), 9);
    for objective in objectives {
        let expected = format!("level: P1, objective: {objective} }}");
        assert!(tests.contains(&expected), "{objective}");
    }
}

#[test]
fn every_dashboard_can_be_imported_and_every_panel_says_what_it_shows() {
    let (mut uids, mut faults) = (HashSet::new(), Vec::new());
    for (file, dashboard) in dashboards() {
        let uid = dashboard["uid"].as_str().unwrap_or_default().to_owned();
        if uid.is_empty() || !uids.insert(uid) {
            faults.push(format!("{file}: its uid is not its own"));
        }
        let variables = dashboard["templating"]["list"].as_array().expect("a list");
        let is_source = |one: &Value| one["name"] == "datasource" && one["type"] == "datasource";
        if !variables.iter().any(is_source) {
            faults.push(format!("{file}: no variable for the source of its data"));
        }
        let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
        for panel in panels(&dashboard) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let title = text(&panel["title"]);
            let unit = text(&panel["fieldConfig"]["defaults"]["unit"]);
            let is_told = ![&title, &unit, &text(&panel["description"])].contains(&&String::new());
            let from_variable = |one: &Value| one["datasource"]["uid"] == "${datasource}";
            let targets = panel["targets"].as_array().expect("a list");
            let is_sourced = from_variable(panel) && targets.iter().all(from_variable);
            let is_own = ids.insert(panel["id"].to_string()) && titles.insert(title.clone());
            if !(is_told && is_sourced && is_own && !targets.is_empty()) {
                faults.push(format!("{file}: {title}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
