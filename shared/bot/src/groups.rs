//! The answer to `/start` in a group. Nothing is stored about it.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use vendors::messenger::{Action, Button, Outgoing};

/// The argument of `/start` of those who come from a group.
const ARGUMENT: &str = "group";

/// The message, with a button that leads to the person's own chat.
pub fn invitation(chat_id: i64, language: Language) -> Outgoing {
    let (text, button) = match language {
        En => (
            "☕ I read coffee cups, and only in private. Press the button, and send me yours there.",
            "☕ Open the chat",
        ),
        Ru => (
            "☕ Я читаю кофейные чашки, и только в личной переписке. Нажмите кнопку и пришлите свою туда.",
            "☕ Открыть чат",
        ),
        Zh => (
            "☕ 我只在私聊中解读咖啡杯。请点击按钮，把您的杯子发到那里。",
            "☕ 打开聊天",
        ),
    };
    let button = Button {
        text: button.to_owned(),
        action: Action::Start(ARGUMENT.to_owned()),
    };
    Outgoing {
        keyboard: vec![vec![button]],
        ..Outgoing::new(chat_id, text)
    }
}
