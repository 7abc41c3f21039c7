//! The texts of notices, in three languages, in Telegram's HTML.

use crate::documents::Document;
use crate::jobs::Notice;
use crate::{cancel, greeting, help, invite, names, unreadable};
use delivery::html::escape;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// A greeting or a hint. `name` is the person's first name.
pub fn notice(notice: Notice, name: Option<&str>, language: Language) -> String {
    let name = name.and_then(names::shown);
    match notice {
        Notice::Greeting => greeting::greeting(name.as_deref(), language),
        Notice::Introduction { is_invited } => {
            greeting::introduction(name.as_deref(), is_invited, language)
        }
        Notice::Help => help::help(language),
        Notice::UnknownCommand => help::unknown_command(language),
        Notice::Terms => Document::Terms.html(language),
        Notice::Privacy => Document::Privacy.html(language),
        Notice::Invite => invite::invitation(language).to_owned(),
        Notice::FriendCame => invite::friend_came(language).to_owned(),
        Notice::CannotRead(content) => unreadable::answer(content, language).to_owned(),
        Notice::Cancelled => cancel::cancelled(language).to_owned(),
        Notice::TooLateToCancel => cancel::too_late(language).to_owned(),
        Notice::Dropped => cancel::dropped(language).to_owned(),
        Notice::NothingToCancel => cancel::nothing(language).to_owned(),
        Notice::Care => escape(moderation::care(language)),
        Notice::AskConsent => crate::consent::question(language).to_owned(),
        Notice::Agreed => crate::consent::agreed(language).to_owned(),
        Notice::StayedAway => stayed_away(language).to_owned(),
        Notice::Suspended => suspended(language).to_owned(),
        Notice::Paused => paused(language).to_owned(),
        Notice::Welcome => welcome(language).to_owned(),
        Notice::Talk(talk) => crate::talk::text(talk, language),
        Notice::TooFast => match language {
            En => "☕ That was a lot at once: the last messages have not been read. Please send them again in a few minutes.".to_owned(),
            Ru => "☕ Слишком много сразу: последние сообщения не прочитаны. Пришлите их, пожалуйста, ещё раз через несколько минут.".to_owned(),
            Zh => "☕ 一次发得太多了：最后几条消息没有被读取。请过几分钟再发一次。".to_owned(),
        },
        // Pages of what is stored: `crate::page`.
        Notice::DailyLimit
        | Notice::MonthlyLimit
        | Notice::TrialOver
        | Notice::Plans(_)
        | Notice::History(_)
        | Notice::Settings(_)
        | Notice::Support(_) => String::new(),
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

/// The answer to a person who is suspended.
fn suspended(language: Language) -> &'static str {
    match language {
        En => {
            "Your account is suspended. You can still get a copy of your data (/settings), delete it (/delete), or write to us (/paysupport)."
        }
        Ru => {
            "Ваш аккаунт заблокирован. По-прежнему можно получить копию своих данных (/settings), удалить их (/delete) или написать нам (/paysupport)."
        }
        Zh => {
            "您的账号已被停用。您仍可以获取数据副本（/settings）、删除数据（/delete）或联系我们（/paysupport）。"
        }
    }
}

/// The answer while readings are paused.
fn paused(language: Language) -> &'static str {
    match language {
        En => "☕ I am taking a break and read no new cups for a while. Please come back later.",
        Ru => "☕ Я взяла паузу и пока не читаю новые чашки. Загляните, пожалуйста, позже.",
        Zh => "☕ 我正在休息，暂时不解读新的咖啡杯，请稍后再来。",
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
