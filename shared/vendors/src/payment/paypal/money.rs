//! Sums as PayPal writes them.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::payment::Sum;
use kernel::currencies::{minor, whole};

const NONE: &str = "a sum that is none";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Money {
    value: String,
    pub currency_code: String,
}

impl Money {
    pub(super) fn read(&self) -> Result<Decimal, &'static str> {
        Decimal::from_str_exact(&self.value).map_err(|_| NONE)
    }

    /// With its currency; also less than nothing.
    pub(super) fn sum(&self) -> Result<Sum, &'static str> {
        Ok(Sum {
            amount: self.read()?,
            currency: self.currency_code.clone(),
        })
    }

    pub(super) fn is_negative(&self) -> bool {
        self.value.starts_with('-')
    }
}

/// A sum as PayPal takes it: as text with all decimals of the currency, and none of HUF, JPY and TWD
/// (<https://developer.paypal.com/reference/currency-codes/>). `None`: it has more.
pub(super) fn value(amount: Decimal, currency: &str) -> Option<String> {
    let exact = whole(minor(amount, currency)?, currency);
    match currency {
        "HUF" | "TWD" if !exact.is_integer() => None,
        "HUF" | "TWD" => Some(exact.trunc().to_string()),
        _ => Some(exact.to_string()),
    }
}
