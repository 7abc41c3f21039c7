//! How many decimals a currency has: those of ISO 4217, and of what is not in it.
//!
//! A vendor may write a currency with others (Stripe two of ISK, Comgate two of every currency): that is the vendor's
//! exponent, and its file's.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

const NONE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF", // Telegram Stars (Bot API, "Telegram Stars").
    "XTR",
];
const THREE: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Satoshi.
const EIGHT: &[&str] = &["BTC"];

/// Decimals of a currency; `None`: no code of a currency.
pub fn exponent(currency: &str) -> Option<u32> {
    let is_code = currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase());
    let within = |list: &[&str]| list.contains(&currency);
    match () {
        () if !is_code => None,
        () if within(NONE) => Some(0),
        () if within(THREE) => Some(3),
        () if within(EIGHT) => Some(8),
        () => Some(2),
    }
}

/// A sum in whole units, in minor ones; `None`: it has more decimals than the currency, or is none.
pub fn minor(amount: Decimal, currency: &str) -> Option<i64> {
    let factor = Decimal::from(10_i64.checked_pow(exponent(currency)?)?);
    let minor = amount.checked_mul(factor)?;
    minor.is_integer().then(|| minor.to_i64()).flatten()
}

/// The other way, with all decimals of the currency.
pub fn whole(minor: i64, currency: &str) -> Decimal {
    Decimal::new(minor, exponent(currency).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exponents of ISO 4217, list one.
    #[test]
    fn sums_keep_the_decimals_of_their_currency() {
        for (amount, currency, expected) in [
            ("299.00", "RUB", Some(29_900)),
            ("19.99", "USD", Some(1_999)),
            ("500", "JPY", Some(500)),
            ("5.124", "KWD", Some(5_124)),
            ("1234.50", "HUF", Some(123_450)),
            ("150", "XTR", Some(150)),
            ("0.00000001", "BTC", Some(1)),
            ("1.5", "XTR", None),
            ("0.5", "JPY", None),
            ("0.001", "EUR", None),
            ("92233720368547758.08", "EUR", None),
            ("1", "usd", None),
            ("1", "USDC", None),
        ] {
            let amount: Decimal = amount.parse().expect("a number");
            assert_eq!(minor(amount, currency), expected, "{amount} {currency}");
            if let Some(minor) = expected {
                assert_eq!(whole(minor, currency), amount, "{currency}");
            }
        }
    }
}
