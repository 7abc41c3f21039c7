//! The announcement of a reading: one message in the chat, which says how far the reading is. Pure.

use chrono::{DateTime, Utc};
use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use vendors::messenger::Keyboard;

use crate::model::{AnalysisStatus, InputType, Steps};
use crate::{focus, texts};

/// How far a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The photo has come.
    Received,
    /// The AI looks at the cup.
    Looking,
    /// The AI writes the reading.
    Writing,
    /// The AI writes the answer to a question.
    Answering,
    /// The reading stands in the chat, or why there is none.
    Over,
    /// It was ended without a text.
    Ended,
}

impl Stage {
    fn of(steps: &Steps) -> Self {
        match steps.status {
            AnalysisStatus::Canceled => Self::Ended,
            AnalysisStatus::Completed | AnalysisStatus::Failed => Self::Over,
            _ if steps.input_type == InputType::Text => Self::Answering,
            _ if steps.vision.is_some() => Self::Writing,
            _ if steps.processed_key.is_some() => Self::Looking,
            _ => Self::Received,
        }
    }
}

/// Text and buttons of the announcement: while the focus area of a photo without words can be chosen, there
/// are buttons for it.
pub fn announcement(steps: &Steps, now: DateTime<Utc>, language: Language) -> (String, Keyboard) {
    let stage = Stage::of(steps);
    let mut text = line(stage, language).to_owned();
    let is_open = matches!(stage, Stage::Received | Stage::Looking);
    let mut keyboard = Keyboard::new();
    if is_open && steps.user_text.is_none() {
        text += &format!("\n\n{}", choice(language));
        let data = |area: crate::model::FocusArea| format!("focus:{}:{}", area.as_str(), steps.id);
        keyboard = focus::buttons(focus::AREAS, Some(steps.focus_area), language, data);
    }
    if steps.delay_told_at.is_some() && !matches!(stage, Stage::Over | Stage::Ended) {
        let minutes = (now - steps.created_at).num_minutes();
        text += &format!("\n\n{}", texts::delay(minutes, language));
    }
    (text, keyboard)
}

/// What is said before the announcement of a photo that came while another one was being read.
pub fn in_line(language: Language) -> &'static str {
    match language {
        En => "📥 I have this one too. Another cup of yours is still being read; this one follows.",
        Ru => "📥 Эта тоже у меня. Я ещё читаю вашу предыдущую чашку, эта — следующая.",
        Zh => "📥 这张我也收到了。上一只杯子还在解读，接下来就是这只。",
    }
}

fn choice(language: Language) -> &'static str {
    match language {
        En => "Is there something you would like to hear about? Choose it, or just wait.",
        Ru => "О чём вам хотелось бы узнать? Выберите — или просто подождите.",
        Zh => "有特别想了解的方面吗？请选择，或者稍等即可。",
    }
}

fn line(stage: Stage, language: Language) -> &'static str {
    match (stage, language) {
        (Stage::Received, En) => "🔮 Your photo is here. I am getting ready to read it…",
        (Stage::Received, Ru) => "🔮 Фото у меня. Готовлюсь читать…",
        (Stage::Received, Zh) => "🔮 照片收到了，我正准备解读……",
        (Stage::Looking, En) => "🔮 I am looking into your cup…",
        (Stage::Looking, Ru) => "🔮 Смотрю в вашу чашку…",
        (Stage::Looking, Zh) => "🔮 我正在看您的杯子……",
        (Stage::Writing, En) => "✍️ I have seen enough, and am writing your reading…",
        (Stage::Writing, Ru) => "✍️ Я всё рассмотрела и пишу вам…",
        (Stage::Writing, Zh) => "✍️ 我已经看好了，正在为您写解读……",
        (Stage::Answering, En) => "✍️ I am thinking about your question…",
        (Stage::Answering, Ru) => "✍️ Думаю над вашим вопросом…",
        (Stage::Answering, Zh) => "✍️ 我正在思考您的问题……",
        (Stage::Over, En) => "☕ Done: see below.",
        (Stage::Over, Ru) => "☕ Готово — смотрите ниже.",
        (Stage::Over, Zh) => "☕ 好了，请看下面。",
        (Stage::Ended, En) => "☕ I have put this cup aside.",
        (Stage::Ended, Ru) => "☕ Эту чашку я отложила.",
        (Stage::Ended, Zh) => "☕ 这只杯子我先放下了。",
    }
}
