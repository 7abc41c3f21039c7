//! Means of payment that a vendor keeps, and what goes on by itself.

use chrono::{Months, NaiveDate};
use uuid::Uuid;

/// How a plan that was paid here goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It does not.
    Never,
    /// We charge what the vendor keeps ([`charge_saved`](super::Gateway::charge_saved)).
    BySaved,
    /// The vendor charges by itself, and tells.
    ByVendor,
}

/// A means of payment that a vendor keeps, so that it can be charged again.
#[derive(Clone, PartialEq, Eq)]
pub struct Saved {
    /// How the vendor knows it. With our credentials it takes money: it is stored sealed, and logged nowhere.
    pub token: String,
    /// How people know it, such as `Visa •• 4242`.
    pub label: String,
    /// The last day on which it can be charged, if it has one.
    pub expires_on: Option<NaiveDate>,
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saved")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// A card as people know it, by its brand and by how the vendor writes its number: all of it, but for the last four
/// digits, may be left out. `None`: those do not stand there.
pub(super) fn card_label(brand: &str, number: &str) -> Option<String> {
    let at = number.len().checked_sub(4)?;
    let last = number.get(at..)?;
    let is_number = last.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| format!("{brand} •• {last}").trim().to_owned())
}

/// The last day of a month; years have two digits, or four.
pub(super) fn end_of_month(year: i32, month: u32) -> Option<NaiveDate> {
    let year = if year < 100 { 2_000 + year } else { year };
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    first.checked_add_months(Months::new(1))?.pred_opt()
}

/// The same for what stands on a card: month and year, each in two digits, with something between them or nothing.
pub(super) fn expires_on(written: &str) -> Option<NaiveDate> {
    let digits = |text: &str| {
        let all = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
        all.then(|| text.parse::<u16>().ok()).flatten()
    };
    let at = written.len().checked_sub(2).filter(|at| *at >= 2)?;
    let (month, year) = (digits(written.get(..2)?)?, digits(written.get(at..)?)?);
    end_of_month(i32::from(year), u32::from(month))
}

/// Whose means of payment, and which one.
#[derive(Clone)]
pub struct Kept {
    /// Whom it was kept for ([`keep_for`](super::Order::keep_for)).
    pub person: Uuid,
    /// [`Saved::token`].
    pub token: String,
}

/// What the vendor renews by itself.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The vendor's number of the charge that began it.
    pub charge: String,
    /// The Telegram id of the person who pays, if it is known.
    pub payer: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_known_by_its_last_digits_and_lives_until_the_end_of_its_month() {
        for (brand, number, label) in [
            ("Visa", "4242", Some("Visa •• 4242")),
            ("", "430000******0777", Some("•• 0777")),
            ("", "777", None),
            ("Visa", "42xx", None),
            ("", "ключ", None),
        ] {
            assert_eq!(card_label(brand, number).as_deref(), label, "{number}");
        }
        for (written, day) in [
            ("1122", Some("2022-11-30")),
            ("02/28", Some("2028-02-29")),
            ("12/30", Some("2030-12-31")),
            ("1322", None),
            ("1", None),
            ("", None),
            ("+1+1", None),
        ] {
            let day: Option<NaiveDate> = day.map(|day| day.parse().expect("a day"));
            assert_eq!(expires_on(written), day, "{written}");
        }
        assert_eq!(end_of_month(2034, 12), "2034-12-31".parse().ok());
    }
}
