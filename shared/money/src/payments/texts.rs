//! The texts about payments, in three languages.

use chrono::{DateTime, Datelike, Utc};
use rust_decimal::Decimal;

use crate::codes;
use crate::subscriptions::model::SubscriptionTier;
use kernel::Language::{En, Ru, Zh};
use kernel::{ErrorCode, Language};

/// The name of a plan.
pub fn plan_name(tier: SubscriptionTier, language: Language) -> &'static str {
    use SubscriptionTier::{Advanced, Basic, Enterprise, Free, Premium, Pro, Trial};
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
        (Pro, En) => "Pro",
        (Pro, Ru) => "Про",
        (Pro, Zh) => "专业版",
        (Enterprise, En) => "Enterprise",
        (Enterprise, Ru) => "Корпоративный",
        (Enterprise, Zh) => "企业版",
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

/// A sum of Stars or roubles.
pub fn price(amount: Decimal, currency: &str) -> String {
    let amount = amount.normalize();
    match currency {
        "XTR" => format!("{amount} ⭐"),
        "RUB" => format!("{amount} ₽"),
        currency => format!("{amount} {currency}"),
    }
}

/// What is to be paid, above the button that leads there.
pub fn invoice(tier: SubscriptionTier, price: &str, language: Language) -> String {
    let name = plan_name(tier, language);
    match language {
        En => format!(
            "☕ <b>{name}</b>, one month: {price}. It is not renewed by itself. By paying you accept the /terms."
        ),
        Ru => format!(
            "☕ Тариф <b>{name}</b>, один месяц: {price}. Сам он не продлевается. Оплачивая, вы принимаете условия: /terms."
        ),
        Zh => format!(
            "☕ <b>{name}</b>，一个月：{price}。不会自动续费。付款即表示您接受条款：/terms。"
        ),
    }
}

/// The button that leads to the invoice.
pub fn pay(price: &str, language: Language) -> String {
    match language {
        En => format!("Pay {price}"),
        Ru => format!("Оплатить {price}"),
        Zh => format!("支付 {price}"),
    }
}

/// The vendor has not given a place to pay at yet.
pub fn invoice_late(language: Language) -> &'static str {
    match language {
        En => {
            "⏳ Preparing the payment takes longer than usual. The button will appear right here; nothing is taken until you press it."
        }
        Ru => {
            "⏳ Подготовка оплаты занимает больше времени, чем обычно. Кнопка появится прямо здесь; пока вы её не нажмёте, ничего не спишется."
        }
        Zh => "⏳ 准备付款比平时慢一些。按钮会出现在这里；在您点击之前不会扣款。",
    }
}

/// The vendor did not give a place to pay at.
pub fn no_invoice(language: Language) -> &'static str {
    match language {
        En => {
            "⚠️ The payment could not be prepared, and no money was taken. Please try again in a few minutes, or write to us: /paysupport"
        }
        Ru => {
            "⚠️ Не получилось подготовить оплату, деньги не списаны. Попробуйте через несколько минут или напишите нам: /paysupport"
        }
        Zh => "⚠️ 暂时无法发起付款，没有扣款。请过几分钟再试，或联系我们：/paysupport",
    }
}

/// The vendor has refused the payment; `code`: why, by the catalogue, if it says it.
pub fn refused(tier: SubscriptionTier, code: Option<&str>, language: Language) -> String {
    let name = plan_name(tier, language);
    let why = REASONS
        .iter()
        .find(|reason| Some(reason.as_str()) == code)
        .map(|reason| reason.message(language))
        .unwrap_or_default();
    let space = if why.is_empty() { "" } else { " " };
    match language {
        En => format!(
            "⚠️ The payment for <b>{name}</b> was refused, and no money was taken.{space}{why} You can try again, or write to us: /paysupport"
        ),
        Ru => format!(
            "⚠️ Оплата тарифа <b>{name}</b> не прошла, деньги не списаны.{space}{why} Попробуйте ещё раз или напишите нам: /paysupport"
        ),
        Zh => format!(
            "⚠️ <b>{name}</b>的付款未成功，没有扣款。{why}您可以再试一次，或联系我们：/paysupport"
        ),
    }
}

/// The reasons of a refusal that a person is told, because they can do something about them.
const REASONS: &[ErrorCode] = &[
    codes::INSUFFICIENT_FUNDS,
    codes::CARD_EXPIRED,
    codes::CARD_REFUSED,
    codes::PAYMENT_NOT_CONFIRMED,
];

/// The money went back.
pub fn refunded(tier: SubscriptionTier, price: &str, language: Language) -> String {
    let name = plan_name(tier, language);
    match language {
        En => format!(
            "↩️ Your payment for <b>{name}</b> ({price}) has been refunded, and the time that it bought has ended. What you have now: /plans"
        ),
        Ru => format!(
            "↩️ Оплата тарифа <b>{name}</b> ({price}) возвращена, купленное на неё время закончилось. Что доступно вам сейчас: /plans"
        ),
        Zh => format!(
            "↩️ <b>{name}</b>的付款（{price}）已退还，所购时间随之结束。查看您当前的套餐：/plans"
        ),
    }
}

/// A part of the money went back: in all this much.
pub fn partly_refunded(
    tier: SubscriptionTier,
    (gone, price): (&str, &str),
    language: Language,
) -> String {
    let name = plan_name(tier, language);
    match language {
        En => format!(
            "↩️ Of your payment for <b>{name}</b> ({price}), {gone} has been given back so far. Your plan stays as it is: /plans"
        ),
        Ru => format!(
            "↩️ Из оплаты тарифа <b>{name}</b> ({price}) вам возвращено {gone}. Тариф остаётся прежним: /plans"
        ),
        Zh => format!("↩️ <b>{name}</b>的付款（{price}）中已退还 {gone}。您的套餐不变：/plans"),
    }
}

/// Money goes back, and the person has to say where to, at the page of the vendor.
pub fn to_claim(tier: SubscriptionTier, (sum, page): (&str, &str), language: Language) -> String {
    let name = plan_name(tier, language);
    match language {
        En => format!(
            "↩️ {sum} of your payment for <b>{name}</b> are ready to go back to you. Say where they go here: {page}"
        ),
        Ru => format!(
            "↩️ Мы возвращаем вам {sum} за тариф <b>{name}</b>. Укажите, куда их отправить: {page}"
        ),
        Zh => format!("↩️ 我们将退还您购买<b>{name}</b>的 {sum}。请在此页面填写收款地址：{page}"),
    }
}

/// The time of a paid plan is over; `after` is the plan that the person has now.
pub fn plan_ended(tier: SubscriptionTier, after: SubscriptionTier, language: Language) -> String {
    let (name, after) = (plan_name(tier, language), plan_name(after, language));
    match language {
        En => format!(
            "⌛ Your month of <b>{name}</b> is over. Your plan now: <b>{after}</b>. If you liked it, take another month: /plans"
        ),
        Ru => format!(
            "⌛ Месяц тарифа <b>{name}</b> закончился. Ваш тариф теперь: <b>{after}</b>. Если понравилось, возьмите ещё месяц: /plans"
        ),
        Zh => format!(
            "⌛ 您的<b>{name}</b>已到期，当前套餐：<b>{after}</b>。如果喜欢，可以再买一个月：/plans"
        ),
    }
}

/// The trial ends soon; `when` is a moment in words.
pub fn trial_ending(when: &str, language: Language) -> String {
    match language {
        En => format!(
            "⏳ Your trial ends {when}. After that you choose: go on for free, or take a month of a plan."
        ),
        Ru => format!(
            "⏳ Пробный период закончится {when}. Дальше решать вам: продолжить бесплатно или взять месяц любого тарифа."
        ),
        Zh => format!(
            "⏳ 您的试用期将于{when}结束。之后由您选择：继续使用免费版，或购买任一套餐一个月。"
        ),
    }
}

/// A day in words.
pub fn date(at: DateTime<Utc>, language: Language) -> String {
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
    fn a_refusal_names_its_reason_in_the_persons_language() {
        let text = |code, language| refused(SubscriptionTier::Basic, code, language);
        assert!(text(Some("E403"), Ru).contains("не списаны. Недостаточно средств. Попробуйте"));
        assert!(text(Some("E406"), En).contains("taken. The card has expired. You can"));
        assert!(text(Some("E408"), Zh).contains("3-D Secure"));
        assert!(text(Some("E401"), En).contains("taken. You can try again"));
    }

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
