//! Pages: texts with buttons, made of what is stored when they are sent.

mod consents;
pub mod history;
pub mod limits;
pub mod plans;
pub mod settings;
pub mod support;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::{Error, Language};
use people::users::model::User;
use people::users::queries::local;
use vendors::messenger::{Button, Keyboard};

use crate::{moments, zones};

/// A text in Telegram's HTML, with buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub html: String,
    pub keyboard: Keyboard,
}

impl From<String> for Page {
    fn from(html: String) -> Self {
        let keyboard = Keyboard::new();
        Self { html, keyboard }
    }
}

/// A moment in words and by the person's clock, with their zone: "tomorrow at 00:00 (Moscow)".
///
/// # Errors
/// Those of the database.
pub async fn moment(
    conn: &mut AsyncPgConnection,
    user: &User,
    at: DateTime<Utc>,
) -> Result<String, Error> {
    let clock = local(conn, &user.timezone, &[at, Utc::now()]).await?;
    let [at, now] = clock[..] else {
        return Err(Error::internal("two moments have no two local times"));
    };
    let language = user.language();
    let (when, zone) = (
        moments::moment(at, now, language),
        zones::label(&user.timezone, language),
    );
    Ok(match language {
        Language::Zh => format!("{when}（{zone}）"),
        Language::En | Language::Ru => format!("{when} ({zone})"),
    })
}

/// The words of a language, of those in English, Russian and Chinese.
fn text(language: Language, words: [&'static str; 3]) -> &'static str {
    let [en, ru, zh] = words;
    match language {
        Language::En => en,
        Language::Ru => ru,
        Language::Zh => zh,
    }
}

/// A button that leads back to a page.
fn back(data: &str, language: Language) -> Button {
    Button::press(text(language, ["‹ Back", "‹ Назад", "‹ 返回"]), data)
}

/// What the buttons to the pages send back.
const PLANS: &str = "plans:show";
const SETTINGS: &str = "settings:show";
const ASK: &str = "support:ask";

/// The button that leads to the plans.
pub fn to_plans(language: Language) -> Button {
    Button::press(text(language, ["Plans", "Тарифы", "套餐"]), PLANS)
}

/// The button that leads to the settings.
fn to_settings(language: Language) -> Button {
    let label = text(language, ["⚙️ Settings", "⚙️ Настройки", "⚙️ 设置"]);
    Button::press(label, SETTINGS)
}

/// The button that leads to the operators.
fn to_support(language: Language) -> Button {
    let label = text(language, ["Write to us", "Написать нам", "联系我们"]);
    Button::press(label, ASK)
}
