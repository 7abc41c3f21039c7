//! The texts about renewals, in three languages.

use super::model::{Renewal, RenewalState};
use crate::payments::texts::{plan_name, price};
use crate::subscriptions::model::SubscriptionTier;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// The description of a plan that will be renewed, at most 140 characters.
pub fn description(tier: SubscriptionTier, language: Language) -> String {
    let name = plan_name(tier, language);
    match language {
        En => format!("Symancy, plan {name}, each month until you cancel it."),
        Ru => format!("Symancy, тариф «{name}», каждый месяц, пока вы его не отмените."),
        Zh => format!("Symancy {name}，按月续费，可随时取消。"),
    }
}

/// The next month was refused. `until`: how long the plan is kept; `again`: when it is tried again, `None`: it is not.
/// `is_last`: for the last time. All are moments in words. In Telegram's HTML.
pub fn failed(
    tier: SubscriptionTier,
    until: &str,
    (again, is_last): (Option<&str>, bool),
    language: Language,
) -> String {
    let name = plan_name(tier, language);
    let (what, then) = match language {
        En => (
            format!(
                "⚠️ The next month of <b>{name}</b> could not be charged. It stays yours until {until}."
            ),
            match again {
                Some(again) if is_last => {
                    format!(" We try for the last time {again}.")
                }
                Some(again) => format!(" We try again {again}."),
                None => " This card is not charged again.".to_owned(),
            },
        ),
        Ru => (
            format!(
                "⚠️ Не удалось списать оплату за следующий месяц тарифа <b>{name}</b>. Он действует до {until}."
            ),
            match again {
                Some(again) if is_last => {
                    format!(" Последняя попытка: {again}.")
                }
                Some(again) => format!(" Мы попробуем снова: {again}."),
                None => " С этой карты больше ничего не спишется.".to_owned(),
            },
        ),
        Zh => (
            format!("⚠️ 未能扣取<b>{name}</b>下个月的费用。该套餐保留至{until}。"),
            match again {
                Some(again) if is_last => format!("我们将于{again}最后一次重试。"),
                Some(again) => format!("我们将于{again}重试。"),
                None => "这张卡不会再被扣款。".to_owned(),
            },
        ),
    };
    let act = match language {
        En => "To keep it, check the balance of your card, or buy the plan again with another one.",
        Ru => "Чтобы сохранить тариф, проверьте баланс карты или оплатите его другой картой.",
        Zh => "如需保留，请检查卡内余额，或用其他银行卡重新购买。",
    };
    format!("{what}{then}\n\n{act}")
}

/// How the plan goes on. `end`: of what is paid for, or kept.
pub fn goes_on(renewal: &Renewal, end: &str, language: Language) -> String {
    let sum = price(renewal.amount, &renewal.currency);
    match (renewal.state, language) {
        (RenewalState::PastDue, En) => {
            format!("The next month could not be charged. The plan stays yours until {end}.")
        }
        (RenewalState::PastDue, Ru) => {
            format!("Не удалось списать оплату за следующий месяц. Тариф действует до {end}.")
        }
        (RenewalState::PastDue, Zh) => format!("未能扣取下个月的费用。套餐保留至 {end}。"),
        (RenewalState::Paused, En) => format!("Paid until {end}; then it pauses."),
        (RenewalState::Paused, Ru) => format!("Оплачен до {end}, затем пауза."),
        (RenewalState::Paused, Zh) => format!("已付费至 {end}，之后暂停。"),
        (_, En) => format!("Paid until {end}. It renews by itself: {sum} a month."),
        (_, Ru) => format!("Оплачен до {end}. Продлевается сам: {sum} в месяц."),
        (_, Zh) => format!("已付费至 {end}，自动续费：每月 {sum}。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_of_what_is_renewed_fit_into_an_invoice() {
        for tier in SubscriptionTier::ALL {
            for language in Language::ALL {
                assert!(description(*tier, language).chars().count() <= 140);
            }
        }
    }

    #[test]
    fn a_refused_month_says_until_when_the_plan_is_kept_and_what_comes_next() {
        let text = |again, language| failed(SubscriptionTier::Basic, "UNTIL", again, language);
        for language in Language::ALL {
            let again = text((Some("AGAIN"), false), language);
            assert!(
                again.contains("UNTIL") && again.contains("AGAIN"),
                "{again}"
            );
            let last = text((Some("AGAIN"), true), language);
            assert!(last.contains("AGAIN") && last != again, "{last}");
            let none = text((None, false), language);
            assert!(none.contains("UNTIL") && !none.contains("AGAIN"), "{none}");
        }
    }
}
