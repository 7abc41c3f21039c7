//! The answers to `/start`: who has not agreed yet is told in one message what the bot does and what happens with
//! what they send, with a sample picture and the button by which they agree; all others are greeted shortly.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use vendors::messenger::{Button, Keyboard};

/// A drawn cup as it is best photographed. Original work of this project.
pub(crate) const SAMPLE: &[u8] = include_bytes!("../assets/cup.jpg");

fn hello(name: Option<&str>, language: Language) -> String {
    match (language, name) {
        (En, Some(name)) => format!("Hello, {name}! "),
        (En, None) => "Hello! ".to_owned(),
        (Ru, Some(name)) => format!("Здравствуйте, {name}! "),
        (Ru, None) => "Здравствуйте! ".to_owned(),
        // The mark is as wide as a letter, and a space beside it would be a gap.
        (Zh, Some(name)) => format!("{name}，您好！"),
        (Zh, None) => "您好！".to_owned(),
    }
}

/// What stands under the sample picture. `is_invited`: they have won a unit by the link of another person.
pub(crate) fn introduction(name: Option<&str>, is_invited: bool, language: Language) -> String {
    let bonus = match (is_invited, language) {
        (false, _) => "",
        (true, En) => {
            "🎁 A friend has invited you: one more reading is yours, beyond the free ones.\n\n"
        }
        (true, Ru) => "🎁 Вас пригласил друг: вам подарено ещё одно чтение, сверх бесплатных.\n\n",
        (true, Zh) => "🎁 您是朋友邀请来的：除免费次数外，再送您一次解读。\n\n",
    };
    let hello = hello(name, language);
    match language {
        En => format!(
            "{hello}I am <b>Symancy</b>: I read coffee grounds.\n\nDrink your coffee, let the grounds settle, and send me a photo of the cup from above, like this one. About a minute later you have your reading: which patterns I see, and what they may mean for you. You can begin for free.\n\n{bonus}A reading is entertainment, not advice. Your photo and your words are stored, and shown to the AI services that read them with me. Nothing is used for anything else, and /delete deletes it all at any time.\n\nBy pressing the button you agree to the terms of use (/terms) and the privacy policy (/privacy)."
        ),
        Ru => format!(
            "{hello}Я <b>Symancy</b>: гадаю на кофейной гуще.\n\nВыпейте кофе, дайте гуще осесть и пришлите мне фото чашки сверху — как на этой картинке. Примерно через минуту придёт чтение: какие узоры я вижу и что они могут для вас значить. Начать можно бесплатно.\n\n{bonus}Гадание — развлечение, а не совет. Ваше фото и слова сохраняются и передаются сервисам ИИ, которые читают вместе со мной. Ни для чего другого они не используются, а команда /delete в любой момент удалит всё.\n\nНажимая кнопку, вы принимаете условия использования (/terms) и политику конфиденциальности (/privacy)."
        ),
        Zh => format!(
            "{hello}我是 <b>Symancy</b>，为您解读咖啡渣。\n\n喝完咖啡，等咖啡渣沉淀，再像这张图一样从上方拍下杯子发给我。大约一分钟后您就会收到解读：我看到了哪些图案，它们对您可能意味着什么。可以免费开始。\n\n{bonus}解读仅供娱乐，不构成建议。您的照片和文字会被保存，并交给与我一起解读的人工智能服务。它们不会用于其他用途，您可以随时用 /delete 全部删除。\n\n点击按钮即表示您同意使用条款（/terms）和隐私政策（/privacy）。"
        ),
    }
}

/// For a person who knows the bot.
pub(crate) fn greeting(name: Option<&str>, language: Language) -> String {
    let text = match language {
        En => "Send me a photo of your cup, or choose what you would like.",
        Ru => "Пришлите фото чашки или выберите, что вам нужно.",
        Zh => "请把杯子的照片发给我，或在下方选择。",
    };
    hello(name, language) + text
}

/// The buttons for what people come for. Each does what the command of its name does.
pub(crate) fn menu(language: Language) -> Keyboard {
    let button = |[en, ru, zh]: [&str; 3], command: &str| {
        let text = match language {
            En => en,
            Ru => ru,
            Zh => zh,
        };
        Button::press(text, format!("menu:{command}"))
    };
    vec![
        vec![button(
            ["☕ Read a cup", "☕ Прочитать чашку", "☕ 解读咖啡杯"],
            "reading",
        )],
        vec![
            button(
                ["📖 My readings", "📖 Мои чтения", "📖 我的解读"],
                "history",
            ),
            button(["⭐ Plans", "⭐ Тарифы", "⭐ 套餐"], "plans"),
        ],
        vec![
            button(["⚙️ Settings", "⚙️ Настройки", "⚙️ 设置"], "settings"),
            button(["❓ Help", "❓ Помощь", "❓ 帮助"], "help"),
        ],
        vec![button(
            ["🎁 Invite a friend", "🎁 Пригласить друга", "🎁 邀请朋友"],
            "invite",
        )],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use delivery::split::units;

    /// `sendPhoto`: a caption has at most 1,024 units after entity parsing.
    #[test]
    fn the_introduction_fits_under_a_picture_whatever_the_name() {
        let name = "🔮".repeat(64);
        for language in Language::ALL {
            let text = introduction(Some(&name), true, language);
            let seen = text.replace("<b>", "").replace("</b>", "");
            assert!(units(&seen) <= 1_024, "{language:?}: {}", units(&seen));
        }
    }
}
