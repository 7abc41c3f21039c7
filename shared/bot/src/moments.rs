//! Days and moments in words, as a person's clock shows them.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// A moment as seen from `now`: "tomorrow at 00:00".
pub fn moment(at: NaiveDateTime, now: NaiveDateTime, language: Language) -> String {
    let clock = at.format("%H:%M");
    let is_tomorrow = now.date().checked_add_days(Days::new(1)) == Some(at.date());
    let day = match language {
        _ if at.date() == now.date() => match language {
            En => "today".to_owned(),
            Ru => "сегодня".to_owned(),
            Zh => "今天".to_owned(),
        },
        En if is_tomorrow => "tomorrow".to_owned(),
        Ru if is_tomorrow => "завтра".to_owned(),
        Zh if is_tomorrow => "明天".to_owned(),
        language => day(at.date(), language),
    };
    match language {
        En => format!("{day} at {clock}"),
        Ru => format!("{day} в {clock}"),
        Zh => format!("{day} {clock}"),
    }
}

/// A day without its year: "30 November".
pub fn day(date: NaiveDate, language: Language) -> String {
    const RU: [&str; 12] = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    match language {
        En => date.format("%-d %B").to_string(),
        Ru => format!("{} {}", date.day(), RU[date.month0() as usize]),
        Zh => format!("{}月{}日", date.month(), date.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_named_from_the_day_on_which_it_is_read() {
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%F %R").expect("a moment");
        let now = at("2026-11-30 22:15");
        for (then, en, ru, zh) in [
            (
                "2026-11-30 23:05",
                "today at 23:05",
                "сегодня в 23:05",
                "今天 23:05",
            ),
            (
                "2026-12-01 00:00",
                "tomorrow at 00:00",
                "завтра в 00:00",
                "明天 00:00",
            ),
            (
                "2027-05-09 07:30",
                "9 May at 07:30",
                "9 мая в 07:30",
                "5月9日 07:30",
            ),
        ] {
            let texts = Language::ALL.map(|language| moment(at(then), now, language));
            assert_eq!(texts, [ru, en, zh]);
        }
    }
}
