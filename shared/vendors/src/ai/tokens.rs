//! What a call used, as the vendor reports it. A figure that is missing or impossible counts as
//! unknown, never as 0, and never makes the answer fail.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// A number of tokens.
pub(super) fn count(reported: &Value) -> Option<u32> {
    let whole = reported
        .as_u64()
        .and_then(|count| u32::try_from(count).ok());
    whole.or_else(|| {
        let count = reported.as_f64().filter(|count| count.fract() == 0.0)?;
        (0.0..=f64::from(u32::MAX))
            .contains(&count)
            .then_some(count as u32)
    })
}

/// The sum of parts, of which the first must be there and the others may be left out.
pub(super) fn sum(first: &Value, others: &[&Value]) -> Option<u32> {
    others
        .iter()
        .filter(|reported| !reported.is_null())
        .try_fold(count(first)?, |sum, reported| {
            sum.checked_add(count(reported)?)
        })
}

/// Dollars as a number or as text, in millionths, rounded up.
pub(super) fn micro_usd(reported: &Value) -> Option<i64> {
    scaled(reported, 6)
}

/// Dollars for one token as text, in millionths of a dollar for a million tokens, rounded up.
pub(super) fn micro_usd_per_million(reported: &Value) -> Option<u32> {
    scaled(reported, 12).and_then(|price| u32::try_from(price).ok())
}

fn scaled(reported: &Value, places: u32) -> Option<i64> {
    // A number is read by its shortest decimal form, which is what the vendor wrote: as a binary
    // fraction 0.00014 would be a hair more, and rounding up would make a whole unit of it.
    let text = match reported {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let dollars = Decimal::from_scientific(&text)
        .or_else(|_| text.parse())
        .ok()?;
    let scale = Decimal::from(10_u64.pow(places));
    let scaled = dollars.checked_mul(scale)?;
    let whole = scaled.round_dp_with_strategy(0, RoundingStrategy::AwayFromZero);
    whole.to_i64().filter(|count| *count >= 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Calculated by hand.
    #[test]
    fn dollars_become_millionths_rounded_up_without_a_hair_too_much() {
        for (reported, expected) in [
            (json!(0.95), Some(950_000)),
            (json!(0.00014), Some(140)),
            (json!(0.1), Some(100_000)),
            (json!(0.000_070_1), Some(71)),
            (json!(0), Some(0)),
            (json!(1e-7), Some(1)),
            (json!(2), Some(2_000_000)),
            (json!("0.00014"), Some(140)),
            (json!(-0.1), None),
            (json!(1e30), None),
            (json!(null), None),
            (json!("free"), None),
            (json!({}), None),
        ] {
            assert_eq!(micro_usd(&reported), expected, "{reported}");
        }
    }

    /// $30 for a million tokens, in the vendor's own example, and prices of real models.
    #[test]
    fn a_price_of_one_token_becomes_one_of_a_million() {
        for (reported, expected) in [
            ("0.00003", Some(30_000_000)),
            ("0.00000028", Some(280_000)),
            ("0", Some(0)),
            // A router, whose price depends on the model that it chooses.
            ("-1", None),
            ("1", None),
        ] {
            assert_eq!(
                micro_usd_per_million(&json!(reported)),
                expected,
                "{reported}"
            );
        }
    }

    #[test]
    fn an_impossible_count_is_unknown() {
        for reported in [
            json!(-1),
            json!(1.5),
            json!("7"),
            json!(null),
            json!(5_000_000_000_u64),
        ] {
            assert_eq!(count(&reported), None, "{reported}");
        }
        assert_eq!(count(&json!(7)), Some(7));
        assert_eq!(count(&json!(7.0)), Some(7));
        assert_eq!(sum(&json!(7), &[&json!(null), &json!(3)]), Some(10));
        assert_eq!(sum(&json!(7), &[&json!("many")]), None);
        assert_eq!(sum(&json!(null), &[&json!(3)]), None);
    }
}
