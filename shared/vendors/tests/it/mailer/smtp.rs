//! SMTP, by RFC 5321, 3463 (codes) and 4954 (AUTH).

use std::time::Duration;

use testkit::stub::unused_address;
use vendors::ProviderErrorKind as Kind;
use vendors::mailer::smtp::Smtp;
use vendors::mailer::{Accepted, Mailer, SmtpConfig, SmtpTls};

use super::server::{Act, Server};
use super::{FROM, message};
use crate::failure;

const PASSWORD: &str = "password-of-the-server";

fn config(port: u16) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        tls: SmtpTls::None,
        credentials: Some(("symancy".to_owned(), PASSWORD.to_owned())),
        timeout: Duration::from_millis(400),
    }
}

#[tokio::test]
async fn a_letter_is_handed_over_whole() -> anyhow::Result<()> {
    let server = Server::start(&[]).await?;
    let sent = Smtp::new(&config(server.port), FROM)?
        .send(&message())
        .await?;
    assert_eq!(sent, Accepted { id: None });
    let heard = server.heard();
    let position = |line: &str| heard.iter().position(|one| one == line);
    assert_eq!(heard[0], "EHLO symancy.example");
    // RFC 4616: an empty identity, the name and the password, with NUL between.
    assert_eq!(
        heard[1],
        "AUTH PLAIN AHN5bWFuY3kAcGFzc3dvcmQtb2YtdGhlLXNlcnZlcg=="
    );
    assert_eq!(heard[2], "MAIL FROM:<noreply@symancy.example>");
    assert_eq!(heard[3], "RCPT TO:<anna@example.com>");
    assert!(
        position("From: Symancy <noreply@symancy.example>").is_some(),
        "{heard:?}"
    );
    assert!(position("Auto-Submitted: auto-generated").is_some());
    assert!(position("X-Entity-Ref-ID: 0199c3a0-0000-7000-8000-000000000001").is_some());
    let id = "Message-ID: <0199c3a0-0000-7000-8000-000000000001@symancy.example>";
    assert!(position(id).is_some(), "{heard:?}");
    // The letter's own dot is doubled, and does not end it.
    assert!(
        position("..").is_some() && position("QUIT") > position(".."),
        "{heard:?}"
    );
    assert_eq!(heard.iter().filter(|line| *line == ".").count(), 1);
    Ok(())
}

#[tokio::test]
async fn an_answer_means_what_its_moment_makes_of_it() -> anyhow::Result<()> {
    use Act::{Closes, Hangs, Says};
    for (moment, act, kind) in [
        ("greeting", Says("421 4.3.2 Not now"), Kind::Transient),
        ("greeting", Says("554 5.7.1 Not for you"), Kind::Auth),
        (
            "greeting",
            Says("HTTP/1.1 400 Bad Request"),
            Kind::Transient,
        ),
        ("greeting", Closes, Kind::Transient),
        ("greeting", Hangs, Kind::Transient),
        (
            "AUTH",
            Says("535 5.7.8 password-of-the-server is wrong"),
            Kind::Auth,
        ),
        ("AUTH", Says("454 4.7.0 Temporary failure"), Kind::Auth),
        (
            "MAIL",
            Says("550 5.7.1 You may not send from there"),
            Kind::Auth,
        ),
        ("MAIL", Says("451 4.3.0 Later"), Kind::Transient),
        ("RCPT", Says("550 5.1.1 No such user"), Kind::RecipientGone),
        ("RCPT", Says("550 No such user"), Kind::RecipientGone),
        (
            "RCPT",
            Says("550 5.2.1 Mailbox disabled"),
            Kind::RecipientGone,
        ),
        (
            "RCPT",
            Says("550 5.7.1 Your network is blocked"),
            Kind::Rejected,
        ),
        ("RCPT", Says("452 4.2.2 Mailbox full"), Kind::Transient),
        ("RCPT", Says("451 4.7.1 Greylisted"), Kind::Transient),
        ("RCPT", Hangs, Kind::Transient),
        ("DATA", Says("451 4.3.0 Later"), Kind::Transient),
        ("DATA", Closes, Kind::Transient),
        (".", Says("550 5.1.1 No such user"), Kind::RecipientGone),
        (".", Says("550 5.7.1 Looks like spam"), Kind::Rejected),
        (".", Says("552 5.3.4 Too large"), Kind::Rejected),
        (".", Says("451 4.3.0 Later"), Kind::Transient),
        // After the last dot nobody knows.
        (".", Hangs, Kind::Timeout),
        (".", Closes, Kind::Interrupted),
        (".", Says("hello"), Kind::Protocol),
    ] {
        let server = Server::start(&[(moment, act)]).await?;
        let sent = Smtp::new(&config(server.port), FROM)?
            .send(&message())
            .await;
        let found = failure(sent, &[PASSWORD, "AHN5bWFuY3k"])?;
        assert_eq!(found, kind, "{moment} {act:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_letter_that_is_taken_is_taken_whatever_comes_after_it() -> anyhow::Result<()> {
    for act in [Act::Hangs, Act::Closes] {
        let server = Server::start(&[("QUIT", act)]).await?;
        Smtp::new(&config(server.port), FROM)?
            .send(&message())
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn nobody_there_is_worth_another_try() -> anyhow::Result<()> {
    let (url, _held) = unused_address()?;
    let port = url.port().expect("a port");
    let sent = Smtp::new(&config(port), FROM)?.send(&message()).await;
    assert_eq!(failure(sent, &[PASSWORD])?, Kind::Transient);
    Ok(())
}

#[tokio::test]
async fn without_tls_nothing_is_said_where_it_is_wanted() -> anyhow::Result<()> {
    for tls in [SmtpTls::StartTls, SmtpTls::Implicit] {
        let server = Server::start(&[]).await?;
        let config = SmtpConfig {
            tls,
            ..config(server.port)
        };
        let sent = Smtp::new(&config, FROM)?.send(&message()).await;
        assert_eq!(failure(sent, &[PASSWORD])?, Kind::Transient, "{tls:?}");
        let heard = server.heard();
        assert!(
            !heard.iter().any(|line| line.starts_with("AUTH")),
            "{heard:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_none_never_leaves() -> anyhow::Result<()> {
    for to in [
        "anna@example.com>\r\nRCPT TO:<eve@example.com",
        "anna",
        "",
        "anna@example.com> SIZE=9",
    ] {
        let server = Server::start(&[]).await?;
        let mut letter = message();
        letter.to = to.to_owned();
        let sent = Smtp::new(&config(server.port), FROM)?.send(&letter).await;
        assert_eq!(failure(sent, &[PASSWORD])?, Kind::Rejected, "{to:?}");
        let heard = server.heard();
        assert!(
            !heard.iter().any(|line| line.starts_with("RCPT")),
            "{heard:?}"
        );
    }
    Ok(())
}
