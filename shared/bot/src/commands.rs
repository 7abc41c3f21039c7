//! The commands of the bot's chat: one list, for the menu, for `/help` and for those who read them.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use vendors::messenger::{BotCommand, BotProfile};

/// A command of the menu, with what it does in each language.
struct Command {
    name: &'static str,
    en: &'static str,
    ru: &'static str,
    zh: &'static str,
}

const COMMANDS: [Command; 12] = [
    Command {
        name: "start",
        en: "Begin",
        ru: "Начать",
        zh: "开始",
    },
    Command {
        name: "reading",
        en: "Read a cup",
        ru: "Прочитать чашку",
        zh: "解读咖啡杯",
    },
    Command {
        name: "history",
        en: "My readings",
        ru: "Мои чтения",
        zh: "我的解读",
    },
    Command {
        name: "plans",
        en: "Plans, and what is left today",
        ru: "Тарифы и остаток на сегодня",
        zh: "套餐与今日剩余次数",
    },
    Command {
        name: "settings",
        en: "Settings",
        ru: "Настройки",
        zh: "设置",
    },
    Command {
        name: "language",
        en: "Language",
        ru: "Язык",
        zh: "语言",
    },
    Command {
        name: "help",
        en: "What I understand",
        ru: "Что я понимаю",
        zh: "我能理解什么",
    },
    Command {
        name: "paysupport",
        en: "Help with a payment",
        ru: "Помощь с оплатой",
        zh: "付款帮助",
    },
    Command {
        name: "terms",
        en: "Terms of use",
        ru: "Условия использования",
        zh: "使用条款",
    },
    Command {
        name: "privacy",
        en: "Privacy policy",
        ru: "Политика конфиденциальности",
        zh: "隐私政策",
    },
    Command {
        name: "cancel",
        en: "Stop what has been begun",
        ru: "Отменить начатое",
        zh: "取消当前操作",
    },
    Command {
        name: "delete",
        en: "Delete my data",
        ru: "Удалить мои данные",
        zh: "删除我的数据",
    },
];

/// Other spellings that people try. `invite` stands behind a button and not in the menu.
const SPELLINGS: [(&str, &str); 16] = [
    ("begin", "start"),
    ("menu", "start"),
    ("read", "reading"),
    ("new", "reading"),
    ("readings", "history"),
    ("plan", "plans"),
    ("buy", "plans"),
    ("premium", "plans"),
    ("limits", "plans"),
    ("lang", "language"),
    ("info", "help"),
    ("support", "paysupport"),
    ("stop", "cancel"),
    ("delete_me", "delete"),
    ("deletemydata", "delete"),
    ("refer", "invite"),
];

/// The name by which the list has a command.
pub fn canonical(name: &str) -> &str {
    let known = SPELLINGS.iter().find(|(spelling, _)| *spelling == name);
    known.map_or(name, |(_, command)| command)
}

impl Command {
    fn description(&self, language: Language) -> &'static str {
        match language {
            En => self.en,
            Ru => self.ru,
            Zh => self.zh,
        }
    }
}

/// The list as lines of a message. Telegram makes links of the names.
pub(crate) fn lines(language: Language) -> String {
    let line = |one: &Command| format!("/{} — {}", one.name, one.description(language));
    let lines: Vec<String> = COMMANDS.iter().map(line).collect();
    lines.join("\n")
}

/// What people with a language see of the bot before they write to it.
pub fn profile(language: Language, sets_name: bool) -> BotProfile {
    let command = |one: &Command| BotCommand {
        name: one.name.to_owned(),
        description: one.description(language).to_owned(),
    };
    BotProfile {
        language,
        name: sets_name.then(|| name(language).to_owned()),
        description: description(language).to_owned(),
        short_description: short_description(language).to_owned(),
        commands: COMMANDS.iter().map(command).collect(),
    }
}

fn name(language: Language) -> &'static str {
    match language {
        En => "Symancy: coffee cup readings",
        Ru => "Symancy: гадание на кофейной гуще",
        Zh => "Symancy 咖啡渣解读",
    }
}

fn description(language: Language) -> &'static str {
    match language {
        En => {
            "☕ Send me a photo of your coffee cup, and I read the grounds: which patterns there are, and what they may mean for you, in love, at work and on the road. You can ask about it afterwards.\n\nYou can begin for free. A reading is entertainment, not advice."
        }
        Ru => {
            "☕ Пришлите фото своей кофейной чашки, и я прочту гущу: какие в ней узоры и что они могут для вас значить — в любви, в делах, в дороге. Потом можно задать вопросы.\n\nНачать можно бесплатно. Гадание — развлечение, а не совет."
        }
        Zh => {
            "☕ 把您的咖啡杯拍张照片发给我，我来解读咖啡渣：有哪些图案，对您的感情、工作和旅途可能意味着什么。之后您还可以继续提问。\n\n可以免费开始。解读仅供娱乐，不构成建议。"
        }
    }
}

fn short_description(language: Language) -> &'static str {
    match language {
        En => "I read coffee grounds from a photo of your cup. For entertainment.",
        Ru => "Гадаю на кофейной гуще по фото вашей чашки. Для развлечения.",
        Zh => "根据您的咖啡杯照片解读咖啡渣，仅供娱乐。",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bounds of `setMyCommands`, `setMyName`, `setMyDescription` and `setMyShortDescription`.
    #[test]
    fn the_profile_fits_into_the_fields_of_telegram() {
        let letters = |text: &str| text.chars().count();
        for language in Language::ALL {
            let profile = profile(language, true);
            assert!(letters(&profile.name.unwrap_or_default()) <= 64);
            assert!(letters(&profile.description) <= 512);
            assert!(letters(&profile.short_description) <= 120);
            for BotCommand { name, description } in profile.commands {
                let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                assert!(
                    (1..=32).contains(&name.len()) && name.chars().all(is_name),
                    "{name}"
                );
                assert!((1..=256).contains(&letters(&description)), "{name}");
            }
        }
    }

    #[test]
    fn another_spelling_leads_to_a_command() {
        let known = |name: &str| COMMANDS.iter().any(|one| one.name == name) || name == "invite";
        for (spelling, command) in SPELLINGS {
            assert!(known(command) && !known(spelling), "{spelling}");
        }
        assert_eq!(canonical("delete_me"), "delete");
        assert_eq!(canonical("start"), "start");
        assert_eq!(canonical("nonsense"), "nonsense");
    }
}
