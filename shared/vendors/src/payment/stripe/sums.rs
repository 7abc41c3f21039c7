//! Sums as Stripe writes them: whole numbers of a currency's smallest unit, with decimals of Stripe's own.
//!
//! Source: <https://docs.stripe.com/currencies#zero-decimal>.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use kernel::currencies;

/// Decimals of a currency, and the step between sums that Stripe takes.
fn form(currency: &str) -> Option<(u32, i64)> {
    match currency {
        // Two by ISO 4217; Stripe has it without.
        "MGA" => Some((0, 1)),
        // Without decimals, and written with two for the sake of old clients.
        "ISK" | "UGX" => Some((2, 100)),
        _ => match currencies::exponent(currency)? {
            3 => Some((3, 10)),
            decimals => Some((decimals, 1)),
        },
    }
}

/// A sum in whole units, as Stripe takes it; `None`: it has more decimals than that.
pub(super) fn minor(amount: Decimal, currency: &str) -> Option<i64> {
    let (decimals, step) = form(currency)?;
    let factor = Decimal::from(10_i64.checked_pow(decimals)?);
    let minor = amount.checked_mul(factor)?;
    let minor = minor.is_integer().then(|| minor.to_i64()).flatten()?;
    (minor % step == 0).then_some(minor)
}

/// The other way.
pub(super) fn whole(minor: i64, currency: &str) -> Option<Decimal> {
    let (decimals, _) = form(currency)?;
    Some(Decimal::new(minor, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Stripe's page about currencies; 9,899 yen that went back as 989,900 and 5,800 as 58 are public bugs of
    /// others, as are dinars ten times too large.
    #[test]
    fn sums_have_the_decimals_that_stripe_documents() {
        for (amount, currency, expected) in [
            ("2.99", "EUR", Some(299)),
            ("19.99", "USD", Some(1_999)),
            ("79", "CZK", Some(7_900)),
            ("9899", "JPY", Some(9_899)),
            ("5800", "JPY", Some(5_800)),
            ("500", "MGA", Some(500)),
            ("5.12", "KWD", Some(5_120)),
            ("5", "ISK", Some(500)),
            ("5", "UGX", Some(500)),
            ("10", "HUF", Some(1_000)),
            ("5.124", "KWD", None),
            ("5.5", "ISK", None),
            ("0.5", "JPY", None),
            ("2.999", "EUR", None),
            ("1", "eur", None),
            ("92233720368547758.08", "EUR", None),
        ] {
            let amount: Decimal = amount.parse().expect("a number");
            assert_eq!(minor(amount, currency), expected, "{amount} {currency}");
            if let Some(minor) = expected {
                assert_eq!(whole(minor, currency), Some(amount), "{currency}");
            }
        }
    }
}
