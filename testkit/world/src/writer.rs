//! An AI vendor whose answers a test streams itself, chunk by chunk, over OpenRouter's wire protocol
//! (<https://openrouter.ai/docs/api-reference/streaming>). It passes calls that do not stream to the
//! sandbox.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};
use testkit::PATIENCE;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::world::World;

/// Takes the place of OpenRouter in a world.
pub struct Writer {
    calls: mpsc::UnboundedReceiver<Writing>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts to listen, and sets the world's environment: processes started afterwards call it.
    ///
    /// # Errors
    /// No free port.
    pub async fn stand_in(world: &mut World) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr: SocketAddr = listener.local_addr()?;
        world.set("OPENROUTER_BASE_URL", format!("http://{addr}/api/v1"));
        let (sender, calls) = mpsc::unbounded_channel();
        let (http, sandbox) = (world.http.clone(), world.outside("/openrouter"));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, http, sandbox) = (sender.clone(), http.clone(), sandbox.clone());
                // A client may close its connection at any time.
                tokio::spawn(async move { serve(stream, &sender, &http, &sandbox).await.ok() });
            }
        });
        Ok(Self { calls, task })
    }

    /// Waits for the next call that streams.
    ///
    /// # Errors
    /// No call within [`PATIENCE`].
    pub async fn next(&mut self) -> anyhow::Result<Writing> {
        let call = tokio::time::timeout(PATIENCE, self.calls.recv()).await;
        call.context("there was no call that streams")?
            .context("the listener has ended")
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer that a test streams. Dropping it closes the connection in the middle.
pub struct Writing {
    stream: BufStream<TcpStream>,
}

impl Writing {
    /// Sends the next chunk of text.
    pub async fn says(&mut self, text: &str) -> anyhow::Result<()> {
        self.frame(json!([{ "index": 0, "delta": { "content": text }, "finish_reason": null }]))
            .await
    }

    /// Sends the last chunk and `[DONE]`.
    pub async fn ends(mut self) -> anyhow::Result<()> {
        self.frame(json!([{ "index": 0, "delta": { "content": "" }, "finish_reason": "stop" }]))
            .await?;
        self.stream.write_all(b"data: [DONE]\n\n").await?;
        Ok(self.stream.shutdown().await?)
    }

    async fn frame(&mut self, choices: Value) -> anyhow::Result<()> {
        let mut frame = json!({
            "id": "gen-1", "object": "chat.completion.chunk", "created": 1_767_225_600,
            "model": "test/writer", "choices": choices,
        });
        if choices[0]["finish_reason"] == "stop" {
            frame["usage"] = json!({
                "prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30, "cost": 0.000_03,
            });
        }
        let line = format!("data: {frame}\n\n");
        self.stream.write_all(line.as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }
}

async fn serve(
    stream: TcpStream,
    sender: &mpsc::UnboundedSender<Writing>,
    http: &reqwest::Client,
    sandbox: &str,
) -> anyhow::Result<()> {
    let mut stream = BufStream::new(stream);
    let (path, body) = request(&mut stream).await?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if asked["stream"] == true {
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(b": OPENROUTER PROCESSING\n\n").await?;
        stream.flush().await?;
        let _ = sender.send(Writing { stream });
        return Ok(());
    }
    let call = http.post(format!("{sandbox}{path}")).bearer_auth("sandbox");
    let answer = call.body(body).send().await?;
    let (status, body) = (answer.status().as_u16(), answer.bytes().await?);
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

/// Reads path and body of a request.
async fn request(stream: &mut BufStream<TcpStream>) -> anyhow::Result<(String, Vec<u8>)> {
    let (mut path, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if path.is_none() {
            path = line.split(' ').nth(1).map(str::to_owned);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((path.context("there is no request line")?, body))
}
