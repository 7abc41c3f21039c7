//! The rules of readings: keys of photos, and the fields of a request. Pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
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

/// What stands for the photo of a reading that is another one of the same cup: the reading with the photo, with
/// which it goes.
pub fn photo_of(analysis_id: Uuid) -> String {
    format!("{PHOTO_OF}{analysis_id}")
}

/// The reading with the photo, of what [`photo_of`] has written.
pub fn photographed(source_file_id: &str) -> Option<Uuid> {
    source_file_id.strip_prefix(PHOTO_OF)?.parse().ok()
}

const PHOTO_OF: &str = "analysis:";

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

/// The key of a picture of a reading that its person shares.
pub fn card_key(analysis_id: Uuid, card: Uuid) -> String {
    format!("{PHOTOS}{analysis_id}/{CARDS}{card}.jpg")
}

/// The shared picture that a key in the bucket belongs to; `None` if it is none.
pub fn card_of(key: &str) -> Option<Uuid> {
    let (_, rest) = key.strip_prefix(PHOTOS)?.split_once('/')?;
    rest.strip_prefix(CARDS)?.strip_suffix(".jpg")?.parse().ok()
}

const CARDS: &str = "cards/";

/// How many days a shared picture can be seen.
pub const DAYS_OF_SHARES: i64 = 30;

/// How many pictures of one reading can be shared in a day.
pub const SHARES_OF_READING: usize = 10;

/// How many pictures a person can share in a day.
pub const SHARES_OF_PERSON: usize = 50;

/// When a picture of a reading can be shared again, after these of the last day, the oldest first, of which reading
/// and when. `None`: now.
pub fn next_share(day: &[(Uuid, DateTime<Utc>)], reading: Uuid) -> Option<DateTime<Utc>> {
    let all = day.iter().map(|(_, at)| *at);
    let own = day
        .iter()
        .filter(|(of, _)| *of == reading)
        .map(|(_, at)| *at);
    let bounds = [
        (all.collect::<Vec<_>>(), SHARES_OF_PERSON),
        (own.collect(), SHARES_OF_READING),
    ];
    let frees = |(made, most): (Vec<DateTime<Utc>>, usize)| {
        Some(*made.get(made.len().checked_sub(most)?)? + TimeDelta::days(1))
    };
    bounds.into_iter().filter_map(frees).max()
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

/// The longest search, in characters.
pub const SEARCH_MAX_CHARS: usize = 100;

/// The words of a search; none of an empty one.
///
/// # Errors
/// E105 if it is longer than [`SEARCH_MAX_CHARS`].
pub fn search(raw: Option<&str>) -> Result<Vec<String>, Error> {
    let raw = raw.unwrap_or_default();
    if raw.chars().count() > SEARCH_MAX_CHARS {
        let why = format!("is longer than {SEARCH_MAX_CHARS} characters");
        return Err(Error::invalid("q", why));
    }
    Ok(raw.split_whitespace().map(str::to_owned).collect())
}

/// The refusal where a person has not agreed to the terms and the privacy policy as they are now.
pub fn no_consent() -> Error {
    Error::Invalid {
        code: people::codes::CONSENT_REQUIRED,
        field: "consent",
        why: "PUT /v1/users/me/consents, or from a service `consent=obtained`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_its_words_and_bounded() {
        assert_eq!(search(None).expect("valid"), [""; 0]);
        assert_eq!(
            search(Some("  птица\u{3000}鸟 ")).expect("valid"),
            ["птица", "鸟"]
        );
        assert!(search(Some(&"鸟".repeat(SEARCH_MAX_CHARS))).is_ok());
        assert!(search(Some(&"鸟".repeat(SEARCH_MAX_CHARS + 1))).is_err());
    }

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
    fn so_many_pictures_of_a_reading_and_of_a_person_can_be_shared_in_a_day() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let day = TimeDelta::days(1);
        let minutes = |count: usize| TimeDelta::minutes(count as i64);
        let (reading, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |reading, count: usize| -> Vec<(Uuid, DateTime<Utc>)> {
            (0..count)
                .map(|at| (reading, start + minutes(at)))
                .collect()
        };
        assert_eq!(next_share(&[], reading), None);
        assert_eq!(
            next_share(&of(reading, SHARES_OF_READING - 1), reading),
            None
        );
        let full = of(reading, SHARES_OF_READING);
        assert_eq!(next_share(&full, reading), Some(start + day));
        assert_eq!(next_share(&full, other), None);
        let full = of(other, SHARES_OF_PERSON);
        assert_eq!(next_share(&full, reading), Some(start + day));
        // Two were accepted at once: the second oldest has to be over too.
        let more = of(reading, SHARES_OF_READING + 1);
        assert_eq!(next_share(&more, reading), Some(start + minutes(1) + day));
    }

    #[test]
    fn the_key_of_a_shared_picture_names_its_reading_and_itself() {
        let (reading, card) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = card_key(reading, card);
        assert!(key.starts_with(&photos_of(reading)), "{key}");
        assert_eq!(
            (analysis_of(&key), card_of(&key)),
            (Some(reading), Some(card))
        );
        for other in photo_keys(reading) {
            assert_eq!(card_of(&other), None, "{other}");
        }
    }

    #[test]
    fn words_are_trimmed_and_bounded() {
        assert_eq!(words(Some("  ")).expect("valid"), None);
        assert_eq!(words(Some(" a ")).expect("valid").as_deref(), Some("a"));
        assert!(words(Some(&"я".repeat(TEXT_MAX_CHARS))).is_ok());
        assert!(words(Some(&"я".repeat(TEXT_MAX_CHARS + 1))).is_err());
    }
}
