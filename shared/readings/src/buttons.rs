//! The buttons beneath a reading in the chat. Pure.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use uuid::Uuid;
use vendors::messenger::{Button, Keyboard, share_link};

use crate::model::{AnalysisStatus, Steps};
use crate::texts;

/// The buttons beneath the last message of a reading: none beneath the answer to a question, and none beneath
/// words of care. `bot` is the user name of the bot, if it is known; `app` opens this reading in the Mini App.
pub fn beneath(
    steps: &Steps,
    language: Language,
    bot: Option<&str>,
    app: Option<Button>,
) -> Keyboard {
    let is_caring = serde_json::json!(texts::caring(language)) == steps.analysis;
    let is_reading = steps.status == AnalysisStatus::Completed && steps.about_id.is_none();
    if !is_reading || is_caring {
        return Keyboard::new();
    }
    let id = steps.id;
    let mut first = vec![Button::press(ask(language), format!("ask:{id}"))];
    // A reading of words has no cup to be looked at again.
    if steps.vision.is_some() {
        let again = Button::press(another_focus(language), format!("again:{id}"));
        first.insert(0, again);
    }
    let mut rows = vec![first, stars(id, steps.user_rating)];
    rows.extend(app.map(|app| vec![app]));
    if let Some(bot) = bot {
        let link = share_link(bot, invitation(language));
        rows.push(vec![Button::open(share(language), link)]);
    }
    rows
}

/// From 1 to 5; the rating that was given has a tick.
fn stars(id: Uuid, rating: Option<i16>) -> Vec<Button> {
    let star = |rate: i16| {
        let text = match rating == Some(rate) {
            true => format!("✓ {rate}"),
            false => format!("{rate} ⭐"),
        };
        Button::press(text, format!("rate:{rate}:{id}"))
    };
    (1..=5).map(star).collect()
}

/// The name of the button for another reading of the same cup.
pub fn another_focus(language: Language) -> &'static str {
    match language {
        En => "🔮 Another focus",
        Ru => "🔮 Другая тема",
        Zh => "🔮 换个方面",
    }
}

fn ask(language: Language) -> &'static str {
    match language {
        En => "💬 Ask about it",
        Ru => "💬 Задать вопрос",
        Zh => "💬 继续提问",
    }
}

fn share(language: Language) -> &'static str {
    match language {
        En => "📤 Show Symancy to a friend",
        Ru => "📤 Показать Symancy друзьям",
        Zh => "📤 推荐给朋友",
    }
}

/// The text that a person shares: nothing of theirs.
fn invitation(language: Language) -> &'static str {
    match language {
        En => "Symancy reads coffee grounds: send it a photo of your cup.",
        Ru => "Symancy гадает на кофейной гуще: пришлите фото своей чашки.",
        Zh => "Symancy 会解读咖啡渣：把您的杯子拍给它看看。",
    }
}
