//! A vendor on this machine that sends the replies of a test, and keeps the requests. One request
//! takes one reply; a request too many is answered with a 418.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use url::Url;

type AnyBody = BoxBody<Bytes, std::io::Error>;

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Bytes,
    delay: Duration,
    cut: Option<Duration>,
}

impl Reply {
    /// An answer at once, with nothing but a body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let (headers, delay, cut) = (Vec::new(), Duration::ZERO, None);
        Self {
            status,
            headers,
            body: body.into(),
            delay,
            cut,
        }
    }

    /// A JSON body.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    /// The page of a gateway that stands before the vendor.
    pub fn html(status: u16) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}\
             </h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, page).header("content-type", "text/html")
    }

    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sends nothing for so long.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the half of what the header promises, and closes the connection so much later.
    pub fn cut_after(mut self, wait: Duration) -> Self {
        self.cut = Some(wait);
        self
    }

    async fn response(self) -> anyhow::Result<Response<AnyBody>> {
        tokio::time::sleep(self.delay).await;
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let Some(wait) = self.cut else {
            return Ok(response.body(Full::new(self.body).map_err(never).boxed())?);
        };
        response = response.header(header::CONTENT_LENGTH, self.body.len());
        let half = self.body.slice(..self.body.len() / 2);
        let body = stream::iter([Ok(Frame::data(half))]).chain(stream::once(async move {
            tokio::time::sleep(wait).await;
            Err(std::io::Error::other("the stub cuts the line"))
        }));
        Ok(response.body(BodyExt::boxed(StreamBody::new(body)))?)
    }
}

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// As it was written, still encoded.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    async fn read(request: Request<Incoming>) -> anyhow::Result<Self> {
        let (head, body) = request.into_parts();
        Ok(Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    /// The method and the path.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A header, or nothing if it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{:?}", self.body))
    }
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    received: Vec<Received>,
}

/// The server; it ends with the test's runtime.
pub struct Stub {
    pub url: Url,
    script: Arc<Mutex<Script>>,
}

impl Stub {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = address(listener.local_addr()?)?;
        let replies = replies.into_iter().collect();
        let script = Arc::new(Mutex::new(Script {
            replies,
            received: Vec::new(),
        }));
        tokio::spawn(listen(listener, script.clone()));
        Ok(Self { url, script })
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .received
            .clone()
    }

    /// The only request.
    pub fn only(&self) -> anyhow::Result<Received> {
        let received = self.received();
        anyhow::ensure!(
            received.len() == 1,
            "{} requests: {received:#?}",
            received.len()
        );
        received.into_iter().next().context("one request")
    }
}

async fn listen(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, script.clone()));
    }
}

// A connection that the client gives up ends in an error which is of no interest.
async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>) {
    let service = service_fn(move |request| reply(request, script.clone()));
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn reply(
    request: Request<Incoming>,
    script: Arc<Mutex<Script>>,
) -> anyhow::Result<Response<AnyBody>> {
    let received = Received::read(request).await?;
    let next = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        script.received.push(received);
        script.replies.pop_front()
    };
    next.unwrap_or_else(|| Reply::new(418, "not in the script"))
        .response()
        .await
}

fn never(why: Infallible) -> std::io::Error {
    match why {}
}

fn address(socket: std::net::SocketAddr) -> anyhow::Result<Url> {
    Ok(Url::parse(&format!("http://{socket}/"))?)
}

/// An address where no server listens. The port stays reserved as long as the socket lives.
pub fn unused_address() -> anyhow::Result<(Url, TcpSocket)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    Ok((address(socket.local_addr()?)?, socket))
}
