//! The words of an invoice, in three languages. Dates are those of ISO 8601 in UTC, so that none is read the other way round.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::model::{Kind, Line};
use crate::payments::texts::plan_name;
use kernel::Language::{self, En, Ru, Zh};
use kernel::currencies::whole;

/// The words beside the sums, dates and names.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub number: &'static str,
    pub issued: &'static str,
    pub paid: &'static str,
    /// Before the number of the invoice that a credit note takes back of.
    pub refers_to: &'static str,
    pub seller: &'static str,
    pub buyer: &'static str,
    pub tax_id: &'static str,
    pub what: &'static str,
    pub sum: &'static str,
    pub net: &'static str,
    pub tax: &'static str,
    pub total: &'static str,
    pub page: &'static str,
}

/// Those of a language.
pub fn words(language: Language) -> Words {
    match language {
        En => Words {
            number: "Number",
            issued: "Issued",
            paid: "Paid",
            refers_to: "Refers to",
            seller: "Seller",
            buyer: "Buyer",
            tax_id: "Tax ID",
            what: "Description",
            sum: "Amount",
            net: "Without tax",
            tax: "Tax",
            total: "Total",
            page: "Page",
        },
        Ru => Words {
            number: "Номер",
            issued: "Дата",
            paid: "Оплачено",
            refers_to: "К документу",
            seller: "Продавец",
            buyer: "Покупатель",
            tax_id: "Налоговый номер",
            what: "Наименование",
            sum: "Сумма",
            net: "Без налога",
            tax: "Налог",
            total: "Итого",
            page: "Страница",
        },
        Zh => Words {
            number: "编号",
            issued: "开具日期",
            paid: "付款日期",
            refers_to: "对应单据",
            seller: "卖方",
            buyer: "买方",
            tax_id: "税号",
            what: "项目",
            sum: "金额",
            net: "不含税",
            tax: "税额",
            total: "合计",
            page: "页",
        },
    }
}

/// What the document calls itself.
pub fn title(kind: Kind, has_seller: bool, language: Language) -> &'static str {
    match (kind, has_seller, language) {
        (Kind::Invoice, true, En) => "Invoice",
        (Kind::Invoice, true, Ru) => "Счёт",
        (Kind::Invoice, true, Zh) => "账单",
        (Kind::Invoice, false, En) => "Receipt",
        (Kind::Invoice, false, Ru) => "Квитанция",
        (Kind::Invoice, false, Zh) => "收据",
        (Kind::CreditNote, true, En) => "Credit note",
        (Kind::CreditNote, true, Ru) => "Кредит-нота",
        (Kind::CreditNote, true, Zh) => "贷记单",
        (Kind::CreditNote, false, En) => "Refund receipt",
        (Kind::CreditNote, false, Ru) => "Квитанция о возврате",
        (Kind::CreditNote, false, Zh) => "退款收据",
    }
}

/// What was sold: the plan, for a month, and when.
pub fn item(line: &Line, language: Language) -> String {
    let name = plan_name(line.tier, language);
    let (from, until) = (day(line.period_start), day(line.period_end));
    match language {
        En => format!("Symancy, plan {name}, one month ({from} – {until})"),
        Ru => format!("Symancy, тариф «{name}», один месяц ({from} – {until})"),
        Zh => format!("Symancy {name}，一个月（{from} – {until}）"),
    }
}

/// The word for the tax, with its rate.
pub fn tax(rate: Decimal, language: Language) -> String {
    format!("{} {} %", words(language).tax, rate.normalize())
}

/// A sum with all decimals of its currency.
pub fn sum(minor: i64, currency: &str) -> String {
    let amount = whole(minor, currency);
    match currency {
        "XTR" => format!("{amount} Telegram Stars"),
        currency => format!("{amount} {currency}"),
    }
}

/// A day, in UTC.
pub fn day(at: DateTime<Utc>) -> String {
    at.format("%F").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decimals by ISO 4217.
    #[test]
    fn sums_have_the_decimals_of_their_currency() {
        for (minor, currency, expected) in [
            (29_900, "RUB", "299.00 RUB"),
            (500, "JPY", "500 JPY"),
            (5_120, "KWD", "5.120 KWD"),
            (1, "EUR", "0.01 EUR"),
            (150, "XTR", "150 Telegram Stars"),
        ] {
            assert_eq!(sum(minor, currency), expected);
        }
    }
}
