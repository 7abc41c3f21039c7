//! `symancy payments show`, `refund` and `settle`.

use std::io::Write;

use chrono::Utc;
use diesel_async::AsyncConnection;
use kernel::Error;
use kernel::currencies::whole;
use money::invoices::config::Terms;
use money::payments::model::Payment;
use money::payments::queries;
use money::payments::story::{self, Story};
use money::payments::texts::price;
use money::refunds::by_hand;
use money::refunds::model::Wish;
use money::refunds::queries as refunds;
use money::refunds::request::request;
use operators::model::{Act, reason};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Output;
use super::operators::by;
use super::payments::{FOUND, object, row};
use crate::failure::Failure;
use crate::operator::{Operator, settings};
use crate::payments_args::{Refund, Settle};
use crate::table;

/// `symancy payments show`
pub(super) async fn show(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    id: Uuid,
) -> Result<(), Failure> {
    let story = story::of(&mut operator.conn, id).await?;
    let story = story.ok_or_else(|| refused(Error::NotFound("payment")))?;
    let seen = act("payment_viewed", &story.payment, json!({}));
    by().note(&mut operator.conn, seen).await.map_err(refused)?;
    if output.json {
        let mut all = object(&story.payment);
        all["said"] = serde_json::to_value(&story.said)?;
        all["refunds"] = serde_json::to_value(&story.refunds)?;
        all["refund_wish"] = serde_json::to_value(&story.wish)?;
        all["postings"] = serde_json::to_value(&story.postings)?;
        return output.object(&all);
    }
    table::write(output.writer, &FOUND, &[row(&story.payment, Utc::now())])?;
    tell(output.writer, &story)
}

/// Line by line, what else is known.
fn tell(writer: &mut impl Write, story: &Story) -> Result<(), Failure> {
    for one in &story.said {
        let (at, times) = (one.created_at.format("%F %T"), one.seen);
        let sum = price(one.amount, &one.currency);
        let (word, means, became) = (&one.status, &one.happened, &one.outcome);
        writeln!(
            writer,
            "{at}  {word} ({means}) of {sum}, {times} times: {became}"
        )?;
    }
    if let Some(wish) = &story.wish {
        let at = wish.created_at.format("%F %T");
        writeln!(
            writer,
            "{at}  the person asks for the money: {}",
            wish.words
        )?;
    }
    for one in &story.refunds {
        let at = one.created_at.format("%F %T");
        let sum = price(one.amount, &one.currency);
        let (state, by, why) = (one.state.as_str(), &one.asked_by, &one.reason);
        let error = one.error.as_deref().unwrap_or_default();
        writeln!(
            writer,
            "{at}  refund of {sum} {state}, by {by}: {why} {error} ({})",
            one.id
        )?;
    }
    for one in &story.postings {
        let at = one.happened_at.format("%F %T");
        let sum = whole(one.minor, &one.currency);
        let (kind, account, currency) = (&one.kind, &one.account, &one.currency);
        writeln!(writer, "{at}  {kind}  {account}  {sum} {currency}")?;
    }
    Ok(())
}

/// `symancy payments refund`
pub(super) async fn refund(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: Refund,
) -> Result<(), Failure> {
    let reason = reason(&wanted.reason).map_err(refused)?;
    let by = by();
    let done = operator.conn.transaction(async |conn| {
        let payment = queries::find(conn, wanted.id).await?;
        let payment = payment.ok_or(Error::NotFound("payment"))?;
        let wish = Wish {
            payment_id: wanted.id,
            amount: wanted.amount,
            reason: reason.clone(),
        };
        let asked_by = format!("{}:{}", by.origin.actor, by.name);
        let (refund, ticket) = request(conn, wish, &asked_by, Utc::now()).await?;
        let is = json!({
            "refund": refund.id, "amount": refund.amount.to_string(), "currency": refund.currency,
            "reason": reason,
        });
        by.note(conn, act("refund_requested", &payment, is)).await?;
        Ok::<_, Error>((refund, ticket))
    });
    let (refund, ticket) = done.await.map_err(refused)?;
    operator.pusher.wake(&[ticket]).await;
    let sum = price(refund.amount, &refund.currency);
    let said = format!("{sum} go back: `symancy payments show {}`", wanted.id);
    output.line(&said, &refund)
}

/// `symancy payments settle`
pub(super) async fn settle(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: Settle,
) -> Result<(), Failure> {
    let why = reason(&wanted.reason).map_err(refused)?;
    let terms = settings(Terms::read)?;
    let (by, end) = (by(), wanted.end);
    let done = operator.conn.transaction(async |conn| {
        let refund = refunds::find(conn, wanted.id).await?;
        let refund = refund.ok_or(Error::NotFound("refund"))?;
        let payment = queries::find(conn, refund.payment_id).await?;
        let payment = payment.ok_or(Error::NotFound("payment"))?;
        let settled = by_hand::end(conn, &refund, (end, &why), &terms, Utc::now()).await?;
        let is = json!({ "refund": refund.id, "end": end.as_str(), "reason": why });
        by.note(conn, act("refund_ended", &payment, is)).await?;
        let refund = refunds::find(conn, wanted.id).await?.unwrap_or(refund);
        Ok::<_, Error>((refund, settled))
    });
    let (refund, settled) = done.await.map_err(refused)?;
    if let Some((_, settled)) = settled {
        operator.pusher.wake(&settled.tickets).await;
    }
    let sum = price(refund.amount, &refund.currency);
    let said = format!("The refund of {sum} is {}.", refund.state.as_str());
    output.line(&said, &refund)
}

fn act(action: &'static str, payment: &Payment, is: Value) -> Act {
    Act {
        action,
        entity: ("payment", Some(payment.id)),
        person: payment.user_id,
        was: None,
        is,
    }
}

fn refused(why: Error) -> Failure {
    Failure::Refused(match why {
        Error::NotFound("refund") => {
            "There is no such refund; `symancy payments show <payment>` lists them.".to_owned()
        }
        Error::NotFound(_) => {
            "There is no such payment; `symancy payments find` lists them.".to_owned()
        }
        Error::Conflict(why) => format!("Not done: {why}."),
        why => format!("Not done: {why}."),
    })
}
