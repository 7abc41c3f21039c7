//! `symancy ai health`: the state of the vendors, and today's cost.

use std::io::Write;

use ai::queries;
use ai::queries::{Health, Spent};
use chrono::Utc;
use jobs::words;
use serde::Serialize;

use super::Output;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 8] = [
    ("VENDOR", Side::Left),
    ("BREAKER", Side::Left),
    ("CALLS", Side::Right),
    ("ANSWERED", Side::Right),
    ("FAILED", Side::Right),
    ("MEDIAN", Side::Right),
    ("COST", Side::Right),
    ("LAST FAILURE", Side::Left),
];

#[derive(Serialize)]
struct Report {
    vendors: Vec<Health>,
    today: Spent,
}

pub(super) async fn health(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let report = Report {
        vendors: queries::health(&mut operator.conn).await?,
        today: queries::spent_today(&mut operator.conn).await?,
    };
    if output.json {
        return output.object(&report);
    }
    if report.vendors.is_empty() {
        writeln!(output.writer, "No calls in the last hour.")?;
    } else {
        let rows: Vec<Vec<String>> = report.vendors.iter().map(row).collect();
        table::write(output.writer, &COLUMNS, &rows)?;
    }
    let Spent {
        spent_micro_usd: spent,
        reserved_micro_usd: reserved,
    } = report.today;
    writeln!(
        output.writer,
        "\nToday (UTC): {} spent, {} reserved for calls under way.",
        dollars(spent),
        dollars(reserved)
    )?;
    Ok(())
}

fn row(one: &Health) -> Vec<String> {
    let state = match (one.state.as_str(), one.open_until) {
        ("open", Some(until)) => format!("open, tries {}", words::from_now(until, Utc::now())),
        ("half_open", _) => "trying".to_owned(),
        (state, _) => state.to_owned(),
    };
    vec![
        one.provider.clone(),
        state,
        one.calls.to_string(),
        one.answered.to_string(),
        one.failed.to_string(),
        one.median_seconds.map_or("-".to_owned(), words::seconds),
        dollars(one.cost_micro_usd),
        words::shortened(one.last_error.as_deref().unwrap_or_default(), 80),
    ]
}

/// Millionths of a dollar, as dollars.
pub(super) fn dollars(micro_usd: i64) -> String {
    format!("${}.{:06}", micro_usd / 1_000_000, micro_usd % 1_000_000)
}
