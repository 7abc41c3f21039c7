//! Paying in Stars: an invoice by its link, the question before the money is taken, the message
//! after it. Called by `control` and `methods`; wakes the courier.
//! Source: <https://core.telegram.org/bots/payments-stars>.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Telegram;
use super::events::Event;
use super::model::{Message, Person};
use super::{courier, wire};

/// How long Telegram waits for a bot to say that it may take the money.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something to pay for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Invoice {
    pub title: String,
    pub description: String,
    pub payload: String,
    /// Whole Stars.
    pub amount: i64,
}

/// Money that was taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Charge {
    pub user: i64,
    pub invoice: Invoice,
    pub refunded: bool,
}

/// The invoice of a link, or of the part of it that names the invoice.
pub fn find(telegram: &Telegram, token: &str, link: &str) -> Option<(String, Invoice)> {
    let slug = link.rsplit(['=', '$', '/']).next().unwrap_or(link);
    let state = telegram.state();
    let invoice = state.bots.get(token)?.invoices.get(slug)?;
    Some((slug.to_owned(), invoice.clone()))
}

/// Pays an invoice as `person`; gives back the number of the charge. The error is a sentence for
/// them.
pub async fn pay(
    telegram: &Arc<Telegram>,
    token: &str,
    person: Person,
    link: &str,
) -> Result<String, String> {
    let (_, invoice) = find(telegram, token, link).ok_or("there is no such invoice")?;
    let query_id = (uuid::Uuid::new_v4().as_u64_pair().0 >> 1).to_string();
    {
        let mut state = telegram.state();
        let bot = state.bot(token);
        bot.checkouts.insert(query_id.clone(), Value::Null);
        let mut body = invoice_fields(&invoice);
        body["id"] = query_id.as_str().into();
        body["from"] = wire::person(&person);
        bot.queue("pre_checkout_query", body);
    }
    courier::wake(telegram, token);
    let decision =
        tokio::time::timeout(PATIENCE, checkout_decision(telegram, token, &query_id)).await;
    telegram.state().bot(token).checkouts.remove(&query_id);
    match decision {
        Err(_) => Err("the bot did not say within 10 seconds whether it takes the money".into()),
        Ok(Err(why)) => Err(why),
        Ok(Ok(())) => Ok(take(telegram, token, person, invoice)),
    }
}

async fn checkout_decision(telegram: &Telegram, token: &str, query_id: &str) -> Result<(), String> {
    loop {
        let decision = telegram.state().bot(token).checkouts.get(query_id).cloned();
        match decision {
            Some(Value::Bool(true)) => return Ok(()),
            Some(Value::String(why)) => return Err(why),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

fn take(telegram: &Arc<Telegram>, token: &str, person: Person, invoice: Invoice) -> String {
    let number = format!("stx{}", uuid::Uuid::new_v4().simple());
    let mut body = invoice_fields(&invoice);
    body["telegram_payment_charge_id"] = number.as_str().into();
    body["provider_payment_charge_id"] = "".into();
    let charge = Charge {
        user: person.id,
        invoice,
        refunded: false,
    };
    send_service_message(
        telegram,
        token,
        person,
        json!({ "successful_payment": body }),
    );
    telegram
        .state()
        .bot(token)
        .charges
        .insert(number.clone(), charge);
    telegram.world.touched();
    number
}

/// Gives a charge back. The error is Telegram's.
pub fn refund(
    telegram: &Arc<Telegram>,
    token: &str,
    user: i64,
    number: &str,
) -> Result<(), &'static str> {
    let (charge, person) = {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let charge = bot
            .charges
            .get_mut(number)
            .filter(|charge| charge.user == user);
        let charge = charge.ok_or("CHARGE_NOT_FOUND")?;
        if std::mem::replace(&mut charge.refunded, true) {
            return Err("CHARGE_ALREADY_REFUNDED");
        }
        let person = Person {
            id: user,
            first_name: "Anna".into(),
            ..Person::default()
        };
        let known = bot.chats.get(&user).map(|chat| chat.person.clone());
        (bot.charges[number].invoice.clone(), known.unwrap_or(person))
    };
    let mut body = invoice_fields(&charge);
    body["telegram_payment_charge_id"] = number.into();
    send_service_message(telegram, token, person, json!({ "refunded_payment": body }));
    Ok(())
}

/// A service message in the chat, and its update.
fn send_service_message(telegram: &Arc<Telegram>, token: &str, person: Person, payment: Value) {
    {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let chat = bot.chat_of(person);
        let message = chat.push(Message {
            payment,
            ..Message::default()
        });
        let body = wire::message(token, chat, &message);
        telegram.publish(Event::message(token, chat, &message));
        bot.queue("message", body);
    }
    courier::wake(telegram, token);
}

fn invoice_fields(invoice: &Invoice) -> Value {
    json!({
        "currency": "XTR", "total_amount": invoice.amount, "invoice_payload": invoice.payload,
    })
}
