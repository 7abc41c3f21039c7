//! What is to be paid, and what became of it, as methods of the API read and show them.

use serde_json::{Value, json};

use super::CloudPayments;
use super::models::{self, hundredths, success};
use super::state::{Order, Transaction, now};
use crate::http::Form;

const CURRENCIES: &[&str] = &["RUB", "USD", "EUR", "GBP"];

/// What a form wants paid, as an order that waits for money.
pub fn ordered(site: &CloudPayments, form: &Form) -> Result<Order, String> {
    let amount = form.text("Amount").and_then(|sum| hundredths(&sum));
    let amount = amount.filter(|sum| *sum > 0);
    let amount = amount.ok_or("Invalid Amount value")?;
    let currency = form.text("Currency").unwrap_or_else(|| "RUB".to_owned());
    if !CURRENCIES.contains(&currency.as_str()) {
        return Err("Invalid Currency value".to_owned());
    }
    let count = site.books().orders.len();
    Ok(Order {
        id: uuid::Uuid::new_v4()
            .simple()
            .to_string()
            .chars()
            .take(16)
            .collect(),
        number: 2_130 + i64::try_from(count).unwrap_or_default(),
        amount,
        currency,
        invoice_id: form.text("InvoiceId"),
        account_id: form.text("AccountId"),
        email: form.text("Email"),
        description: form.text("Description").unwrap_or_default(),
        two_stages: form.flag("RequireConfirmation"),
        culture: form.text("CultureName"),
        data: form.text("JsonData"),
        status: "Created".to_owned(),
        success_url: form.text("SuccessRedirectUrl"),
        fail_url: form.text("FailRedirectUrl"),
        created: now(),
    })
}

/// A transaction, which is a refusal if it was declined.
pub fn shown(site: &CloudPayments, found: Option<Transaction>) -> Result<Value, String> {
    let one = found.ok_or("Not found")?;
    let mut shown = success(&models::transaction(&one, &site.public_id));
    shown["Success"] = json!(one.status != "Declined");
    Ok(shown)
}
