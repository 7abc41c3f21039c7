//! The texts of notices, in three languages, in Telegram's HTML.

use crate::jobs::Notice;
use delivery::html::escape;
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
        Notice::AskConsent => crate::consent::question(language).to_owned(),
        Notice::Agreed => crate::consent::agreed(language).to_owned(),
        Notice::StayedAway => stayed_away(language).to_owned(),
        Notice::Welcome => welcome(language).to_owned(),
        Notice::DailyLimit => limit(daily_limit(language), language),
        Notice::MonthlyLimit => limit(monthly_limit(language), language),
        Notice::TrialOver => limit(trial_over(language), language),
        Notice::Talk(talk) => crate::talk::text(talk, language),
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

/// The announcement that the data of a person who stays away will be deleted.
fn stayed_away(language: Language) -> &'static str {
    match language {
        En => {
            "☕ We have not met for almost two years. In a month I will delete your readings, photos and profile. To keep them, send me a message or a photo of a cup."
        }
        Ru => {
            "☕ Мы не виделись почти два года. Через месяц я удалю ваши чтения, фото и профиль. Чтобы сохранить их, напишите мне или пришлите фото чашки."
        }
        Zh => {
            "☕ 我们已经快两年没见面了。一个月后，我将删除您的解读、照片和个人资料。如需保留，请给我发条消息或一张杯子的照片。"
        }
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

/// The quota of the plan is used up, so the photo is not read; `until` says when it goes on.
fn limit(until: &str, language: Language) -> String {
    let lead = match language {
        En => "☕ I cannot read this cup yet.",
        Ru => "☕ Эту чашку я пока не могу прочесть.",
        Zh => "☕ 这只杯子我暂时还不能解读。",
    };
    format!("{lead}\n{until}")
}

fn daily_limit(language: Language) -> &'static str {
    match language {
        En => {
            "Today's readings are used up. Tomorrow there are new ones: send it to me again then."
        }
        Ru => "Чтения на сегодня закончились. Завтра будут новые — пришлите её тогда ещё раз.",
        Zh => "今天的解读次数已用完。明天会有新的次数，请届时再发给我。",
    }
}

fn monthly_limit(language: Language) -> &'static str {
    match language {
        En => {
            "This month's readings are used up. On the first of next month there are new ones: send it to me again then."
        }
        Ru => {
            "Чтения на этот месяц закончились. Первого числа будут новые — пришлите её тогда ещё раз."
        }
        Zh => "本月的解读次数已用完。下月一日会有新的次数，请届时再发给我。",
    }
}

/// `money::subscriptions::jobs::Expire` ends trials every hour.
fn trial_over(language: Language) -> &'static str {
    match language {
        En => {
            "Your trial has ended. From the next hour on your free readings go on: send it to me again then."
        }
        Ru => {
            "Пробный период закончился. Через час продолжатся бесплатные чтения — пришлите её тогда ещё раз."
        }
        Zh => "试用期已结束。一小时后可继续使用免费解读，请届时再发给我。",
    }
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
