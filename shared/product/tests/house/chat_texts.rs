//! What the bot says when something does not work: no code of ours, and what to do.

use bot::jobs::Notice;
use bot::talk::Talk;
use bot::wishes::Wish;
use kernel::{ErrorCode, Language};
use product::error_codes;
use readings::model::FocusArea;
use uuid::Uuid;

const NOTICES: [Notice; 7] = [
    Notice::Care,
    Notice::Welcome,
    Notice::Greeting,
    Notice::PhotoHint,
    Notice::DailyLimit,
    Notice::MonthlyLimit,
    Notice::TrialOver,
];

const TALK: [Talk; 11] = [
    Talk::ChooseFocus,
    Talk::FocusChosen {
        focus_area: FocusArea::Career,
    },
    Talk::FocusTooLate,
    Talk::AnotherFocus {
        analysis_id: Uuid::nil(),
    },
    Talk::AskAbout {
        analysis_id: Uuid::nil(),
    },
    Talk::ConfirmQuestion {
        analysis_id: Uuid::nil(),
    },
    Talk::WordsKept,
    Talk::Dropped,
    Talk::Pleased,
    Talk::UseCommand { wish: Wish::Cancel },
    Talk::Gone,
];

/// Whether a text has a code: a letter E and three digits.
fn names_a_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_code = |at: &[u8]| at[0] == b'E' && at[1..].iter().all(u8::is_ascii_digit);
    bytes.windows(4).any(is_code)
}

#[test]
fn no_text_in_the_chat_has_a_code() {
    let mut texts = Vec::new();
    for language in Language::ALL {
        let failed = |code: &ErrorCode| {
            [
                readings::texts::failure(*code, language),
                people::privacy::texts::export_failed(*code, language),
            ]
        };
        texts.extend(product::codes().iter().flat_map(failed));
        texts.extend(NOTICES.map(|notice| bot::texts::notice(notice, Some("Ann"), language)));
        texts.push(readings::texts::delay(3, language));
        texts.extend(TALK.map(|talk| bot::talk::text(talk, language)));
    }
    assert!(texts.len() > 200, "{}", texts.len());
    for text in texts {
        assert!(!names_a_code(&text), "{text}");
    }
    assert!(names_a_code("Daily limit exceeded. (E301)"));
}

/// One sentence says what is wrong, another what to do.
#[test]
fn the_fault_of_a_person_comes_with_what_to_do() {
    for code in error_codes::by_person() {
        for language in Language::ALL {
            let message = code.message(language);
            let sentences = message.matches(['.', '。', ':']).count();
            assert!(sentences >= 2, "{code} {language:?}: {message}");
        }
    }
}
