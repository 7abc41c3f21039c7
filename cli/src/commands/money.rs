//! `symancy money balance`, `trace`, `story` and `astray`.

use std::io::Write;

use kernel::currencies::whole;
use money::books::account::{self, Line};
use money::books::show::{self, Balance, Posting};
use uuid::Uuid;

use super::Output;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

const BALANCE: [(&str, Side); 3] = [
    ("ACCOUNT", Side::Left),
    ("SUM", Side::Right),
    ("CURRENCY", Side::Left),
];

const POSTINGS: [(&str, Side); 6] = [
    ("AT", Side::Left),
    ("KIND", Side::Left),
    ("ACCOUNT", Side::Left),
    ("SUM", Side::Right),
    ("CURRENCY", Side::Left),
    ("SOURCE", Side::Left),
];

const STORY: [(&str, Side); 6] = [
    ("AT", Side::Left),
    ("WHAT", Side::Left),
    ("ABOUT", Side::Left),
    ("SUM", Side::Right),
    ("BALANCE", Side::Right),
    ("CURRENCY", Side::Left),
];

/// `symancy money balance`
pub(super) async fn balance(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let balances = show::balance(&mut operator.conn).await?;
    if output.json {
        return balances.iter().try_for_each(|one| output.object(one));
    }
    let row = |one: &Balance| {
        let sum = whole(one.minor, &one.currency).to_string();
        vec![one.account.clone(), sum, one.currency.clone()]
    };
    let rows: Vec<Vec<String>> = balances.iter().map(row).collect();
    table::write(output.writer, &BALANCE, &rows)
}

/// `symancy money trace`
pub(super) async fn trace(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    payment: &str,
) -> Result<(), Failure> {
    let found = show::trace(&mut operator.conn, payment).await?;
    if found.is_empty() {
        return Err(Failure::Refused(format!(
            "Nothing is booked for {payment}: no id of a payment that came, and no number of a charge."
        )));
    }
    postings(output, &found)
}

/// `symancy money story`
pub(super) async fn story(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    person: Uuid,
) -> Result<(), Failure> {
    let lines = account::story(&mut operator.conn, person).await?;
    if lines.is_empty() {
        return Err(Failure::Refused(format!(
            "{person} has ordered nothing, or is no id of a person; `symancy support show` tells it."
        )));
    }
    if output.json {
        return lines.iter().try_for_each(|one| output.object(one));
    }
    let row = |one: &Line| {
        let sum = |minor: Option<i64>| {
            let sum = minor.map(|minor| whole(minor, &one.currency).to_string());
            sum.unwrap_or_default()
        };
        vec![
            one.at.format("%F").to_string(),
            one.what.clone(),
            one.about.clone(),
            sum(one.minor),
            sum(one.balance),
            one.currency.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    table::write(output.writer, &STORY, &rows)
}

/// `symancy money astray`
pub(super) async fn astray(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    postings(output, &show::astray(&mut operator.conn).await?)
}

fn postings(output: &mut Output<'_, impl Write>, found: &[Posting]) -> Result<(), Failure> {
    if output.json {
        return found.iter().try_for_each(|one| output.object(one));
    }
    let row = |one: &Posting| {
        vec![
            one.happened_at.format("%F %T").to_string(),
            one.kind.clone(),
            one.account.clone(),
            whole(one.minor, &one.currency).to_string(),
            one.currency.clone(),
            one.source.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table::write(output.writer, &POSTINGS, &rows)
}
