//! The caring answer, and courtesies.

use kernel::Language;
use moderation::{care, is_courtesy};

/// Each number stands at its own site: 988lifeline.org, samaritans.org, telefon-doveria.ru, the notice of
/// the National Health Commission on 12356, shallwetalk.hk, and the Ministry of Health and Welfare of Taiwan.
#[test]
fn the_caring_answer_names_lines_of_help_in_each_language() {
    for (language, lines) in [
        (Language::En, ["988", "116 123", "112"].as_slice()),
        (Language::Ru, &["8-800-2000-122", "+7 495 989-50-50", "112"]),
        (Language::Zh, &["12356", "18111", "1925"]),
    ] {
        let text = care(language);
        for line in lines.iter().chain(&["findahelpline.com"]) {
            assert!(text.contains(line), "{language:?} without {line}");
        }
    }
}

#[test]
fn thanks_are_a_courtesy_and_questions_are_not() {
    for text in [
        "Thanks!",
        "thank you so much",
        "Спасибо большое ❤️",
        "谢谢！",
        "謝謝！",
        "👍",
        "❤️ 🙏🏽",
        "Ок.",
    ] {
        assert!(is_courtesy(text), "{text}");
    }
    for text in [
        "Thanks, and what about love?",
        "Спасибо, а что с работой?",
        "好的，那工作呢？",
        "why",
        "?",
        "...",
        "😢",
        "",
    ] {
        assert!(!is_courtesy(text), "{text}");
    }
}
