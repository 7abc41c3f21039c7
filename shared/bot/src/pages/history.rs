//! The person's readings: some of them a page, and each of them again.

use chrono::NaiveDateTime;
use delivery::html::escape;
use delivery::split::split;
use diesel::OptionalExtension;
use diesel_async::AsyncPgConnection;
use kernel::Language::{En, Ru, Zh};
use kernel::{Error, Language};
use people::users::model::User;
use people::users::queries::local;
use readings::history::{self, Filter, Start};
use readings::model::{Analysis, AnalysisStatus, FocusArea, InputType, Reading};
use readings::queries;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vendors::messenger::{Button, Keyboard};

use super::{Page, back, text, to_settings};
use crate::moments::day;

/// Readings of one page.
const PAGE: i64 = 5;

/// How many characters of a reading stand in the list.
const FIRST_WORDS: usize = 60;

/// A page about readings. `from` is the page of the list that leads there, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    List {
        from: u16,
        deleted: bool,
    },
    Reading {
        id: Uuid,
        part: u16,
        from: u16,
    },
    /// The question whether it is to be deleted.
    ConfirmDelete {
        id: Uuid,
        from: u16,
    },
}

impl View {
    /// What a button that leads to it sends back.
    fn data(self) -> String {
        match self {
            Self::List { from, .. } => format!("history:list:{from}"),
            Self::Reading { id, part, from } => {
                format!("history:open:{}:{part}:{from}", id.simple())
            }
            Self::ConfirmDelete { id, from } => format!("history:delete:{}:{from}", id.simple()),
        }
    }

    /// The view that a button leads to; `None` for other data.
    pub fn parse(what: &str) -> Option<Self> {
        let parts: Vec<&str> = what.split(':').collect();
        Some(match parts[..] {
            ["list", from] => Self::List {
                from: from.parse().ok()?,
                deleted: false,
            },
            ["open", id, part, from] => Self::Reading {
                id: id.parse().ok()?,
                part: part.parse().ok()?,
                from: from.parse().ok()?,
            },
            ["delete", id, from] => Self::ConfirmDelete {
                id: id.parse().ok()?,
                from: from.parse().ok()?,
            },
            _ => return None,
        })
    }
}

/// The page of a view.
///
/// # Errors
/// Those of the database.
pub async fn page(conn: &mut AsyncPgConnection, user: &User, view: View) -> Result<Page, Error> {
    let language = user.language();
    let (id, from) = match view {
        View::List { from, deleted } => return list(conn, user, from, deleted).await,
        View::Reading { id, from, .. } | View::ConfirmDelete { id, from } => (id, from),
    };
    let found = queries::by_id(conn, id, Some(user.id)).await.optional()?;
    let Some(analysis) = found else {
        return Ok(gone(from, language));
    };
    let made = local(conn, &user.timezone, &[analysis.created_at]).await?;
    let title = title(&analysis, made.first().copied(), language);
    Ok(match view {
        View::Reading { part, .. } => reading(&analysis, &title, (part, from), language),
        _ => confirm_delete(id, &title, from, language),
    })
}

async fn list(
    conn: &mut AsyncPgConnection,
    user: &User,
    from: u16,
    deleted: bool,
) -> Result<Page, Error> {
    let language = user.language();
    let start = Start::Offset(i64::from(from) * PAGE);
    let mut rows = history::page(conn, user.id, &Filter::default(), start, PAGE + 1).await?;
    let has_more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let moments: Vec<_> = rows.iter().map(|row| row.created_at).collect();
    let made = local(conn, &user.timezone, &moments).await?;
    let mut lines = Vec::new();
    if deleted {
        lines.push(text(language, ["🗑 It is deleted.", "🗑 Удалено.", "🗑 已删除。"]).to_owned());
        lines.push(String::new());
    }
    lines.push(heading(rows.is_empty(), language).to_owned());
    let mut opening = Vec::new();
    for ((row, made), number) in rows.iter().zip(made).zip(1..) {
        let title = title(row, Some(made), language);
        lines.push(format!(
            "\n{number}. <b>{title}</b>\n{}",
            first_words(row, language)
        ));
        let open = View::Reading {
            id: row.id,
            part: 0,
            from,
        };
        opening.push(Button::press(number.to_string(), open.data()));
    }
    let turn = |from, label| {
        Button::press(
            label,
            View::List {
                from,
                deleted: false,
            }
            .data(),
        )
    };
    let newer = from
        .checked_sub(1)
        .map(|from| turn(from, text(language, ["‹ Newer", "‹ Новее", "‹ 较新"])));
    let older = has_more.then(|| {
        turn(
            from.saturating_add(1),
            text(language, ["Older ›", "Раньше ›", "较早 ›"]),
        )
    });
    let turning = newer.into_iter().chain(older).collect();
    let keyboard: Keyboard = [opening, turning, vec![to_settings(language)]]
        .into_iter()
        .filter(|row: &Vec<Button>| !row.is_empty())
        .collect();
    Ok(Page {
        html: lines.join("\n"),
        keyboard,
    })
}

fn heading(empty: bool, language: Language) -> &'static str {
    if empty {
        return text(
            language,
            [
                "☕ There are no readings here yet. Send me a photo of your cup, and the first one will be.",
                "☕ Здесь пока нет чтений. Пришлите фото чашки — и появится первое.",
                "☕ 这里还没有解读。把杯子的照片发给我，就会有第一次解读。",
            ],
        );
    }
    text(
        language,
        [
            "☕ <b>Your readings</b>, the newest first. Press a number to open one.",
            "☕ <b>Ваши чтения</b>, сначала новые. Нажмите номер, чтобы открыть.",
            "☕ <b>您的解读</b>，最新的在前。点击数字即可打开。",
        ],
    )
}

/// Day and subject of a reading.
fn title(analysis: &Analysis, made: Option<NaiveDateTime>, language: Language) -> String {
    let subject = match (analysis.input_type, analysis.focus_area) {
        (InputType::Text, _) => ["a question", "вопрос", "提问"],
        (InputType::Image, FocusArea::General) => ["in general", "обо всём", "综合"],
        (InputType::Image, FocusArea::Wellbeing) => ["wellbeing", "самочувствие", "身心"],
        (InputType::Image, FocusArea::Career) => ["work", "работа", "事业"],
        (InputType::Image, FocusArea::Relationships) => ["relationships", "отношения", "感情"],
    };
    let subject = text(language, subject);
    match made {
        Some(made) => format!("{} · {subject}", day(made.date(), language)),
        None => subject.to_owned(),
    }
}

fn words(analysis: &Analysis) -> Option<Reading> {
    let is_there = analysis.status == AnalysisStatus::Completed;
    let json = is_there.then(|| analysis.analysis.0.get())?;
    serde_json::from_str(json).ok()
}

/// How a reading begins, or what became of it; escaped.
fn first_words(analysis: &Analysis, language: Language) -> String {
    let Some(reading) = words(analysis) else {
        return state(analysis.status, language).to_owned();
    };
    let intro = reading
        .intro
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut first: String = intro.chars().take(FIRST_WORDS).collect();
    if first.len() < intro.len() {
        first.push('…');
    }
    escape(&first)
}

/// What became of a reading that has no words.
fn state(status: AnalysisStatus, language: Language) -> &'static str {
    match status {
        AnalysisStatus::Pending | AnalysisStatus::Processing => text(
            language,
            [
                "It is being read; it comes here by itself.",
                "Ещё читаю; ответ придёт сюда сам.",
                "正在解读，完成后会自动发来。",
            ],
        ),
        AnalysisStatus::Canceled => text(language, ["It was cancelled.", "Отменено.", "已取消。"]),
        AnalysisStatus::Failed | AnalysisStatus::Completed => text(
            language,
            [
                "This one did not work out. Send me another photo.",
                "Это прочесть не удалось. Пришлите другое фото.",
                "这次没能解读成功，请再发一张照片。",
            ],
        ),
    }
}

fn reading(analysis: &Analysis, title: &str, (part, from): (u16, u16), language: Language) -> Page {
    let id = analysis.id;
    let parts = match words(analysis) {
        Some(reading) => {
            let sections = reading.sections.iter();
            let sections = sections.map(|one| (Some(&*one.title), &*one.content));
            split([(Some(title), &*reading.intro)].into_iter().chain(sections))
        }
        None => vec![format!(
            "<b>{title}</b>\n{}",
            state(analysis.status, language)
        )],
    };
    let last = parts.len().saturating_sub(1);
    let at = usize::from(part).min(last);
    let turn = |part: usize, label| {
        let part = u16::try_from(part).unwrap_or_default();
        Button::press(label, View::Reading { id, part, from }.data())
    };
    let before = at.checked_sub(1).map(|part| turn(part, "‹"));
    let after = (at < last).then(|| turn(at + 1, "›"));
    let turning: Vec<Button> = before.into_iter().chain(after).collect();
    let delete = Button::press(
        text(language, ["Delete", "Удалить", "删除"]),
        View::ConfirmDelete { id, from }.data(),
    );
    let ending = vec![back(&list_data(from), language), delete];
    Page {
        html: parts.into_iter().nth(at).unwrap_or_default(),
        keyboard: [turning, ending]
            .into_iter()
            .filter(|row| !row.is_empty())
            .collect(),
    }
}

fn list_data(from: u16) -> String {
    View::List {
        from,
        deleted: false,
    }
    .data()
}

fn confirm_delete(id: Uuid, title: &str, from: u16, language: Language) -> Page {
    let html = match language {
        En => format!(
            "Delete <b>{title}</b> for good, with its photo and the questions about it? What stands in this chat stays here until you delete it yourself."
        ),
        Ru => format!(
            "Удалить <b>{title}</b> навсегда, вместе с фото и вопросами о нём? То, что уже стоит в этом чате, останется, пока вы сами его не удалите."
        ),
        Zh => format!(
            "永久删除<b>{title}</b>以及它的照片和相关提问吗？已经显示在聊天中的内容会保留，直到您自己删除。"
        ),
    };
    let yes = text(language, ["Yes, delete", "Да, удалить", "是的，删除"]);
    let open = View::Reading { id, part: 0, from };
    Page {
        html,
        keyboard: vec![
            vec![Button::press(
                yes,
                format!("history:forget:{}:{from}", id.simple()),
            )],
            vec![back(&open.data(), language)],
        ],
    }
}

fn gone(from: u16, language: Language) -> Page {
    let html = text(
        language,
        [
            "This reading is no longer there.",
            "Этого чтения больше нет.",
            "这次解读已不存在。",
        ],
    );
    Page {
        html: html.to_owned(),
        keyboard: vec![vec![back(&list_data(from), language)]],
    }
}
