//! Sums at Comgate: hundredths, whatever decimals a currency has elsewhere.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The least that is taken, in hundredths.
const LEAST: &[(&str, i64)] = &[
    ("CZK", 100),
    ("EUR", 10),
    ("PLN", 100),
    ("HUF", 10_000),
    ("USD", 100),
    ("GBP", 100),
    ("RON", 500),
    ("NOK", 50),
    ("SEK", 50),
];

/// A sum as Comgate takes it.
///
/// # Errors
/// Why it does not.
pub(super) fn hundredths(amount: Decimal, currency: &str) -> Result<i64, String> {
    let hundredths = amount.checked_mul(Decimal::ONE_HUNDRED);
    let hundredths = hundredths.filter(Decimal::is_integer);
    let hundredths = hundredths.and_then(|sum| sum.to_i64());
    hundredths.ok_or_else(|| format!("not a sum in hundredths of {currency}"))
}

/// The same for a new payment.
///
/// # Errors
/// Why it does not.
pub(super) fn payable(amount: Decimal, currency: &str) -> Result<i64, String> {
    let sum = hundredths(amount, currency)?;
    let least = LEAST.iter().find(|(one, _)| *one == currency);
    match least {
        None => Err(format!("Comgate takes no {currency}")),
        Some((_, least)) if sum < *least => {
            let least = whole(*least);
            Err(format!("Comgate takes at least {least} {currency}"))
        }
        Some(_) => Ok(sum),
    }
}

/// The other way.
pub(super) fn whole(hundredths: i64) -> Decimal {
    Decimal::new(hundredths, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comgate's documentation: "price", and the least sums of the currencies.
    #[test]
    fn every_currency_is_in_hundredths_and_has_a_least_sum() {
        for (amount, currency, expected) in [
            ("1", "CZK", Some(100)),
            ("0.99", "CZK", None),
            ("0.10", "EUR", Some(10)),
            ("0.09", "EUR", None),
            ("100", "HUF", Some(10_000)),
            ("99", "HUF", None),
            ("100.50", "HUF", Some(10_050)),
            ("2.995", "EUR", None),
            ("5", "RON", Some(500)),
            ("0.5", "SEK", Some(50)),
            ("500", "JPY", None),
            ("-1", "CZK", None),
        ] {
            let amount: Decimal = amount.parse().expect("a number");
            assert_eq!(
                payable(amount, currency).ok(),
                expected,
                "{amount} {currency}"
            );
        }
        assert!(hundredths(Decimal::MAX, "CZK").is_err());
        assert_eq!(whole(10_050), Decimal::new(10_050, 2));
    }
}
