//! Every letter in every language is what `fixtures/mail/` has, which the sandbox shows (`/mail/templates`).
//! `WRITE_LETTERS=1` writes it.

use std::path::PathBuf;

use kernel::Language;
use mail::letter::Content;
use mail::render::{Rendered, render};

const EVIL: &str = "<b>A&B</b> {link}\r\nBcc: eve@example.com\u{2028}\u{202e}";

fn text(text: &str) -> String {
    text.to_owned()
}

/// One of each template. Persons' words are as bad as they may be.
fn all() -> Vec<Content> {
    vec![
        Content::Welcome {
            name: Some(text("Anna")),
        },
        Content::VerifyEmail {
            link: text("https://symancy.example/app/#verify=a-secret&x=1"),
        },
        Content::ResetPassword {
            link: text("https://symancy.example/app/#reset=a-secret"),
        },
        Content::PasswordChanged,
        Content::EmailChanged {
            to: text("new@example.com"),
            undo: text("https://symancy.example/app/#undo=a-secret"),
        },
        Content::ConfirmEmail {
            link: text("https://symancy.example/app/#confirm=a-secret"),
        },
        Content::AlreadyRegistered {
            sign_in: text("https://symancy.example/app/#sign-in"),
            reset: text("https://symancy.example/app/#forgot"),
        },
        Content::LinkEmail {
            account: Some(text(EVIL)),
            link: text("https://symancy.example/auth/link-email#token=a-secret"),
        },
        Content::Linked,
        Content::Unlinked {
            undo: Some(text(
                "https://symancy.example/auth/undo-email#token=a-secret",
            )),
        },
        Content::NewDevice {
            device: text("Firefox, Linux"),
            place: text("192.0.2.1"),
            at: "2026-11-30T09:30:00Z".parse().expect("a moment"),
        },
        Content::SignInReused,
        Content::SecondFactorOn,
        Content::SecondFactorOff,
        Content::PasskeyAdded {
            name: text("<b>A&B</b>"),
        },
        Content::PasskeyRemoved {
            name: text("Ann’s phone"),
        },
        Content::PasskeyCopied {
            name: text("the blue key"),
        },
        Content::RecoveryCodeUsed { left: 9 },
        Content::Invitation {
            organization: text("Tea & Sympathy"),
            inviter: Some(text("Anna")),
            link: text("https://symancy.example/app/#invitation=a-secret"),
        },
        Content::ContactReceived {
            name: text(EVIL),
            email: text("eve@example.com"),
            message: text("Hello,\r\n\r\n<script>alert(1)</script>\r\n.\r\nQUIT"),
        },
        Content::AccountDeleted,
        Content::ExportReady,
        Content::SupportAnswer {
            question: text("Where is\nmy cup?"),
            answer: text("Here."),
        },
        Content::MoneyNews {
            subject: text("The payment was refused"),
            organization: Some(text("Tea & Sympathy")),
            message: text("⚠️ The next month of Basic could not be charged.\n\nCheck the card."),
            link: text("https://symancy.example/checkout"),
        },
        Content::Quota80 {
            organization: Some(text("Tea & Sympathy")),
            unit: text("API requests"),
            used: text("8000"),
            allowed: text("10000"),
            resets: text("2027-01-01 00:00 UTC"),
            link: text("https://symancy.example/checkout"),
        },
        Content::Quota100 {
            organization: Some(text("Tea & Sympathy")),
            unit: text("API requests"),
            allowed: text("10000"),
            resets: text("2027-01-01 00:00 UTC"),
            link: text("https://symancy.example/checkout"),
        },
        Content::Invoice {
            title: text("Invoice"),
            number: text("INV-2026-000001"),
            organization: Some(text("Tea & Sympathy")),
            item: text("Symancy, plan Basic, one month (2026-11-30 – 2026-12-30)"),
            total: text("299.00 RUB"),
            link: text("https://symancy.example/v1/invoices/linked/a-secret/pdf"),
            days: 30,
        },
        Content::WebhookDisabled {
            host: text("hooks.example.com"),
            organization: Some(text("Tea & Sympathy")),
            gone: None,
            since: Some(text("2026-11-26")),
        },
    ]
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/mail")).join(name)
}

#[test]
fn every_letter_is_what_the_fixtures_have() {
    for content in all() {
        for language in Language::ALL {
            let Rendered {
                subject,
                text,
                html,
            } = render(&content, language);
            let name = format!("{}.{}", content.template(), language.code());
            for (name, found) in [
                (
                    format!("{name}.txt"),
                    format!("Subject: {subject}\n\n{text}"),
                ),
                (format!("{name}.html"), html),
            ] {
                if std::env::var_os("WRITE_LETTERS").is_some() {
                    std::fs::write(file(&name), &found).expect("a folder that can be written");
                }
                let kept = std::fs::read_to_string(file(&name)).expect(&name);
                assert_eq!(found, kept, "{name}");
            }
        }
    }
}

#[test]
fn no_letter_fetches_anything_and_no_word_of_a_person_becomes_markup() {
    for content in all() {
        for language in Language::ALL {
            let html = render(&content, language).html;
            for sign in ["<script", "<img", "src=", "url(", "<link", "<b>"] {
                assert!(!html.contains(sign), "{sign} in {content:?}");
            }
        }
    }
}

#[test]
fn no_subject_has_a_second_line_and_no_variable_is_left() {
    for content in all() {
        for language in Language::ALL {
            let letter = render(&content, language);
            assert!(!letter.subject.is_empty(), "{content:?}");
            assert!(!letter.subject.chars().any(char::is_control), "{content:?}");
            let foreign = matches!(
                content,
                Content::ContactReceived { .. } | Content::LinkEmail { .. }
            );
            assert!(foreign || !letter.text.contains('{'), "{}", letter.text);
        }
    }
}

#[test]
fn each_language_has_words_of_its_own() {
    for content in all() {
        let [ru, en, zh] = Language::ALL.map(|language| render(&content, language).text);
        assert!(ru != en && en != zh && ru != zh, "{content:?}");
        assert!(
            zh.chars()
                .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
        );
        assert!(ru.chars().any(|letter| ('а'..='я').contains(&letter)));
    }
}
