//! `symancy support list`, `show`, `answer` and `close`.

use std::io::Write;

use audit::model::Origin;
use bot::support::{self, Outcome, Request};
use chrono::{DateTime, Utc};
use jobs::words;
use money::payments::model::Payment;
use money::payments::queries::newest;
use money::payments::texts::price;
use serde::Serialize;
use serde_json::json;

use super::Output;
use crate::failure::Failure;
use crate::operator::{Operator, current_operator_name};
use crate::table::{self, Side};

/// At most so many requests are listed.
const LISTED: i64 = 1_000;

/// At most so many payments are shown with a request.
const PAYMENTS: i64 = 10;

const COLUMNS: [(&str, Side); 4] = [
    ("NUMBER", Side::Right),
    ("STATE", Side::Left),
    ("WRITTEN", Side::Left),
    ("WORDS", Side::Left),
];

/// `symancy support list`
pub(super) async fn list(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    all: bool,
) -> Result<(), Failure> {
    let requests = support::list(&mut operator.conn, all, LISTED).await?;
    // People's words were read.
    let numbers: Vec<i64> = requests.iter().map(|one| one.number).collect();
    note_read(operator, &numbers).await?;
    if output.json {
        return requests.iter().try_for_each(|one| output.object(one));
    }
    if requests.is_empty() {
        writeln!(output.writer, "No such requests.")?;
        return Ok(());
    }
    let now = Utc::now();
    let rows: Vec<Vec<String>> = requests.iter().map(|one| row(one, now)).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn row(request: &Request, now: DateTime<Utc>) -> Vec<String> {
    vec![
        request.number.to_string(),
        state(request).to_owned(),
        words::from_now(request.created_at, now),
        words::shortened(&request.words, 80),
    ]
}

fn state(request: &Request) -> &'static str {
    match (&request.answer, request.answer_sent_at, request.closed_at) {
        (Some(_), Some(_), _) => "answered",
        (Some(_), None, _) => "answer on its way",
        (None, _, Some(_)) => "closed",
        (None, _, None) => "open",
    }
}

/// A request and its person's payments, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    request: &'a Request,
    payments: Vec<serde_json::Value>,
}

/// `symancy support show`
pub(super) async fn show(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    number: i64,
) -> Result<(), Failure> {
    let found = support::by_number(&mut operator.conn, number).await?;
    let request = found.ok_or_else(|| refusal(Outcome::NotFound, number))?;
    let payments = newest(&mut operator.conn, request.user_id, None, PAYMENTS).await?;
    note_read(operator, &[number]).await?;
    if output.json {
        let payments = payments.iter().map(object).collect();
        return output.object(&Shown {
            request: &request,
            payments,
        });
    }
    let (state, person, words) = (state(&request), request.chat_id, &request.words);
    let at = request.created_at.format("%F %T UTC");
    writeln!(
        output.writer,
        "{number}  {state}  {at}  Telegram id {person}\n\n{words}"
    )?;
    if let Some(answer) = &request.answer {
        writeln!(output.writer, "\nAnswer:\n{answer}")?;
    }
    for payment in &payments {
        let sum = price(payment.amount, &payment.currency);
        let (status, tier) = (payment.status.as_str(), payment.tier.as_str());
        let charge = payment.external_id.as_deref().unwrap_or("no charge");
        let payer = payer(payment);
        writeln!(
            output.writer,
            "\n{sum}  {tier}  {status}  {charge}{payer}  {}",
            payment.id
        )?;
    }
    Ok(())
}

/// Stars are given back to the payer.
fn payer(payment: &Payment) -> String {
    let payer = payment.payer.map(|payer| format!("  paid by {payer}"));
    payer.unwrap_or_default()
}

async fn note_read(operator: &mut Operator, numbers: &[i64]) -> Result<(), Failure> {
    let (origin, by) = (Origin::own("operator"), current_operator_name());
    Ok(support::note_read(&mut operator.conn, numbers, (&origin, &by)).await?)
}

fn object(payment: &Payment) -> serde_json::Value {
    json!({
        "id": payment.id, "provider": payment.provider, "external_id": payment.external_id,
        "tier": payment.tier, "amount": payment.amount.to_string(), "currency": payment.currency,
        "status": payment.status, "payer": payment.payer,
    })
}

/// `symancy support answer` and `close`
pub(super) async fn close(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    number: i64,
    answer: Option<&str>,
) -> Result<(), Failure> {
    let by = current_operator_name();
    let origin = Origin::own("operator");
    let closed = support::close(&mut operator.conn, number, answer, (&origin, &by)).await?;
    let (outcome, ticket) = closed;
    if outcome != Outcome::Done {
        return Err(refusal(outcome, number));
    }
    operator.pusher.wake(ticket.as_slice()).await;
    let done = match answer {
        Some(_) => "answered",
        None => "closed",
    };
    let object = json!({ "number": number, "outcome": done });
    output.line(&format!("{number}  {done}"), &object)
}

fn refusal(outcome: Outcome, number: i64) -> Failure {
    Failure::Refused(match outcome {
        Outcome::Closed => format!("Request {number} is closed already."),
        _ => format!("There is no request {number}; `symancy support list` shows them."),
    })
}
