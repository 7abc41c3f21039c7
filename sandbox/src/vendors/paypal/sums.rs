//! Sums as PayPal writes them: text with the decimals of the currency, none of HUF, JPY and TWD.
//! Source: <https://developer.paypal.com/reference/currency-codes/>.

fn decimals(currency: &str) -> usize {
    match currency {
        "HUF" | "JPY" | "TWD" => 0,
        _ => 2,
    }
}

/// A sum from its text. The error is PayPal's word.
pub fn read(text: &str, currency: &str) -> Result<i64, &'static str> {
    let places = decimals(currency);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !digits(whole) || !digits(part) {
        return Err("INVALID_PARAMETER_SYNTAX");
    }
    if part.trim_end_matches('0').len() > places {
        return Err("DECIMAL_PRECISION");
    }
    let part: String = part.chars().chain("00".chars()).take(places).collect();
    let sum = format!("{whole}{part}").parse().unwrap_or(0);
    match sum {
        0 => Err("CANNOT_BE_ZERO_OR_NEGATIVE"),
        sum => Ok(sum),
    }
}

/// The other way.
pub fn text(sum: i64, currency: &str) -> String {
    match decimals(currency) {
        0 => sum.to_string(),
        _ => format!("{}.{:02}", sum / 100, sum % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_currency_takes_more_decimals_than_it_has() {
        for (sum, currency, expected) in [
            ("5.00", "EUR", Ok(500)),
            ("5", "EUR", Ok(500)),
            ("5800", "JPY", Ok(5_800)),
            ("5800.00", "JPY", Ok(5_800)),
            ("1234", "HUF", Ok(1_234)),
            ("1234.5", "HUF", Err("DECIMAL_PRECISION")),
            ("0.001", "EUR", Err("DECIMAL_PRECISION")),
            ("0.00", "EUR", Err("CANNOT_BE_ZERO_OR_NEGATIVE")),
            ("-1", "EUR", Err("INVALID_PARAMETER_SYNTAX")),
            ("1e3", "EUR", Err("INVALID_PARAMETER_SYNTAX")),
            ("", "EUR", Err("INVALID_PARAMETER_SYNTAX")),
        ] {
            assert_eq!(read(sum, currency), expected, "{sum} {currency}");
        }
        assert_eq!(
            (text(500, "EUR"), text(5_800, "JPY")),
            ("5.00".into(), "5800".into())
        );
    }
}
