//! The texts about payments, in three languages.

use chrono::{DateTime, Datelike, Utc};

use crate::subscriptions::model::SubscriptionTier;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// The name of a plan.
pub fn plan_name(tier: SubscriptionTier, language: Language) -> &'static str {
    use SubscriptionTier::{Advanced, Basic, Free, Premium, Trial};
    match (tier, language) {
        (Free, En) => "Free",
        (Free, Ru) => "Бесплатный",
        (Free, Zh) => "免费版",
        (Trial, En) => "Trial",
        (Trial, Ru) => "Пробный",
        (Trial, Zh) => "试用版",
        (Basic, En) => "Basic",
        (Basic, Ru) => "Базовый",
        (Basic, Zh) => "基础版",
        (Advanced, En) => "Advanced",
        (Advanced, Ru) => "Расширенный",
        (Advanced, Zh) => "进阶版",
        (Premium, En) => "Premium",
        (Premium, Ru) => "Премиум",
        (Premium, Zh) => "高级版",
    }
}

/// The name of what is sold, at most 32 characters.
pub fn title(tier: SubscriptionTier, language: Language) -> String {
    format!("Symancy · {}", plan_name(tier, language))
}

/// The description of what is sold, at most 140 characters.
pub fn description(tier: SubscriptionTier, language: Language) -> String {
    let name = plan_name(tier, language);
    match language {
        En => format!("Symancy, plan {name}, one month. It is not renewed by itself."),
        Ru => format!("Symancy, тариф «{name}», один месяц. Сам не продлевается."),
        Zh => format!("Symancy {name}，一个月，不会自动续费。"),
    }
}

/// Why an invoice cannot be paid (any more).
pub fn not_payable(language: Language) -> &'static str {
    match language {
        En => "This invoice is no longer valid. Please open the plans and choose again.",
        Ru => "Этот счёт больше не действует. Откройте тарифы и выберите снова.",
        Zh => "此账单已失效，请打开套餐页面重新选择。",
    }
}

/// "Paid, and yours until then." Dates are in UTC. In Telegram's HTML.
pub fn success(
    tier: SubscriptionTier,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
    language: Language,
) -> String {
    let name = plan_name(tier, language);
    let end = date(until, language);
    // What is bought while a plan runs comes after it.
    let later = (from > now).then(|| date(from, language));
    match (language, later) {
        (En, None) => {
            format!("✅ Payment received. <b>{name}</b> is yours until {end}. Thank you!")
        }
        (En, Some(start)) => {
            format!(
                "✅ Payment received. <b>{name}</b> is yours from {start} until {end}. Thank you!"
            )
        }
        (Ru, None) => {
            format!("✅ Оплата получена. Тариф <b>{name}</b> действует до {end}. Спасибо!")
        }
        (Ru, Some(start)) => {
            format!(
                "✅ Оплата получена. Тариф <b>{name}</b> действует с {start} до {end}. Спасибо!"
            )
        }
        (Zh, None) => format!("✅ 已收到付款。<b>{name}</b>有效期至 {end}。谢谢！"),
        (Zh, Some(start)) => {
            format!("✅ 已收到付款。<b>{name}</b>自 {start} 至 {end} 有效。谢谢！")
        }
    }
}

fn date(at: DateTime<Utc>, language: Language) -> String {
    let (year, month, day) = (at.year(), at.month(), at.day());
    match language {
        En => at.format("%-d %B %Y").to_string(),
        Ru => format!("{day:02}.{month:02}.{year}"),
        Zh => format!("{year}年{month}月{day}日"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_descriptions_fit_into_an_invoice() {
        for tier in SubscriptionTier::ALL {
            for language in Language::ALL {
                assert!(title(*tier, language).chars().count() <= 32);
                assert!(description(*tier, language).chars().count() <= 140);
            }
        }
    }

    #[test]
    fn a_month_that_begins_later_names_its_start() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        let (from, until) = (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let text = |now, language| success(SubscriptionTier::Basic, from, until, now, language);
        assert!(!text(from, En).contains("1 December 2026"));
        assert!(
            text(at("2026-11-21T00:00:00Z"), En)
                .contains("from 1 December 2026 until 1 January 2027")
        );
        assert!(text(from, Ru).contains("01.01.2027"));
        assert!(text(from, Zh).contains("2027年1月1日"));
    }
}
