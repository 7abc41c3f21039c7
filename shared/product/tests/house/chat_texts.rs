//! What the bot says when something does not work: no code of ours, and what to do.

use std::collections::BTreeSet;

use bot::jobs::Notice;
use bot::talk::Talk;
use bot::wishes::Wish;
use kernel::{ErrorCode, Language};
use product::error_codes;
use readings::model::FocusArea;
use uuid::Uuid;
use vendors::messenger::telegram_update::Content;

/// Each notice, and each of what cannot be read.
const NOTICES: [Notice; 30] = [
    Notice::Care,
    Notice::AskConsent,
    Notice::Agreed,
    Notice::StayedAway,
    Notice::Suspended,
    Notice::Paused,
    Notice::Welcome,
    Notice::Greeting,
    Notice::Introduction { is_invited: false },
    Notice::Introduction { is_invited: true },
    Notice::Help,
    Notice::UnknownCommand,
    Notice::Terms,
    Notice::Privacy,
    Notice::Invite,
    Notice::FriendCame,
    Notice::CannotRead(Content::Sticker),
    Notice::CannotRead(Content::Voice),
    Notice::CannotRead(Content::Video),
    Notice::CannotRead(Content::Location),
    Notice::CannotRead(Content::Contact),
    Notice::CannotRead(Content::UnreadableImage),
    Notice::CannotRead(Content::File),
    Notice::CannotRead(Content::Other),
    Notice::Cancelled,
    Notice::TooLateToCancel,
    Notice::Dropped,
    Notice::NothingToCancel,
    Notice::PhotoHint,
    Notice::TooFast,
];

/// Notices of what is stored, which `database/chat_pages.rs` checks, and those of [`TALK`].
const PAGES: [&str; 8] = [
    "DailyLimit",
    "MonthlyLimit",
    "TrialOver",
    "Plans",
    "History",
    "Settings",
    "Support",
    "Talk",
];

/// The names of the variants of an enum in a source.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let body = source.split_once(&format!("pub enum {name} {{"));
    let body = body
        .and_then(|(_, rest)| rest.split_once("\n}"))
        .map(|(body, _)| body);
    let lines = body.into_iter().flat_map(str::lines);
    let names = lines.filter_map(|line| {
        let rest = line
            .strip_prefix("    ")
            .filter(|rest| rest.starts_with(char::is_uppercase))?;
        rest.split(|letter: char| !letter.is_alphanumeric()).next()
    });
    names.map(str::to_owned).collect()
}

#[test]
fn every_notice_is_in_the_list_above() {
    let notices = variants(include_str!("../../../bot/src/jobs.rs"), "Notice");
    let contents = include_str!("../../../vendors/src/messenger/telegram_update/content.rs");
    let contents = variants(contents, "Content");
    assert!(
        notices.len() > 20 && contents.len() > 6,
        "{notices:?} {contents:?}"
    );
    let listed = NOTICES.map(|notice| format!("{notice:?}"));
    let is_listed = |name: &String| {
        let words = |one: &String| {
            one.split(|c: char| !c.is_alphanumeric())
                .any(|word| word == name)
        };
        listed.iter().any(words)
    };
    let missing: Vec<_> = notices
        .union(&contents)
        .filter(|name| !is_listed(name) && !PAGES.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
const TALK: [Talk; 13] = [
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
    Talk::NewWords {
        analysis_id: Uuid::nil(),
    },
    Talk::NotYet,
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

/// What stands in messages about money; pages of rows are checked in `database/chat_pages.rs`.
fn of_money(language: Language) -> Vec<String> {
    use money::payments::texts;
    use money::subscriptions::model::SubscriptionTier::{Basic, Free};
    vec![
        texts::invoice(Basic, "150 ⭐", language),
        texts::invoice_late(language).to_owned(),
        texts::no_invoice(language).to_owned(),
        texts::refused(Basic, Some("E403"), language),
        texts::refunded(Basic, "150 ⭐", language),
        texts::plan_ended(Basic, Free, language),
        texts::trial_ending("...", language),
    ]
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
        texts.extend(of_money(language));
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
