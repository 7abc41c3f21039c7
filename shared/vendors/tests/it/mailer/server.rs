//! A mail server that says what a test has written down, and keeps what it hears.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// What the server says instead of what is usual.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Says(&'static str),
    Closes,
    Hangs,
}

/// The moments at which it acts: the greeting, a verb, or `.` for the end of a letter.
pub struct Server {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(acts: &[(&'static str, Act)]) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (acts, lines) = (acts.to_vec(), heard.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acts, lines) = (acts.clone(), lines.clone());
                tokio::spawn(async move { serve(BufReader::new(stream), &acts, &lines).await });
            }
        });
        Ok(Self { port, heard })
    }

    /// All lines of all clients.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no panic").clone()
    }
}

async fn serve(
    mut conn: BufReader<tokio::net::TcpStream>,
    acts: &[(&'static str, Act)],
    heard: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut moment = "greeting".to_owned();
    loop {
        let act = acts
            .iter()
            .find(|(known, _)| *known == moment)
            .map(|(_, act)| *act);
        let usual = match moment.as_str() {
            "greeting" => "220 test ESMTP",
            "EHLO" => "250-test\r\n250 AUTH PLAIN",
            "AUTH" => "235 2.7.0 OK",
            "DATA" => "354 Go on",
            "QUIT" => "221 Bye",
            _ => "250 OK",
        };
        let answer = match act {
            Some(Act::Closes) => return None,
            Some(Act::Hangs) => std::future::pending().await,
            Some(Act::Says(text)) => text,
            None => usual,
        };
        conn.write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
        let in_letter = moment == "DATA" && answer.starts_with("354");
        moment = loop {
            let mut line = String::new();
            (conn.read_line(&mut line).await.ok()? > 0).then_some(())?;
            let line = line.trim_end_matches("\r\n").to_owned();
            heard.lock().expect("no panic").push(line.clone());
            match in_letter {
                true if line == "." => break line,
                true => {}
                false => break line.split(' ').next().unwrap_or_default().to_owned(),
            }
        };
    }
}
