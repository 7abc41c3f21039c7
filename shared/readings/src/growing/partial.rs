//! The part of a reading that is written so far.

use serde::{Deserialize, Serialize};

use crate::model::{Reading, Section};

/// What can be shown of a reading so far.
///
/// Each text is the beginning of the one in the finished reading. A section stands here from the
/// first character of its content on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Partial {
    /// Empty while nothing is written, and again when the writing starts over.
    pub intro: String,
    pub sections: Vec<Section>,
}

impl Partial {
    /// Without white space at the ends: the finished reading may end there.
    pub(super) fn trimmed(&self) -> Self {
        let section = |section: &Section| Section {
            title: section.title.trim_end().to_owned(),
            content: section.content.trim_end().to_owned(),
        };
        Self {
            intro: self.intro.trim_end().to_owned(),
            sections: self.sections.iter().map(section).collect(),
        }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.intro.is_empty() && self.sections.is_empty()
    }
}

impl From<Partial> for Reading {
    fn from(partial: Partial) -> Self {
        Self {
            intro: partial.intro,
            sections: partial.sections,
        }
    }
}
