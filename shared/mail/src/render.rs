//! A letter as a person reads it: subject, text, and HTML that fetches nothing.

use kernel::Language;
use maud::{DOCTYPE, Markup, html};

use crate::letter::Content;
use crate::template::{self, Block, Text, Value, Values};

/// A letter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Renders a letter.
pub fn render(content: &Content, language: Language) -> Rendered {
    let text = template::fill(content.template(), language, &values(content));
    let footer = match content {
        // Answers to it are read by whom it quotes.
        Content::ContactReceived { .. } => None,
        _ => Some(template::footer(language)),
    };
    Rendered {
        text: plain(&text, footer),
        html: page(&text, footer, language).into_string(),
        subject: text.subject,
    }
}

fn values(content: &Content) -> Values {
    let words = |text: &String| Value::Words(text.clone());
    let maybe = |text: &Option<String>| text.as_ref().map_or(Value::None, words);
    let link = |text: &String| Value::Link(text.clone());
    let message = |text: &String| Value::Message(text.clone());
    match content {
        Content::PasswordChanged
        | Content::Linked
        | Content::SignInReused
        | Content::SecondFactorOn
        | Content::SecondFactorOff
        | Content::AccountDeleted
        | Content::ExportReady => Vec::new(),
        Content::PasskeyAdded { name }
        | Content::PasskeyRemoved { name }
        | Content::PasskeyCopied { name } => vec![("name", words(name))],
        Content::RecoveryCodeUsed { left } => vec![("left", Value::Words(left.to_string()))],
        Content::Welcome { name } => vec![("name", maybe(name))],
        Content::VerifyEmail { link: to }
        | Content::ResetPassword { link: to }
        | Content::ConfirmEmail { link: to } => vec![("link", link(to))],
        Content::EmailChanged { to, undo } => vec![("to", words(to)), ("undo", link(undo))],
        Content::AlreadyRegistered { sign_in, reset } => {
            vec![("sign_in", link(sign_in)), ("reset", link(reset))]
        }
        Content::LinkEmail { account, link: to } => {
            vec![("account", maybe(account)), ("link", link(to))]
        }
        Content::Unlinked { undo } => vec![("undo", undo.as_ref().map_or(Value::None, link))],
        Content::NewDevice { device, place, at } => vec![
            ("device", words(device)),
            ("place", words(place)),
            (
                "at",
                Value::Words(at.format("%Y-%m-%d %H:%M UTC").to_string()),
            ),
        ],
        Content::Invitation {
            organization,
            inviter,
            link: to,
        } => vec![
            ("organization", words(organization)),
            ("inviter", maybe(inviter)),
            ("link", link(to)),
        ],
        Content::ContactReceived {
            name,
            email,
            message: text,
        } => vec![
            ("name", words(name)),
            ("email", words(email)),
            ("message", message(text)),
        ],
        Content::SupportAnswer { question, answer } => {
            vec![("question", message(question)), ("answer", message(answer))]
        }
        Content::MoneyNews {
            subject,
            organization,
            message: text,
            link: to,
        } => vec![
            ("subject", words(subject)),
            ("organization", maybe(organization)),
            ("message", message(text)),
            ("link", link(to)),
        ],
        Content::Quota80 {
            organization,
            unit,
            used,
            allowed,
            resets,
            link: to,
        } => vec![
            ("organization", maybe(organization)),
            ("unit", words(unit)),
            ("used", words(used)),
            ("allowed", words(allowed)),
            ("resets", words(resets)),
            ("link", link(to)),
        ],
        Content::Quota100 {
            organization,
            unit,
            allowed,
            resets,
            link: to,
        } => vec![
            ("organization", maybe(organization)),
            ("unit", words(unit)),
            ("allowed", words(allowed)),
            ("resets", words(resets)),
            ("link", link(to)),
        ],
        Content::Invoice {
            title,
            number,
            organization,
            item,
            total,
            link: to,
            days,
        } => vec![
            ("title", words(title)),
            ("number", words(number)),
            ("organization", maybe(organization)),
            ("item", words(item)),
            ("total", words(total)),
            ("link", link(to)),
            ("days", Value::Words(days.to_string())),
        ],
        Content::WebhookDisabled {
            host,
            organization,
            gone,
            since,
        } => vec![
            ("host", words(host)),
            ("organization", maybe(organization)),
            ("gone", maybe(gone)),
            ("since", maybe(since)),
        ],
    }
}

fn plain(text: &Text, footer: Option<&str>) -> String {
    let block = |block: &Block| match block {
        Block::Words(words) => words.clone(),
        Block::Button { label, url } => format!("{label}:\n{url}"),
        Block::Quote(words) => {
            let lines: Vec<String> = words.lines().map(|line| format!("> {line}")).collect();
            lines.join("\n")
        }
    };
    let mut parts: Vec<String> = text.blocks.iter().map(block).collect();
    // RFC 3676, section 4.3: what follows is a signature.
    parts.extend(footer.map(|footer| format!("-- \n{footer}")));
    parts.join("\n\n") + "\n"
}

const BODY: &str = "margin:0;padding:24px 12px;background:#f4efe9;color:#2b211a;\
    font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const CARD: &str =
    "max-width:520px;margin:0 auto;padding:28px;background:#ffffff;border-radius:12px";
const NAME: &str = "margin:0 0 20px;font-size:14px;letter-spacing:2px;color:#8a5a2b";
const TITLE: &str = "margin:0 0 16px;font-size:22px;line-height:1.3";
const WORDS: &str = "margin:0 0 16px";
const BUTTON: &str = "display:inline-block;padding:12px 22px;border-radius:8px;background:#6b4226;color:#ffffff;\
    text-decoration:none;font-weight:600";
const ADDRESS: &str = "margin:0 0 16px;font-size:13px;color:#7a6a5c;word-break:break-all";
const QUOTE: &str =
    "margin:0 0 16px;padding:4px 0 4px 14px;border-left:3px solid #d9c7b4;white-space:pre-wrap";
const FOOTER: &str = "max-width:520px;margin:16px auto 0;font-size:13px;color:#7a6a5c";

fn page(text: &Text, footer: Option<&str>, language: Language) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (text.subject) }
            }
            body style=(BODY) {
                div style=(CARD) {
                    p style=(NAME) { "SYMANCY" }
                    h1 style=(TITLE) { (text.subject) }
                    @for block in &text.blocks { (paragraph(block)) }
                }
                @if let Some(footer) = footer { p style=(FOOTER) { (footer) } }
            }
        }
    }
}

fn paragraph(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Words(words) => p style=(WORDS) { (words) },
            Block::Quote(words) => blockquote style=(QUOTE) { (words) },
            Block::Button { label, url } => {
                p style=(WORDS) { a href=(url) style=(BUTTON) { (label) } }
                // For a client that shows no buttons, and for eyes that want to see where it leads.
                p style=(ADDRESS) { (url) }
            }
        }
    }
}
