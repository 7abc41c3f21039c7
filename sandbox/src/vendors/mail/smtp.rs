//! The server's side of SMTP (RFC 5321), as far as a client that sends needs it: no TLS, any credential.

use std::net::TcpListener;
use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{CALLS, Mail};
use crate::faults::Fate;

/// The longest line and the largest letter that are read, in bytes.
const LINE_MAX: u64 = 16 * 1024;
const LETTER_MAX: usize = 10 * 1024 * 1024;

type Conn = BufReader<TcpStream>;

/// What happens to the connection after a command.
enum Next {
    Say(String),
    Close,
}

fn say(text: &str) -> Next {
    Next::Say(text.to_owned())
}

/// The letter that a client is about to send.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

/// Serves every connection until the sandbox stops.
pub async fn listen(mail: Arc<Mail>, listener: TcpListener) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(e) => return tracing::error!("SMTP cannot listen: {e}"),
    };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let mail = mail.clone();
                connections.spawn(async move {
                    if let Err(e) = serve(&mail, BufReader::new(stream)).await {
                        tracing::debug!("an SMTP connection ended: {e}");
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(mail: &Mail, mut conn: Conn) -> std::io::Result<()> {
    write(&mut conn, "220 sandbox ESMTP").await?;
    let mut envelope = Envelope::default();
    while let Some(line) = read_line(&mut conn).await? {
        match obey(mail, &mut conn, &mut envelope, &line).await? {
            Next::Say(answer) => write(&mut conn, &answer).await?,
            Next::Close => break,
        }
        if line.eq_ignore_ascii_case("QUIT") {
            break;
        }
    }
    Ok(())
}

async fn obey(
    mail: &Mail,
    conn: &mut Conn,
    envelope: &mut Envelope,
    line: &str,
) -> std::io::Result<Next> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    Ok(match verb.to_ascii_uppercase().as_str() {
        "EHLO" => say("250-sandbox\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10485760"),
        "HELO" | "NOOP" => say("250 OK"),
        "AUTH" => sign_in(conn, rest).await?,
        "RSET" => {
            *envelope = Envelope::default();
            say("250 OK")
        }
        "MAIL" => match address(rest, "FROM:") {
            Some(from) => {
                envelope.from = Some(from);
                say("250 OK")
            }
            None => say("501 5.1.7 MAIL FROM:<address>"),
        },
        "RCPT" => match address(rest, "TO:") {
            Some(to) if envelope.from.is_some() => recipient(mail, envelope, to).await,
            _ => say("503 5.5.1 MAIL FROM first, then RCPT TO:<address>"),
        },
        "DATA" if envelope.to.is_empty() => say("503 5.5.1 RCPT TO first"),
        "DATA" => {
            write(conn, "354 End with a line of one dot").await?;
            letter(mail, conn, std::mem::take(envelope)).await?
        }
        "QUIT" => say("221 2.0.0 Bye"),
        _ => say("502 5.5.2 Not a command of this server"),
    })
}

/// The address in `FROM:<anna@example.com> SIZE=9`.
fn address(rest: &str, word: &str) -> Option<String> {
    let head = rest.get(..word.len())?;
    let (inside, _) = rest[word.len()..]
        .trim()
        .strip_prefix('<')?
        .split_once('>')?;
    head.eq_ignore_ascii_case(word).then(|| inside.to_owned())
}

async fn sign_in(conn: &mut Conn, rest: &str) -> std::io::Result<Next> {
    // Name and password by themselves (LOGIN), or both at once (PLAIN) with the command or after it.
    let questions = match rest.split_whitespace().collect::<Vec<_>>()[..] {
        ["LOGIN"] => 2,
        [_, _] => 0,
        _ => 1,
    };
    for _ in 0..questions {
        write(conn, "334 ").await?;
        if read_line(conn).await?.is_none() {
            return Ok(Next::Close);
        }
    }
    Ok(say("235 2.7.0 Welcome"))
}

async fn recipient(mail: &Mail, envelope: &mut Envelope, to: String) -> Next {
    let mut watch = mail.world.calls.watch(&CALLS, "RCPT", json!({ "to": to }));
    let injection = mail.world.faults.injection(&CALLS, "RCPT");
    watch.fault(injection.fate.name());
    tokio::time::sleep(injection.latency).await;
    if let Some(next) = refusal(&injection.fate).await {
        if let Next::Say(text) = &next {
            watch.answered(code(text));
        }
        return next;
    }
    watch.answered(250);
    envelope.to.push(to);
    say("250 2.1.5 OK")
}

async fn letter(mail: &Mail, conn: &mut Conn, envelope: Envelope) -> std::io::Result<Next> {
    let Some(raw) = read_letter(conn).await? else {
        return Ok(Next::Close);
    };
    let detail = json!({ "to": envelope.to });
    let mut watch = mail.world.calls.watch(&CALLS, "DATA", detail);
    let injection = mail.world.faults.injection(&CALLS, "DATA");
    watch.fault(injection.fate.name());
    tokio::time::sleep(injection.latency).await;
    // Accepted and never answered: the letter is there.
    let takes = matches!(injection.fate, Fate::Pass | Fate::LoseReply | Fate::Hang);
    let from = envelope.from.unwrap_or_default();
    let id = takes.then(|| mail.take("smtp", &from, envelope.to, &raw));
    if let Some(next) = refusal(&injection.fate).await {
        if let Next::Say(text) = &next {
            watch.answered(code(text));
        }
        return Ok(next);
    }
    watch.answered(250);
    Ok(Next::Say(format!(
        "250 2.0.0 OK {}",
        id.unwrap_or_default()
    )))
}

/// What a fault does instead of an answer.
async fn refusal(fate: &Fate) -> Option<Next> {
    Some(match fate {
        Fate::Pass => return None,
        Fate::Down | Fate::LoseReply => Next::Close,
        Fate::Hang => std::future::pending().await,
        Fate::RateLimit(_) => say("451 4.7.1 Too many letters, try again later"),
        Fate::Fail(550) => say("550 5.1.1 No such mailbox here"),
        Fate::Fail(451) => say("451 4.3.0 Try again later"),
        Fate::Fail(status @ 400..=499) => Next::Say(format!("{status} 4.0.0 Not now")),
        Fate::Fail(status) => Next::Say(format!("{status} 5.7.1 Refused")),
    })
}

fn code(answer: &str) -> u16 {
    answer
        .get(..3)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0)
}

/// The letter up to its last dot, with the dots before other dots taken out (section 4.5.2).
async fn read_letter(conn: &mut Conn) -> std::io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = (&mut *conn)
            .take(LINE_MAX)
            .read_until(b'\n', &mut line)
            .await?;
        if read == 0 || raw.len() > LETTER_MAX {
            return Ok(None);
        }
        if line == b".\r\n" {
            return Ok(Some(raw));
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

async fn read_line(conn: &mut Conn) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = (&mut *conn)
        .take(LINE_MAX)
        .read_until(b'\n', &mut line)
        .await?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
}

async fn write(conn: &mut Conn, answer: &str) -> std::io::Result<()> {
    conn.write_all(format!("{answer}\r\n").as_bytes()).await?;
    conn.flush().await
}
