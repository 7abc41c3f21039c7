//! The three supported languages.

use serde::{Deserialize, Serialize};

/// Language of a person; texts exist in each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Ru,
    En,
    Zh,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ru, Self::En, Self::Zh];

    /// The code as stored in `users.language_code`: ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// Reads an IETF tag such as `en-US` or `zh-hans`; `None` for an unsupported language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|language| language.code() == primary)
    }

    /// The language to use for a Telegram `language_code`. Telegram omits it for some
    /// clients; then the design document's default (`ru`) applies. An unsupported language gets
    /// English.
    pub fn for_telegram(tag: Option<&str>) -> Self {
        match tag {
            None | Some("") => Self::Ru,
            Some(tag) => Self::from_tag(tag).unwrap_or(Self::En),
        }
    }

    /// The first supported language in an `Accept-Language` header. Quality values are ignored:
    /// browsers list languages in order of preference.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        header
            .split(',')
            .filter_map(|item| item.split(';').next())
            .find_map(Self::from_tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regional_tag_is_its_language() {
        assert_eq!(Language::from_tag("en-US"), Some(Language::En));
        assert_eq!(Language::from_tag("zh_Hans_CN"), Some(Language::Zh));
        assert_eq!(Language::from_tag("de"), None);
    }

    #[test]
    fn telegram_without_a_language_is_russian_and_with_an_unsupported_one_english() {
        assert_eq!(Language::for_telegram(None), Language::Ru);
        assert_eq!(Language::for_telegram(Some("de")), Language::En);
    }

    #[test]
    fn the_first_supported_language_of_accept_language_wins() {
        assert_eq!(
            Language::from_accept_language("de, zh-CN;q=0.9, en;q=0.8"),
            Some(Language::Zh)
        );
        assert_eq!(Language::from_accept_language("*"), None);
    }
}
