//! The focus areas as a person sees them: their names, and the buttons to choose one.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use vendors::messenger::{Button, Keyboard};

use crate::model::FocusArea;

/// In the order of the buttons.
pub const AREAS: [FocusArea; 4] = [
    FocusArea::Relationships,
    FocusArea::Career,
    FocusArea::Wellbeing,
    FocusArea::General,
];

/// The name of a focus area.
pub fn name(area: FocusArea, language: Language) -> &'static str {
    use FocusArea::{Career, General, Relationships, Wellbeing};
    match (area, language) {
        (Relationships, En) => "❤️ Love",
        (Relationships, Ru) => "❤️ Любовь",
        (Relationships, Zh) => "❤️ 感情",
        (Career, En) => "💼 Work",
        (Career, Ru) => "💼 Работа",
        (Career, Zh) => "💼 事业",
        (Wellbeing, En) => "🌿 Well-being",
        (Wellbeing, Ru) => "🌿 Самочувствие",
        (Wellbeing, Zh) => "🌿 身心",
        (General, En) => "✨ Everything",
        (General, Ru) => "✨ Обо всём",
        (General, Zh) => "✨ 综合",
    }
}

/// Buttons for these areas, two in a row; `data` is what each sends back. The chosen one has a tick.
pub fn buttons(
    areas: impl IntoIterator<Item = FocusArea>,
    chosen: Option<FocusArea>,
    language: Language,
    data: impl Fn(FocusArea) -> String,
) -> Keyboard {
    let button = |area: FocusArea| {
        let tick = if chosen == Some(area) { "✓ " } else { "" };
        Button::press(format!("{tick}{}", name(area, language)), data(area))
    };
    let buttons: Vec<Button> = areas.into_iter().map(button).collect();
    buttons.chunks(2).map(<[Button]>::to_vec).collect()
}
