//! Mailers: what each answer means for the next try, and that no field of a letter reaches another header.

mod headers;
mod server;
mod ses;
mod settings;
mod smtp;
mod sns;

use chrono::{DateTime, Utc};
use kernel::Language;
use uuid::Uuid;
use vendors::mailer::Message;

const FROM: &str = "Symancy <noreply@symancy.example>";
const ID: Uuid = Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001);

fn at() -> DateTime<Utc> {
    "2026-11-30T09:30:00Z".parse().expect("a moment")
}

fn message() -> Message {
    Message {
        id: ID,
        to: "anna@example.com".to_owned(),
        reply_to: None,
        subject: "Привет".to_owned(),
        text: "Hello\n.\nQUIT\n".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        language: Language::Ru,
        sent_at: at(),
    }
}
