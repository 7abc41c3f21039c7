//! `symancy payments astray`.

use std::io::Write;

use chrono::Utc;
use jobs::words;
use money::payments::reports::{self, Astray};
use money::payments::texts::price;

use super::Output;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

/// At most so many are listed.
const LISTED: i64 = 1_000;

const COLUMNS: [(&str, Side); 7] = [
    ("SUM", Side::Right),
    ("PROVIDER", Side::Left),
    ("CHARGE", Side::Left),
    ("PAYER", Side::Left),
    ("WHY", Side::Left),
    ("CAME", Side::Left),
    ("ORDER", Side::Left),
];

/// `symancy payments astray`
pub(super) async fn astray(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let all = reports::astray(&mut operator.conn, LISTED).await?;
    if output.json {
        return all.iter().try_for_each(|one| output.object(one));
    }
    if all.is_empty() {
        writeln!(output.writer, "No money is astray.")?;
        return Ok(());
    }
    let now = Utc::now();
    let row = |one: &Astray| {
        let payer = one.payer.map(|payer| payer.to_string());
        vec![
            price(one.amount, &one.currency),
            one.provider.clone(),
            one.charge.clone(),
            payer.unwrap_or_default(),
            one.why.clone(),
            words::from_now(one.came_at, now),
            one.order.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}
