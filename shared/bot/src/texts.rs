//! The texts of notices, in three languages, in Telegram's HTML.

use crate::jobs::Notice;
use delivery::html::escape;
use kernel::ErrorCode;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// A greeting or a hint. `name` is the person's first name.
pub fn notice(notice: Notice, name: Option<&str>, language: Language) -> String {
    let name = name
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(escape);
    match notice {
        Notice::Greeting => greeting(name.as_deref(), language),
        Notice::Care => escape(moderation::care(language)),
        Notice::Welcome => welcome(language).to_owned(),
        Notice::DailyLimit => limit(money::codes::DAILY_LIMIT_EXCEEDED, language),
        Notice::MonthlyLimit => limit(money::codes::MONTHLY_LIMIT_EXCEEDED, language),
        Notice::TrialOver => limit(money::codes::TRIAL_EXPIRED, language),
        Notice::TooFast => match language {
            En => "☕ That was a lot at once: the last messages have not been read. Please send them again in a few minutes.".to_owned(),
            Ru => "☕ Слишком много сразу: последние сообщения не прочитаны. Пришлите их, пожалуйста, ещё раз через несколько минут.".to_owned(),
            Zh => "☕ 一次发得太多了：最后几条消息没有被读取。请过几分钟再发一次。".to_owned(),
        },
        Notice::PhotoHint => match language {
            En => "☕ Send me a photo of your coffee cup, from above and in good light, and I will read it.".to_owned(),
            Ru => "☕ Пришлите фото вашей кофейной чашки — сверху и при хорошем свете, и я прочту её.".to_owned(),
            Zh => "☕ 请在光线充足处从上方拍下您的咖啡杯并发给我，我来为您解读。".to_owned(),
        },
    }
}

/// The answer to thanks.
fn welcome(language: Language) -> &'static str {
    match language {
        En => "☕ Always with pleasure. Ask me about your reading, or send me your next cup.",
        Ru => "☕ Всегда с удовольствием. Спросите меня о чтении или пришлите следующую чашку.",
        Zh => "☕ 我很乐意。您可以继续问我这次的解读，或者发来下一只杯子。",
    }
}

/// The quota of the plan is used up, so the photo is not read.
fn limit(code: ErrorCode, language: Language) -> String {
    let lead = match language {
        En => "☕ I cannot read this cup yet.",
        Ru => "☕ Эту чашку я пока не могу прочесть.",
        Zh => "☕ 这只杯子我暂时还不能解读。",
    };
    format!("{lead}\n{} ({code})", escape(code.message(language)))
}

fn greeting(name: Option<&str>, language: Language) -> String {
    let hello = match (language, name) {
        (En, Some(name)) => format!("Hello, {name}!"),
        (En, None) => "Hello!".to_owned(),
        (Ru, Some(name)) => format!("Здравствуйте, {name}!"),
        (Ru, None) => "Здравствуйте!".to_owned(),
        (Zh, Some(name)) => format!("{name}，您好！"),
        (Zh, None) => "您好！".to_owned(),
    };
    let text = match language {
        En => {
            "I am <b>Symancy</b>: I read coffee grounds.\n\nDrink your coffee, look into the cup and send me a photo of it from above. You may add a few words about what is on your mind."
        }
        Ru => {
            "Я <b>Symancy</b>: читаю по кофейной гуще.\n\nВыпейте кофе, загляните в чашку и пришлите её фото сверху. Можно добавить несколько слов о том, что вас волнует."
        }
        Zh => {
            "我是 <b>Symancy</b>，会解读咖啡渣。\n\n喝完咖啡，看看杯底，从上方拍张照片发给我。也可以附上几句您正在想的事。"
        }
    };
    format!("{hello} {text}")
}
