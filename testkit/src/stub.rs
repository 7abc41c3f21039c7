//! A server on this machine that gives the replies of a test and keeps the requests.
//!
//! Written by hand, because `wiremock` can neither break off in the middle of a body (wiremock-rs issue
//! 149), nor tell how many calls are open at once, nor notice that a client has gone. Tests of vendors
//! need all three in one script with ordinary replies.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use url::Url;

type AnyBody = BoxBody<Bytes, std::io::Error>;

/// One reply.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    delay: Duration,
    cut: Option<Duration>,
}

impl Reply {
    /// A reply at once, with nothing but a body.
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
    pub fn json(status: u16, body: &Value) -> Self {
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

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
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

    fn response(self) -> anyhow::Result<Response<AnyBody>> {
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

fn never(why: Infallible) -> std::io::Error {
    match why {}
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

    /// # Errors
    /// The body is not JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{:?}", self.body))
    }
}

/// The server; it ends with the test's runtime.
pub struct Stub {
    pub url: Url,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    received: Vec<Received>,
    open: usize,
    most_open: usize,
}

impl Stub {
    /// A stub that gives these replies in turn. A request too many is answered with a 418.
    ///
    /// # Errors
    /// No free port.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> anyhow::Result<Self> {
        let replies: VecDeque<Reply> = replies.into_iter().collect();
        let replies = Mutex::new(replies);
        let next = move || lock(&replies).pop_front();
        let surplus = || Reply::new(418, "not in the script");
        Self::answering(move |_| next().unwrap_or_else(surplus)).await
    }

    /// A stub that replies to each request with what this returns.
    ///
    /// # Errors
    /// No free port.
    pub async fn answering(
        answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = address(listener.local_addr()?)?;
        let log = Arc::new(Mutex::new(Log::default()));
        let (answer, of_calls) = (Arc::new(answer), log.clone());
        let service = service_fn(move |request| reply(request, answer.clone(), of_calls.clone()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
                // One that the client gives up ends in an error which is of no interest.
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Ok(Self { url, log })
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.log).received.clone()
    }

    /// The only request.
    ///
    /// # Errors
    /// There were none, or more.
    pub fn only(&self) -> anyhow::Result<Received> {
        let received = self.received();
        anyhow::ensure!(
            received.len() == 1,
            "{} requests: {received:#?}",
            received.len()
        );
        received.into_iter().next().context("one request")
    }

    /// The most calls that were open at once.
    pub fn most_open(&self) -> usize {
        lock(&self.log).most_open
    }
}

async fn reply(
    request: Request<Incoming>,
    answer: Arc<impl Fn(&Received) -> Reply>,
    log: Arc<Mutex<Log>>,
) -> anyhow::Result<Response<AnyBody>> {
    let received = Received::read(request).await?;
    let reply = answer(&received);
    let _open = Open::new(log, received);
    tokio::time::sleep(reply.delay).await;
    reply.response()
}

/// A call that has its reply still to come. It is dropped before the reply, after which the client may
/// begin the next one, or when the client closes the connection.
struct Open(Arc<Mutex<Log>>);

impl Open {
    fn new(log: Arc<Mutex<Log>>, received: Received) -> Self {
        let mut entries = lock(&log);
        entries.received.push(received);
        entries.open += 1;
        entries.most_open = entries.most_open.max(entries.open);
        drop(entries);
        Self(log)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.0).open -= 1;
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn address(socket: std::net::SocketAddr) -> anyhow::Result<Url> {
    Ok(Url::parse(&format!("http://{socket}/"))?)
}

/// An address where no server listens. The port stays reserved as long as the socket lives.
///
/// # Errors
/// No free port.
pub fn unused_address() -> anyhow::Result<(Url, TcpSocket)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    Ok((address(socket.local_addr()?)?, socket))
}
