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

    /// The supported language of an `Accept-Language` header that has the highest weight, of equals the
    /// first one (RFC 9110, sections 12.4.2 and 12.5.4). A weight of 0 excludes it.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let supported = header.split(',').filter_map(|item| {
            let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let weight = weight.trim().strip_prefix(['q', 'Q'])?.trim_start();
            let weight: f32 = weight.strip_prefix('=')?.trim().parse().ok()?;
            Some((Self::from_tag(tag)?, weight)).filter(|_| weight > 0.0)
        });
        let best = supported.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language)
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
    fn the_supported_language_with_the_highest_weight_wins() {
        for (header, language) in [
            ("de, zh-CN;q=0.9, en;q=0.8", Some(Language::Zh)),
            ("zh;q=0.1, ru;q=0.9", Some(Language::Ru)),
            ("en, ru", Some(Language::En)),
            ("ru ; q = 0.5 , en;Q=0.6", Some(Language::En)),
            ("ru;q=0, en", Some(Language::En)),
            ("ru;q=0", None),
            ("ru;q=x, zh;q=0.001", Some(Language::Zh)),
            ("*", None),
            ("", None),
        ] {
            let found = Language::from_accept_language(header);
            assert_eq!(found, language, "{header}");
        }
    }
}
