//! What a text is written from, as the block of data that goes to the AI. Whatever people or an AI wrote
//! is quoted here. Pure.

use vendors::ai::reading::{self, Focus, Language};

use super::context::Context;
use super::quote;
use crate::model::{self, FocusArea, Reading, Vision};

/// What a text is written from, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct PromptInput<'a> {
    pub language: kernel::Language,
    pub focus_area: FocusArea,
    /// What the vision step saw in the cup.
    pub vision: Option<&'a Vision>,
    /// What the person wrote.
    pub words: Option<&'a str>,
    pub context: &'a Context,
}

/// The block; `reading` is what a question is about.
pub(super) fn block(input: PromptInput<'_>, reading: Option<&Reading>) -> String {
    let context = input.context;
    let request = reading::Request {
        language: language(input.language),
        focus: focus(input.focus_area),
        vision: input.vision.map(vision),
        reading: reading.map(|reading| reading::Reading {
            intro: quote::text(&reading.intro),
            sections: reading.sections.iter().map(section).collect(),
        }),
        earlier: context.readings.iter().map(|it| it.material()).collect(),
        messages: context.messages.iter().map(|it| it.material()).collect(),
        words: input.words.map(quote::text),
    };
    request.to_string()
}

fn language(language: kernel::Language) -> Language {
    match language {
        kernel::Language::Ru => Language::Ru,
        kernel::Language::En => Language::En,
        kernel::Language::Zh => Language::Zh,
    }
}

fn focus(area: FocusArea) -> Focus {
    match area {
        FocusArea::General => Focus::General,
        FocusArea::Wellbeing => Focus::Wellbeing,
        FocusArea::Career => Focus::Career,
        FocusArea::Relationships => Focus::Relationships,
    }
}

fn vision(vision: &Vision) -> reading::Vision {
    reading::Vision {
        is_cup: vision.is_cup,
        summary: quote::text(&vision.summary),
        patterns: vision.patterns.iter().map(pattern).collect(),
    }
}

fn pattern(pattern: &model::Pattern) -> reading::Pattern {
    reading::Pattern {
        shape: quote::text(&pattern.shape),
        symbol: quote::text(&pattern.symbol),
        place: quote::text(&pattern.place),
        confidence: pattern.confidence,
    }
}

fn section(section: &model::Section) -> reading::Section {
    reading::Section {
        title: quote::text(&section.title),
        content: quote::text(&section.content),
    }
}
