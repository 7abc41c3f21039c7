//! The rules of readings: keys of photos, and the fields of a request. Pure.

use std::time::Duration;

use moderation::Assessment;
use uuid::Uuid;

use crate::model::FocusArea;
use kernel::error::Error;

/// The longest text a person can send, in characters: what fits into one Telegram message.
pub const TEXT_MAX_CHARS: usize = 4_096;

/// The estimated time of a reading in seconds, for clients (design document, section 5.1).
pub const ESTIMATED_TIME_SECONDS: u32 = 30;

/// The key of the photo as it was sent.
pub fn original_key(analysis_id: Uuid) -> String {
    format!("{PHOTOS}{analysis_id}/original")
}

/// The key of the picture for the AI.
pub fn processed_key(analysis_id: Uuid) -> String {
    format!("{PHOTOS}{analysis_id}/processed.jpg")
}

/// The key of the thumbnail for lists.
pub fn thumbnail_key(analysis_id: Uuid) -> String {
    format!("{PHOTOS}{analysis_id}/thumbnail.jpg")
}

/// All keys that a reading may have in the bucket.
pub fn photo_keys(analysis_id: Uuid) -> [String; 3] {
    [
        original_key(analysis_id),
        processed_key(analysis_id),
        thumbnail_key(analysis_id),
    ]
}

/// The name of a photo in the copy of a person's data, by its content type.
pub fn photo_name(analysis_id: Uuid, content_type: Option<&str>) -> String {
    let extension = match content_type {
        Some("image/jpeg") => "jpg",
        Some("image/png") => "png",
        Some("image/webp") => "webp",
        _ => "bin",
    };
    format!("photos/{analysis_id}.{extension}")
}

/// How many days a shared picture can be seen.
pub const DAYS_OF_SHARES: i64 = 30;

/// How long a signed URL of a photo works.
pub const PHOTO_LINK: Duration = Duration::from_secs(15 * 60);

/// The prefix of the keys of all photos of a reading.
pub fn photos_of(analysis_id: Uuid) -> String {
    format!("{PHOTOS}{analysis_id}/")
}

/// The prefix of the keys of all photos.
pub const PHOTOS: &str = "analyses/";

/// The reading that a key in the bucket belongs to.
pub fn analysis_of(key: &str) -> Option<Uuid> {
    let (id, _) = key.strip_prefix(PHOTOS)?.split_once('/')?;
    id.parse().ok()
}

/// Parses the field `focus_area`; a missing or empty one means `general`.
///
/// # Errors
/// E103.
pub fn focus_area(raw: Option<&str>) -> Result<FocusArea, Error> {
    match raw.map(str::trim).filter(|raw| !raw.is_empty()) {
        None => Ok(FocusArea::General),
        Some(raw) => FocusArea::parse(raw).ok_or_else(|| Error::Invalid {
            code: crate::codes::INVALID_FOCUS_AREA,
            field: "focus_area",
            why: "must be one of wellbeing, career, relationships, general".to_owned(),
        }),
    }
}

/// The words to store with a reading of words: none of a person who may be in danger. Such a reading is
/// the caring answer ([`crate::texts::caring`]).
pub fn kept_words(words: &str) -> &str {
    match moderation::assess(words) {
        Assessment::Crisis => "",
        Assessment::Fine | Assessment::Refused => words,
    }
}

/// A person's words, trimmed; `None` if nothing is left.
///
/// # Errors
/// E105 if they are longer than [`TEXT_MAX_CHARS`].
pub fn words(raw: Option<&str>) -> Result<Option<String>, Error> {
    let Some(text) = raw.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > TEXT_MAX_CHARS {
        return Err(Error::invalid(
            "text",
            format!("is longer than {TEXT_MAX_CHARS} characters"),
        ));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_focus_area_is_general_and_an_unknown_one_is_e103() {
        assert_eq!(focus_area(None).expect("valid"), FocusArea::General);
        assert_eq!(
            focus_area(Some("career")).expect("valid"),
            FocusArea::Career
        );
        let refused = focus_area(Some("lottery")).expect_err("unknown");
        assert_eq!(refused.code(), crate::codes::INVALID_FOCUS_AREA);
    }

    #[test]
    fn words_are_trimmed_and_bounded() {
        assert_eq!(words(Some("  ")).expect("valid"), None);
        assert_eq!(words(Some(" a ")).expect("valid").as_deref(), Some("a"));
        assert!(words(Some(&"я".repeat(TEXT_MAX_CHARS))).is_ok());
        assert!(words(Some(&"я".repeat(TEXT_MAX_CHARS + 1))).is_err());
    }
}
