//! No field of a letter begins another header, another recipient, or another letter.

use std::time::Duration;

use vendors::mailer::smtp::Smtp;
use vendors::mailer::{Mailer, Message, SmtpConfig, SmtpTls};

use super::server::Server;
use super::{FROM, message};

/// What ends a line somewhere, and what follows.
const BREAKS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\u{2028}",
    "\u{85}",
    "\0",
    "\u{b}",
    "\r\n\r\n",
    "\r\n.\r\n",
];
const INJECTED: &str = "Bcc: eve@example.com";

/// A letter with this value in one of its fields.
fn letters(value: &str) -> Vec<Message> {
    let of = |change: fn(&mut Message, String)| {
        let mut letter = message();
        change(&mut letter, value.to_owned());
        letter
    };
    vec![
        of(|letter, value| letter.subject = value),
        of(|letter, value| letter.reply_to = Some(value)),
        of(|letter, value| letter.to = value),
        of(|letter, value| letter.text = value),
        of(|letter, value| letter.html = value),
    ]
}

#[tokio::test]
async fn a_line_break_in_any_field_begins_nothing() -> anyhow::Result<()> {
    let server = Server::start(&[]).await?;
    let config = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        tls: SmtpTls::None,
        credentials: None,
        timeout: Duration::from_secs(5),
    };
    let smtp = Smtp::new(&config, FROM)?;
    let mut sent = 0;
    for end in BREAKS {
        for letter in letters(&format!("x@example.com{end}{INJECTED}{end}x")) {
            // Refused or written harmlessly.
            sent += usize::from(smtp.send(&letter).await.is_ok());
        }
    }
    let heard = server.heard();
    let recipients = heard.iter().filter(|line| line.starts_with("RCPT"));
    assert_eq!(recipients.count(), sent, "one a letter");
    assert_eq!(heard.iter().filter(|line| *line == ".").count(), sent);
    assert!(sent >= 3 * BREAKS.len(), "{sent} letters left");
    let mut in_header = false;
    for line in &heard {
        in_header = match line.as_str() {
            "DATA" => true,
            "" => false,
            _ => in_header,
        };
        assert!(!(in_header && line.starts_with("Bcc")), "{heard:#?}");
        assert!(
            !line.to_ascii_uppercase().starts_with("RCPT TO:<EVE"),
            "{line}"
        );
    }
    Ok(())
}
