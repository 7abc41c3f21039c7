//! `symancy money give-back`: money that came astray goes back by its vendor.

use std::io::Write;

use chrono::Utc;
use diesel_async::AsyncConnection;
use kernel::Error;
use money::invoices::config::Terms;
use money::payments::model::{Event, PaymentProvider};
use money::payments::reports::{self, Astray};
use money::payments::settle::settle;
use money::payments::texts::price;
use operators::model::{Act, reason};
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::messenger::{self, MessengerConfig};
use vendors::payment::{Gateways, Happened, PaymentConfig, Refund, Refunding, Sought};

use super::Output;
use super::operators::by;
use crate::failure::Failure;
use crate::operator::{Operator, settings};

/// `symancy money give-back`
pub(super) async fn give_back(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    (charge, why): (&str, &str),
) -> Result<(), Failure> {
    let why = reason(why).map_err(refused)?;
    let one = found(operator, charge).await?;
    let gateways = gateways()?;
    let gateway = gateways.get(&one.provider).map_err(refused)?;
    // The intent, before the vendor is called.
    let act = intent(&one, &why);
    by().note(&mut operator.conn, act).await.map_err(refused)?;
    let sum = price(one.amount, &one.currency);
    let said = match gateway.refund(&wanted(&one)).await {
        Ok(Refunding::Done(_)) => {
            book(operator, &one).await?;
            format!("{sum} went back.")
        }
        Ok(Refunding::Underway(_)) => {
            format!("{sum} are on their way: the vendor tells when they have arrived.")
        }
        Err(why) if why.is_retryable() => {
            return Err(Failure::Refused(format!(
                "It is not known whether {sum} went back ({why}): look at the vendor before you do this again."
            )));
        }
        Err(why) => return Err(Failure::Refused(format!("Not done: {why}."))),
    };
    output.line(&said, &one)
}

async fn found(operator: &mut Operator, charge: &str) -> Result<Astray, Failure> {
    let mut all = reports::astray_of(&mut operator.conn, charge).await?;
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err(Failure::Refused(
            "No money is astray of this charge; `symancy payments astray` lists them.".to_owned(),
        )),
        (Some(_), false) => Err(Failure::Refused(
            "Several sums were told of this charge: give it back at the vendor.".to_owned(),
        )),
    }
}

fn gateways() -> Result<Gateways, Failure> {
    let read = settings(|env| (PaymentConfig::read(env), MessengerConfig::read(env)))?;
    let (payment, messenger) = read;
    let messenger = messenger::build(&messenger).map_err(refused)?;
    Gateways::new(&payment, messenger).map_err(refused)
}

fn intent(one: &Astray, why: &str) -> Act {
    Act {
        action: "astray_given_back",
        entity: ("payment", one.order.parse::<Uuid>().ok()),
        person: None,
        was: None,
        is: json!({
            "charge": one.charge, "provider": one.provider, "amount": one.amount.to_string(),
            "currency": one.currency, "reason": why,
        }),
    }
}

fn wanted(one: &Astray) -> Refund {
    Refund {
        order: Sought {
            id: one.order.parse().unwrap_or_default(),
            external_id: Some(one.charge.clone()),
            created_at: one.came_at,
        },
        charge: one.charge.clone(),
        amount: one.amount,
        currency: one.currency.clone(),
        paid: one.amount,
        // The same each time, so that a vendor that can tell sends nothing twice.
        key: format!("astray:{}", one.id),
        payer: one.payer,
    }
}

/// Settles it as the vendor's own word would be, which adds nothing when it comes.
async fn book(operator: &mut Operator, one: &Astray) -> Result<(), Failure> {
    let terms = settings(Terms::read)?;
    let provider = PaymentProvider::parse(&one.provider);
    let provider = provider.ok_or_else(|| refused(Error::NotFound("provider")))?;
    let event = Event {
        provider,
        order_id: one.order.clone(),
        external_id: one.charge.clone(),
        status: "given_back".to_owned(),
        happened: Happened::Returned,
        amount: one.amount,
        currency: one.currency.clone(),
        payer: one.payer,
        refusal: None,
        returned: None,
        words: Value::Null,
    };
    let settled = operator.conn.transaction(async |conn| {
        let settled = settle(conn, &event, &terms, Utc::now()).await;
        settled.map_err(Error::from)
    });
    let settled = settled.await.map_err(refused)?;
    operator.pusher.wake(&settled.tickets).await;
    Ok(())
}

fn refused(why: Error) -> Failure {
    Failure::Refused(format!("Not done: {why}."))
}
