//! The pages about requests to the operators.

use delivery::html::escape;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use serde::{Deserialize, Serialize};
use vendors::messenger::Button;

use super::{Page, text};

/// A page about requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The person is asked to write.
    Ask,
    /// Nothing is asked any more.
    NotAsked,
    Received {
        number: i64,
    },
    /// As many as may be are open.
    TooMany,
}

/// The page of a view.
pub fn page(view: View, language: Language) -> Page {
    let html = match view {
        View::Ask => text(
            language,
            [
                "✉️ Tell us in one message what is wrong, with day and sum if it is about a payment. A person reads it and answers here in the chat. What was not delivered is refunded in full.",
                "✉️ Напишите одним сообщением, что случилось; если дело в оплате, укажите день и сумму. Прочитает человек и ответит прямо здесь. За то, что не было получено, деньги вернём полностью.",
                "✉️ 请用一条消息告诉我们出了什么问题；如果与付款有关，请写明日期和金额。工作人员会阅读并在这里回复您。未能提供的服务将全额退款。",
            ],
        )
        .to_owned(),
        View::NotAsked => text(
            language,
            [
                "All right, nothing was sent. You can write to us at any time: /paysupport",
                "Хорошо, ничего не отправлено. Написать нам можно в любой момент: /paysupport",
                "好的，没有发送任何内容。您可以随时联系我们：/paysupport",
            ],
        )
        .to_owned(),
        View::Received { number } => match language {
            En => format!("✉️ Request {number} received. The answer will come here, in this chat."),
            Ru => format!("✉️ Обращение {number} получено. Ответ придёт сюда, в этот чат."),
            Zh => format!("✉️ 已收到您的请求（编号 {number}）。答复会发到这个聊天中。"),
        },
        View::TooMany => text(
            language,
            [
                "✉️ We still have open requests of yours and will answer them here, in this chat. You can write the next one then. Your plan and your readings: /plans, /history",
                "✉️ У нас уже есть ваши обращения без ответа, и мы ответим на них здесь, в этом чате. После этого можно написать ещё. Ваш тариф и чтения: /plans, /history",
                "✉️ 您还有未答复的请求，我们会在这个聊天中回复，之后您可以再写新的。您的套餐和解读：/plans、/history",
            ],
        )
        .to_owned(),
    };
    let keyboard = match view {
        View::Ask => {
            let no = text(language, ["Never mind", "Не нужно", "不用了"]);
            vec![vec![Button::press(no, "support:cancel")]]
        }
        _ => vec![vec![super::to_plans(language)]],
    };
    Page { html, keyboard }
}

/// The answer of an operator.
pub fn answer(number: i64, answer: &str, language: Language) -> Page {
    let answer = escape(answer);
    let html = match language {
        En => format!("✉️ <b>Answer to your request {number}</b>\n\n{answer}"),
        Ru => format!("✉️ <b>Ответ на ваше обращение {number}</b>\n\n{answer}"),
        Zh => format!("✉️ <b>对您请求（编号 {number}）的答复</b>\n\n{answer}"),
    };
    let again = text(language, ["Write again", "Написать ещё", "再次联系"]);
    Page {
        html,
        keyboard: vec![vec![Button::press(again, super::ASK)]],
    }
}
