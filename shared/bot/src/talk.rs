//! What the bot says in the talk about a reading, and the buttons under it.

use chrono::Utc;
use diesel_async::AsyncPgConnection;
use kernel::Error;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use money::meters;
use people::users::model::User;
use readings::model::FocusArea;
use readings::{earlier, focus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vendors::messenger::{Button, Keyboard};

use crate::wishes::Wish;

/// A page of the talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Talk {
    /// The choice of a focus area for the next photo.
    ChooseFocus,
    /// It was chosen.
    FocusChosen { focus_area: FocusArea },
    /// It was chosen for a reading that is being written already.
    FocusTooLate,
    /// The choice of a focus area for another reading of the same cup, which takes a unit.
    AnotherFocus { analysis_id: Uuid },
    /// The answer to the button "ask about it": the next words are a question, which takes a unit.
    AskAbout { analysis_id: Uuid },
    /// The answer to words that may be a question: whether to answer them, which takes a unit.
    ConfirmQuestion { analysis_id: Uuid },
    /// The words of a photo were changed after its cup was seen: whether to read it once more, which takes a unit.
    NewWords { analysis_id: Uuid },
    /// The answer to that button while the first reading is still being written.
    NotYet,
    /// The answer to words while a photo is being read.
    WordsKept,
    /// What was offered is not done.
    Dropped,
    /// The answer to thanks of a person without a reading.
    Pleased,
    /// The answer to words that ask for what a command does.
    UseCommand { wish: Wish },
    /// The reading that a button belongs to is not there any more.
    Gone,
}

/// Text and buttons of a page, in the person's language.
///
/// # Errors
/// Those of the database.
pub(crate) async fn page(
    conn: &mut AsyncPgConnection,
    user: &User,
    talk: Talk,
) -> Result<(String, Keyboard), Error> {
    let language = user.language();
    let mut html = text(talk, language);
    if takes_a_unit(talk) {
        let usage = meters::queries::usage(conn, user.id).await?;
        html += &cost(meters::rules::left(&usage, Utc::now()), language);
    }
    let read_about = match talk {
        Talk::AnotherFocus { analysis_id } => earlier::one(conn, user.id, analysis_id).await?,
        _ => None,
    };
    let read_about = read_about.map(|reading| reading.focus_area);
    Ok((html, keyboard(talk, read_about, language)))
}

fn takes_a_unit(talk: Talk) -> bool {
    matches!(
        talk,
        Talk::AnotherFocus { .. }
            | Talk::AskAbout { .. }
            | Talk::ConfirmQuestion { .. }
            | Talk::NewWords { .. }
            | Talk::WordsKept
    )
}

/// What it costs; nothing of a plan without quotas.
fn cost(left: Option<i64>, language: Language) -> String {
    match (left, language) {
        (None, _) => String::new(),
        (Some(left), En) => format!("\n\nThis counts as one reading; you have {left} left."),
        (Some(left), Ru) => format!("\n\nЭто считается за одно чтение, у вас осталось: {left}."),
        (Some(left), Zh) => format!("\n\n这会计为一次解读，您还剩 {left} 次。"),
    }
}

/// `read_about`: the focus area that is not offered again.
fn keyboard(talk: Talk, read_about: Option<FocusArea>, language: Language) -> Keyboard {
    match talk {
        Talk::ChooseFocus => focus::buttons(focus::AREAS, None, language, |area| {
            format!("photo:{}", area.as_str())
        }),
        Talk::AnotherFocus { analysis_id } => {
            let others = focus::AREAS.into_iter();
            let others = others.filter(|area| Some(*area) != read_about);
            let mut rows = focus::buttons(others, None, language, |area| {
                format!("again:{}:{analysis_id}", area.as_str())
            });
            rows.push(vec![Button::press(no(language), "close:")]);
            rows
        }
        Talk::ConfirmQuestion { analysis_id } => vec![vec![
            Button::press(yes(language), format!("answer:{analysis_id}")),
            Button::press(no(language), format!("drop:{analysis_id}")),
        ]],
        Talk::NewWords { analysis_id } => vec![vec![
            Button::press(read_again(language), format!("reread:{analysis_id}")),
            Button::press(no(language), format!("drop:caption:{analysis_id}")),
        ]],
        Talk::WordsKept => vec![vec![Button::press(no(language), "drop:next")]],
        _ => Keyboard::new(),
    }
}

fn yes(language: Language) -> &'static str {
    match language {
        En => "Yes, answer",
        Ru => "Да, ответить",
        Zh => "请回答",
    }
}

fn read_again(language: Language) -> &'static str {
    match language {
        En => "Yes, read it again",
        Ru => "Да, прочитать ещё раз",
        Zh => "好，再读一次",
    }
}

fn no(language: Language) -> &'static str {
    match language {
        En => "No, thank you",
        Ru => "Нет, спасибо",
        Zh => "不用了",
    }
}

/// The text of a page, without what it costs, in Telegram's HTML.
pub fn text(talk: Talk, language: Language) -> String {
    match talk {
        Talk::FocusChosen { focus_area } => focus_chosen(focus::name(focus_area, language), language),
        Talk::UseCommand { wish } => command(wish, language).to_owned(),
        Talk::ChooseFocus => match language {
            En => "☕ What shall I read your next cup about?",
            Ru => "☕ О чём прочитать вашу следующую чашку?",
            Zh => "☕ 下一只杯子，您想了解哪方面？",
        }
        .to_owned(),
        Talk::FocusTooLate => match language {
            En => "☕ I am past that point with this cup. The buttons beneath the finished reading let you hear about something else.",
            Ru => "☕ Эту чашку я уже дочитываю. Кнопка под готовым чтением позволит узнать и о другом.",
            Zh => "☕ 这只杯子我已经看过了。您可以用解读下方的按钮换个方面再听。",
        }
        .to_owned(),
        Talk::AnotherFocus { .. } => match language {
            En => "🔮 I can read the same cup once more, about something else. What about?",
            Ru => "🔮 Я могу прочитать эту же чашку ещё раз, о другом. О чём?",
            Zh => "🔮 我可以就另一个方面再为您读一次这只杯子。想了解什么？",
        }
        .to_owned(),
        Talk::AskAbout { .. } => match language {
            En => "💬 What would you like to know about this reading? Write it in one message, and I answer.",
            Ru => "💬 Что вы хотели бы узнать об этом чтении? Напишите одним сообщением, и я отвечу.",
            Zh => "💬 关于这次解读，您想知道什么？请用一条消息告诉我，我来回答。",
        }
        .to_owned(),
        Talk::ConfirmQuestion { .. } => match language {
            En => "💬 Shall I look for the answer in your reading?",
            Ru => "💬 Поискать ответ в вашем чтении?",
            Zh => "💬 要我从这次解读中为您寻找答案吗？",
        }
        .to_owned(),
        Talk::NewWords { .. } => match language {
            En => "✍️ I had seen this cup before you changed the words beneath it. Shall I read it once more, with the new ones?",
            Ru => "✍️ Я посмотрела эту чашку раньше, чем вы изменили подпись. Прочитать её ещё раз, с новыми словами?",
            Zh => "✍️ 您修改文字时，这只杯子我已经看过了。要按新的文字再为您读一次吗？",
        }
        .to_owned(),
        Talk::NotYet => match language {
            En => "☕ I am still writing about this cup. Press the button again once the reading is here.",
            Ru => "☕ Я ещё пишу об этой чашке. Нажмите кнопку снова, когда чтение придёт.",
            Zh => "☕ 这只杯子的解读我还在写。等解读送到后，请再按一次按钮。",
        }
        .to_owned(),
        Talk::WordsKept => match language {
            En => "💬 I am still reading your cup. I have kept your words, and answer them right after it.",
            Ru => "💬 Я ещё читаю вашу чашку. Ваши слова я сохранила и отвечу на них сразу после чтения.",
            Zh => "💬 我还在解读您的杯子。您的话我记下了，读完就回答。",
        }
        .to_owned(),
        Talk::Dropped => match language {
            En => "☕ All right. Write to me, or send a photo of a cup, whenever you like.",
            Ru => "☕ Хорошо. Пишите или присылайте фото чашки, когда захочется.",
            Zh => "☕ 好的。随时可以给我写消息，或发来杯子的照片。",
        }
        .to_owned(),
        Talk::Pleased => match language {
            En => "☕ With pleasure! Send me a photo of your coffee cup, and I will read it.",
            Ru => "☕ Всегда пожалуйста! Пришлите фото вашей кофейной чашки, и я прочту её.",
            Zh => "☕ 不客气！把您的咖啡杯拍给我，我来为您解读。",
        }
        .to_owned(),
        Talk::Gone => match language {
            En => "☕ This reading is not there any more. Send me a photo of a cup for a new one.",
            Ru => "☕ Этого чтения больше нет. Пришлите фото чашки — будет новое.",
            Zh => "☕ 这次解读已经不在了。请再发一张杯子的照片，我来重新解读。",
        }
        .to_owned(),
    }
}

fn focus_chosen(name: &str, language: Language) -> String {
    match language {
        En => {
            format!("{name}: good. Now send me a photo of your cup, from above and in good light.")
        }
        Ru => format!("{name} — хорошо. Теперь пришлите фото чашки: сверху и при хорошем свете."),
        Zh => format!("{name}，好的。现在请在光线充足处从上方拍下杯子发给我。"),
    }
}

fn command(wish: Wish, language: Language) -> &'static str {
    match (wish, language) {
        (Wish::Cancel, En) => "☕ To stop what we have begun, send /cancel.",
        (Wish::Cancel, Ru) => "☕ Чтобы прервать начатое, отправьте /cancel.",
        (Wish::Cancel, Zh) => "☕ 如要中止当前的操作，请发送 /cancel。",
        (Wish::Left, En) => "☕ What is left of your readings stands in /plans.",
        (Wish::Left, Ru) => "☕ Сколько чтений у вас осталось, покажет /plans.",
        (Wish::Left, Zh) => "☕ 剩余的解读次数，请看 /plans。",
        (Wish::Delete, En) => {
            "☕ To have your data deleted, send /delete. I will ask once more before I do it."
        }
        (Wish::Delete, Ru) => {
            "☕ Чтобы удалить ваши данные, отправьте /delete. Перед удалением я переспрошу."
        }
        (Wish::Delete, Zh) => "☕ 如要删除您的数据，请发送 /delete。删除前我会再次向您确认。",
    }
}
