//! `symancy payments astray` and `find`.

use std::io::Write;

use chrono::{DateTime, Utc};
use jobs::words;
use money::payments::find;
use money::payments::model::Payment;
use money::payments::reports::{self, Astray};
use money::payments::texts::price;

use super::Output;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::payments_args::Find;
use crate::table::{self, Side};
use serde_json::{Value, json};

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

pub(super) const FOUND: [(&str, Side); 7] = [
    ("SUM", Side::Right),
    ("STATUS", Side::Left),
    ("BACK", Side::Right),
    ("PLAN", Side::Left),
    ("PROVIDER", Side::Left),
    ("ORDERED", Side::Left),
    ("ID", Side::Left),
];

/// `symancy payments find`
pub(super) async fn find(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: Find,
) -> Result<(), Failure> {
    let wanted = find::Wanted {
        status: wanted.status,
        provider: wanted.provider,
        person: wanted.person,
        is_wished: wanted.wished,
        limit: wanted.limit,
        ..find::Wanted::default()
    };
    let found = find::find(&mut operator.conn, &wanted).await?;
    if output.json {
        return found.iter().try_for_each(|one| output.object(&object(one)));
    }
    if found.is_empty() {
        writeln!(output.writer, "No such payments.")?;
        return Ok(());
    }
    let now = Utc::now();
    let rows: Vec<Vec<String>> = found.iter().map(|one| row(one, now)).collect();
    table::write(output.writer, &FOUND, &rows)
}

pub(super) fn row(payment: &Payment, now: DateTime<Utc>) -> Vec<String> {
    let back = Some(payment.gone()).filter(|gone| !gone.is_zero());
    let back = back.map(|gone| price(gone, &payment.currency));
    vec![
        price(payment.amount, &payment.currency),
        payment.status.as_str().to_owned(),
        back.unwrap_or_default(),
        payment.tier.as_str().to_owned(),
        payment.provider.as_str().to_owned(),
        words::from_now(payment.created_at, now),
        payment.id.to_string(),
    ]
}

pub(super) fn object(payment: &Payment) -> Value {
    json!({
        "id": payment.id, "user_id": payment.user_id, "provider": payment.provider,
        "charge": payment.external_id, "tier": payment.tier, "amount": payment.amount.to_string(),
        "returned": payment.gone().to_string(), "disputed": payment.disputed.to_string(),
        "currency": payment.currency, "status": payment.status, "payer": payment.payer,
        "created_at": payment.created_at, "paid_at": payment.paid_at(),
        "period_start": payment.period_start, "period_end": payment.period_end,
    })
}
