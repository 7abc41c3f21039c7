//! Settings of this folder: who sells, and at which taxes.

use std::collections::BTreeMap;
use std::str::FromStr;

use kernel::env::{Env, Section, Setting};

use super::model::Seller;

const NAME: Setting = Setting::optional(
    "INVOICE_SELLER_NAME",
    "Example s.r.o.",
    "Who sells, as invoices name it, with the address and the country. Not set: receipts are issued instead of invoices.",
);
const ADDRESS: Setting = Setting::optional(
    "INVOICE_SELLER_ADDRESS",
    "Example street 1, 110 00 Praha",
    "The seller's address. Not set: right only without a seller.",
);
const COUNTRY: Setting = Setting::optional(
    "INVOICE_SELLER_COUNTRY",
    "CZ",
    "The seller's country, in two letters. Not set: right only without a seller.",
);
const TAX_ID: Setting = Setting::optional(
    "INVOICE_SELLER_TAX_ID",
    "CZ12345678",
    "The seller's tax id. Not set: invoices name none.",
);
const TAX_RATES: Setting = Setting::optional(
    "TAX_RATES",
    "CZ=21,DE=19",
    "The tax that prices include, in a hundred, by the buyer's country; of a buyer who names none by the seller's. Not \
     set: invoices show no tax.",
);

pub const SETTINGS: Section = Section {
    title: "Invoices",
    settings: &[NAME, ADDRESS, COUNTRY, TAX_ID, TAX_RATES],
};

/// Who sells, and at which taxes.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub seller: Option<Seller>,
    rates: Rates,
}

/// In hundredths of a hundredth, by country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rates(BTreeMap<String, u32>);

impl Terms {
    /// Reads them; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            seller: seller(env),
            rates: env.parsed(&TAX_RATES).unwrap_or_default(),
        }
    }

    /// The rate for a buyer of this country, in hundredths of a hundredth.
    pub fn rate(&self, country: Option<&str>) -> Option<u32> {
        let own = self.seller.as_ref().map(|seller| seller.country.as_str());
        self.rates.0.get(country.or(own)?).copied()
    }
}

fn seller(env: &mut Env<'_>) -> Option<Seller> {
    let name = env.optional(&NAME);
    let (address, country) = (env.optional(&ADDRESS), env.optional(&COUNTRY));
    let tax_id = env.optional(&TAX_ID);
    if country.as_deref().is_some_and(|code| !is_country(code)) {
        env.fault(&COUNTRY, "it must be two capital letters, like CZ");
    }
    match (name, address, country) {
        (Some(name), Some(address), Some(country)) => Some(Seller {
            name,
            address,
            country,
            tax_id,
        }),
        (None, None, None) if tax_id.is_none() => None,
        _ => {
            env.fault(
                &NAME,
                "a seller has a name, an address and a country: set all three, or none",
            );
            None
        }
    }
}

/// Whether this is a code of a country, by its form (ISO 3166-1 alpha-2).
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}

impl FromStr for Rates {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rates = BTreeMap::new();
        for entry in text.split(',').map(str::trim) {
            let parts = entry.split_once('=');
            let parts = parts.filter(|(country, _)| is_country(country));
            let rate = parts.and_then(|(country, rate)| Some((country, hundredths(rate)?)));
            let (country, rate) = rate.ok_or_else(|| {
                format!("\"{entry}\" must be like CZ=21: two capital letters, and 0 to 100 with two decimals at most")
            })?;
            if rates.insert(country.to_owned(), rate).is_some() {
                return Err(format!("{country} has two rates"));
            }
        }
        Ok(Self(rates))
    }
}

fn hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let rate = whole.parse::<u32>().ok()?.checked_mul(100)?;
    let rate = rate.checked_add(format!("{part:0<2}").parse().ok()?)?;
    (rate <= 10_000).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Terms, String> {
        let lookup = |asked: &str| {
            let found = settings.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut env = Env::new(&lookup);
        let terms = Terms::read(&mut env);
        env.finish(terms).map_err(|faults| faults.to_string())
    }

    #[test]
    fn rates_are_of_the_buyers_country_else_of_the_sellers() {
        let rates = ("TAX_RATES", "CZ=21, DE=19,FI=25.5,CH=8.10");
        let abroad = read(&[rates]).expect("good");
        assert_eq!(abroad.rate(Some("FI")), Some(2_550));
        assert_eq!(abroad.rate(Some("CH")), Some(810));
        assert_eq!((abroad.rate(Some("FR")), abroad.rate(None)), (None, None));
        let seller = [
            ("INVOICE_SELLER_NAME", "S"),
            ("INVOICE_SELLER_ADDRESS", "A"),
            ("INVOICE_SELLER_COUNTRY", "CZ"),
            rates,
        ];
        let own = read(&seller).expect("good");
        assert_eq!(own.rate(None), Some(2_100));
        assert_eq!(
            (own.rate(Some("DE")), own.rate(Some("FR"))),
            (Some(1_900), None)
        );
        assert_eq!(read(&[]).expect("good").rate(Some("CZ")), None);
    }

    #[test]
    fn what_is_no_rate_and_half_a_seller_are_faults() {
        for wrong in [
            "21",
            "cz=21",
            "CZ",
            "CZ=",
            "CZ=-1",
            "CZ=21.555",
            "CZ=101",
            "CZ=1e1",
            "CZ=21,CZ=20",
            "CZ=21,",
        ] {
            let fault = read(&[("TAX_RATES", wrong)]).expect_err(wrong);
            assert!(fault.contains("TAX_RATES"), "{fault}");
        }
        for (name, value) in [
            ("INVOICE_SELLER_NAME", "S"),
            ("INVOICE_SELLER_TAX_ID", "1"),
            ("INVOICE_SELLER_COUNTRY", "Czechia"),
        ] {
            let fault = read(&[(name, value)]).expect_err(name);
            assert!(fault.contains("INVOICE_SELLER_NAME"), "{fault}");
        }
    }
}
