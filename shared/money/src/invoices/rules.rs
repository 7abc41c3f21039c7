//! The arithmetic of invoices: whole units of a currency's smallest coin, and nothing lost between lines. Pure.

use rust_decimal::Decimal;

use super::model::Kind;

/// A hundredth of a hundredth: rates have two decimals at most.
const WHOLE: i128 = 10_000;

/// The tax within a price that includes it, to the nearest unit, half a unit up. The rate is in hundredths of a hundredth.
pub fn tax_within(total: i64, rate: u32) -> i64 {
    let (total, rate) = (i128::from(total), i128::from(rate));
    let whole = WHOLE + rate;
    let tax = (2 * total * rate + whole) / (2 * whole);
    i64::try_from(tax).unwrap_or(i64::MAX)
}

/// A rate as it is shown and stored.
pub fn rate(hundredths: u32) -> Decimal {
    Decimal::new(i64::from(hundredths), 2).normalize()
}

/// Divides a sum by weights so that the parts sum to it: each gets its share rounded down, and the units that are left go
/// to those with the largest remainders, of equal ones to the first. No part is larger than its weight where the sum is
/// not larger than theirs.
pub fn split(sum: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().copied().map(i128::from).sum();
    if whole <= 0 {
        return vec![0; weights.len()];
    }
    let shares = weights
        .iter()
        .map(|weight| i128::from(sum) * i128::from(*weight));
    let mut parts: Vec<(i128, i128)> = shares.map(|share| (share / whole, share % whole)).collect();
    let given: i128 = parts.iter().map(|(part, _)| part).sum();
    let left = usize::try_from(i128::from(sum) - given).unwrap_or_default();
    let mut order: Vec<&mut (i128, i128)> = parts.iter_mut().collect();
    // Stable: of equal remainders the first stays first.
    order.sort_by_key(|(_, remainder)| std::cmp::Reverse(*remainder));
    for (part, _) in order.into_iter().take(left) {
        *part += 1;
    }
    let parts = parts.into_iter().map(|(part, _)| i64::try_from(part));
    parts.map(Result::unwrap_or_default).collect()
}

/// The series of numbers: invoices and receipts, and what takes back of each, are counted apart.
pub fn series(kind: Kind, has_seller: bool) -> &'static str {
    match (kind, has_seller) {
        (Kind::Invoice, true) => "INV",
        (Kind::Invoice, false) => "RCP",
        (Kind::CreditNote, true) => "CRN",
        (Kind::CreditNote, false) => "RFD",
    }
}

/// A number, as `INV-2026-000001`.
pub fn number(series: &str, year: i32, last: i64) -> String {
    format!("{series}-{year}-{last:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A price of 121 with 21 % has 21 of tax; the rest by hand, with a calculator.
    #[test]
    fn the_tax_within_a_price_is_that_of_a_calculator() {
        for (total, rate, expected) in [
            (12_100, 2_100, 2_100),
            (29_900, 2_100, 5_189),
            (29_900, 1_900, 4_774),
            (500, 1_000, 45),
            (5_124, 500, 244),
            (1, 2_100, 0),
            (3, 2_100, 1),
            (150, 0, 0),
            (12_550, 2_550, 2_550),
            (100, 10_000, 50),
            // 52.5, half a unit up.
            (105, 10_000, 53),
        ] {
            assert_eq!(tax_within(total, rate), expected, "{total} at {rate}");
        }
        assert_eq!(tax_within(i64::MAX, 10_000), i64::MAX / 2 + 1);
    }

    /// Largest remainder: <https://en.wikipedia.org/wiki/Quota_method>.
    #[test]
    fn parts_sum_to_the_whole_and_are_next_to_their_shares() {
        assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split(10, &[6, 3, 1]), [6, 3, 1]);
        assert_eq!(split(7, &[5, 3, 2]), [4, 2, 1]);
        assert_eq!(split(0, &[5, 3]), [0, 0]);
        assert_eq!(split(5, &[0, 0]), [0, 0]);
        assert!(split(5, &[]).is_empty());
        for sum in 0..=60 {
            for weights in [[1, 1, 58], [20, 20, 20], [7, 11, 42], [0, 1, 59]] {
                let parts = split(sum, &weights);
                assert_eq!(parts.iter().sum::<i64>(), sum, "{weights:?}");
                for (part, weight) in parts.iter().zip(weights) {
                    let share = sum as f64 * weight as f64 / 60.0;
                    assert!((*part as f64 - share).abs() < 1.0, "{sum} by {weights:?}");
                    assert!(*part <= weight, "{sum} by {weights:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_sorted_as_they_were_given() {
        assert_eq!(
            number(series(Kind::Invoice, true), 2026, 1),
            "INV-2026-000001"
        );
        assert!(number("INV", 2026, 999_999) > number("INV", 2026, 999_998));
        assert_eq!(rate(2_100).to_string(), "21");
        assert_eq!(rate(2_550).to_string(), "25.5");
    }
}
