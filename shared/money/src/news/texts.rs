//! The news as a letter: a subject, and the words of the chat without what only a chat has.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};

use super::News;

/// The subject of the letter.
pub fn subject(news: &News, language: Language) -> &'static str {
    match (news, language) {
        (News::Paid { .. }, En) => "Payment received",
        (News::Paid { .. }, Ru) => "Оплата получена",
        (News::Paid { .. }, Zh) => "已收到付款",
        (News::Refused { .. }, En) => "The payment was refused",
        (News::Refused { .. }, Ru) => "Оплата не прошла",
        (News::Refused { .. }, Zh) => "付款未成功",
        (News::Refunded { .. } | News::PartlyRefunded { .. }, En) => "Money was refunded",
        (News::Refunded { .. } | News::PartlyRefunded { .. }, Ru) => "Деньги возвращены",
        (News::Refunded { .. } | News::PartlyRefunded { .. }, Zh) => "款项已退还",
        (News::ToClaim { .. }, En) => "Money is waiting for you",
        (News::ToClaim { .. }, Ru) => "Возврат ждёт вас",
        (News::ToClaim { .. }, Zh) => "有一笔退款待您领取",
        (News::RenewalFailed { .. }, En) => "The next month could not be charged",
        (News::RenewalFailed { .. }, Ru) => "Не удалось списать оплату",
        (News::RenewalFailed { .. }, Zh) => "未能扣取下个月的费用",
        (News::PlanEnded { .. }, En) => "The plan is over",
        (News::PlanEnded { .. }, Ru) => "Тариф закончился",
        (News::PlanEnded { .. }, Zh) => "套餐已到期",
        (News::TrialEnding { .. }, En) => "The trial ends soon",
        (News::TrialEnding { .. }, Ru) => "Пробный период скоро закончится",
        (News::TrialEnding { .. }, Zh) => "试用期即将结束",
    }
}

/// Words of the chat, in Telegram's HTML, as a letter says them: without markup, and instead of the commands of the bot with
/// the address of the plans and that of the operators. Where these have none, the sentence about writing to them is left out.
pub fn for_letter(html: &str, plans: &str, contact: Option<&str>) -> String {
    let text = without_tags(html).replace("/plans", plans);
    match contact {
        Some(contact) => text.replace(SUPPORT, contact),
        None => without_support(text),
    }
}

/// The command that leads to the operators.
const SUPPORT: &str = "/paysupport";

fn without_support(mut text: String) -> String {
    let Some(at) = text.find(SUPPORT) else {
        return text;
    };
    // It ends the last sentence.
    let stops = text[..at].char_indices();
    let mut ends = stops.filter(|(_, letter)| ['.', '。'].contains(letter));
    let end = ends
        .next_back()
        .map(|(place, stop)| place + stop.len_utf8());
    text.truncate(end.unwrap_or(at));
    text
}

fn without_tags(html: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(html.len()), html);
    while let Some((before, (_, after))) = rest
        .split_once('<')
        .and_then(|(before, behind)| Some((before, behind.split_once('>')?)))
    {
        text.push_str(before);
        rest = after;
    }
    text.push_str(rest);
    // Ampersands last: what was written as one entity is not read as two.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::texts;
    use crate::subscriptions::model::SubscriptionTier::Basic;

    const PLANS: &str = "https://symancy.example/checkout";

    #[test]
    fn a_letter_has_no_markup_and_no_command_of_the_bot() {
        for language in Language::ALL {
            for html in [
                texts::refunded(Basic, "299 ₽", language),
                texts::refused(Basic, Some("E406"), language),
            ] {
                for contact in [Some("money@example.org"), None] {
                    let text = for_letter(&html, PLANS, contact);
                    for sign in ["<", ">", "/paysupport", "/plans"] {
                        assert!(!text.contains(sign), "{sign} in {text}");
                    }
                }
            }
        }
        let refunded = texts::refunded(Basic, "299 ₽", En);
        assert!(for_letter(&refunded, PLANS, None).ends_with(PLANS));
    }

    #[test]
    fn operators_without_an_address_are_not_named() {
        let html = texts::refused(Basic, None, En);
        let with = for_letter(&html, PLANS, Some("money@example.org"));
        assert!(with.ends_with("write to us: money@example.org"), "{with}");
        let without = for_letter(&html, PLANS, None);
        assert!(without.ends_with("no money was taken."), "{without}");
        let chinese = for_letter(&texts::refused(Basic, None, Zh), PLANS, None);
        assert!(chinese.ends_with("没有扣款。"), "{chinese}");
    }

    #[test]
    fn what_was_escaped_for_the_chat_is_itself_in_a_letter() {
        let text = for_letter("<b>A &amp; B</b> &lt;c&gt; &amp;lt;", PLANS, None);
        assert_eq!(text, "A & B <c> &lt;");
    }
}
