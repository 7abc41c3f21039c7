//! The input of the offline reader, in its own types. Pure.

use crate::model;
use crate::model::{FocusArea, Vision};
use vendors::ai::material::{Focus, Pattern, Section, Sight, UnsafeContent};

pub(super) fn focus(area: FocusArea) -> Focus {
    match area {
        FocusArea::General => Focus::General,
        FocusArea::Wellbeing => Focus::Wellbeing,
        FocusArea::Career => Focus::Career,
        FocusArea::Relationships => Focus::Relationships,
    }
}

/// A stored vision has passed the check of its content.
pub(super) fn sight(vision: &Vision) -> Sight {
    Sight {
        is_cup: vision.is_cup,
        unsafe_content: UnsafeContent::None,
        summary: vision.summary.clone(),
        patterns: vision.patterns.iter().map(pattern).collect(),
    }
}

fn pattern(pattern: &model::Pattern) -> Pattern {
    Pattern {
        shape: pattern.shape.clone(),
        symbol: pattern.symbol.clone(),
        place: pattern.place.clone(),
        confidence: pattern.confidence,
    }
}

pub(super) fn section(section: &model::Section) -> Section {
    Section {
        title: section.title.clone(),
        content: section.content.clone(),
    }
}
