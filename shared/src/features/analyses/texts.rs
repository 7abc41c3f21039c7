//! What people read of a reading besides the reading itself, in three languages.

use crate::Language;
use crate::features::analyses::model::Reading;
use crate::features::moderation;

/// What moderation has to say to a person who may be in danger, in the form of a reading.
pub fn caring(language: Language) -> Reading {
    Reading {
        intro: moderation::care(language).to_owned(),
        sections: Vec::new(),
    }
}
