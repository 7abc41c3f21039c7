//! Time zones to choose from: those that persons of a language most probably live in.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// A zone that a button stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name in the tz database.
    pub name: &'static str,
    en: &'static str,
    ru: &'static str,
    zh: &'static str,
}

impl Zone {
    /// The city that people know it by.
    pub fn city(&self, language: Language) -> &'static str {
        match language {
            En => self.en,
            Ru => self.ru,
            Zh => self.zh,
        }
    }
}

const fn zone(name: &'static str, en: &'static str, ru: &'static str, zh: &'static str) -> Zone {
    Zone { name, en, ru, zh }
}

/// By the language in which they are likely, the likeliest first.
const RUSSIAN: &[Zone] = &[
    zone("Europe/Moscow", "Moscow", "Москва", "莫斯科"),
    zone(
        "Asia/Yekaterinburg",
        "Yekaterinburg",
        "Екатеринбург",
        "叶卡捷琳堡",
    ),
    zone(
        "Asia/Novosibirsk",
        "Novosibirsk",
        "Новосибирск",
        "新西伯利亚",
    ),
    zone("Europe/Samara", "Samara", "Самара", "萨马拉"),
    zone(
        "Asia/Krasnoyarsk",
        "Krasnoyarsk",
        "Красноярск",
        "克拉斯诺亚尔斯克",
    ),
    zone("Asia/Irkutsk", "Irkutsk", "Иркутск", "伊尔库茨克"),
    zone(
        "Asia/Vladivostok",
        "Vladivostok",
        "Владивосток",
        "符拉迪沃斯托克",
    ),
    zone(
        "Europe/Kaliningrad",
        "Kaliningrad",
        "Калининград",
        "加里宁格勒",
    ),
    zone("Europe/Minsk", "Minsk", "Минск", "明斯克"),
    zone("Asia/Almaty", "Almaty", "Алматы", "阿拉木图"),
    zone("Asia/Tashkent", "Tashkent", "Ташкент", "塔什干"),
    zone("Asia/Tbilisi", "Tbilisi", "Тбилиси", "第比利斯"),
];
const ENGLISH: &[Zone] = &[
    zone("Europe/London", "London", "Лондон", "伦敦"),
    zone("America/New_York", "New York", "Нью-Йорк", "纽约"),
    zone("America/Chicago", "Chicago", "Чикаго", "芝加哥"),
    zone(
        "America/Los_Angeles",
        "Los Angeles",
        "Лос-Анджелес",
        "洛杉矶",
    ),
    zone("Europe/Berlin", "Berlin", "Берлин", "柏林"),
    zone("Europe/Istanbul", "Istanbul", "Стамбул", "伊斯坦布尔"),
    zone("Asia/Dubai", "Dubai", "Дубай", "迪拜"),
    zone("Asia/Kolkata", "Delhi", "Дели", "德里"),
    zone("Africa/Lagos", "Lagos", "Лагос", "拉各斯"),
    zone("America/Sao_Paulo", "São Paulo", "Сан-Паулу", "圣保罗"),
    zone("Australia/Sydney", "Sydney", "Сидней", "悉尼"),
    zone("Pacific/Auckland", "Auckland", "Окленд", "奥克兰"),
];
const CHINESE: &[Zone] = &[
    zone("Asia/Shanghai", "Beijing", "Пекин", "北京"),
    zone("Asia/Hong_Kong", "Hong Kong", "Гонконг", "香港"),
    zone("Asia/Taipei", "Taipei", "Тайбэй", "台北"),
    zone("Asia/Singapore", "Singapore", "Сингапур", "新加坡"),
    zone("Asia/Urumqi", "Urumqi", "Урумчи", "乌鲁木齐"),
    zone("Asia/Tokyo", "Tokyo", "Токио", "东京"),
];

/// The zones for a language; after the likely ones come those of the others.
pub fn zones(language: Language) -> Vec<Zone> {
    let [first, second, third] = match language {
        En => [ENGLISH, CHINESE, RUSSIAN],
        Ru => [RUSSIAN, ENGLISH, CHINESE],
        Zh => [CHINESE, ENGLISH, RUSSIAN],
    };
    [first, second, third].concat()
}

/// The zone of a name, if a button stands for it.
pub fn named(name: &str) -> Option<Zone> {
    zones(En).into_iter().find(|zone| zone.name == name)
}

/// What a person calls their zone: the city, else the name in the tz database.
pub fn label(name: &str, language: Language) -> String {
    named(name).map_or_else(
        || name.replace('_', " "),
        |zone| zone.city(language).to_owned(),
    )
}
