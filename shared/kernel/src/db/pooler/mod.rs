//! Connections to a pooler that lends sessions by the transaction (PgBouncer's `pool_mode = transaction`): no statement
//! stays prepared. See [`rewriter`] for how.

mod rewriter;

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use rewriter::Rewriter;

/// Bytes that are read at once.
const READ: usize = 8 * 1024;

/// How a connection is secured below the messages.
#[derive(Clone)]
pub(super) enum Channel {
    Plain,
    Tls(MakeRustlsConnect),
}

type Fault = Box<dyn Error + Send + Sync>;
type RustlsConnect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// Opens one connection.
pub(super) enum Connector {
    Plain,
    Tls(RustlsConnect),
}

impl MakeTlsConnect<Socket> for Channel {
    type Stream = Stream;
    type TlsConnect = Connector;
    type Error = Fault;

    fn make_tls_connect(&mut self, host: &str) -> Result<Connector, Fault> {
        Ok(match self {
            Self::Plain => Connector::Plain,
            Self::Tls(tls) => {
                Connector::Tls(MakeTlsConnect::<Socket>::make_tls_connect(tls, host)?)
            }
        })
    }
}

impl TlsConnect<Socket> for Connector {
    type Stream = Stream;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<Stream, Fault>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            Ok(match self {
                Self::Plain => Stream::over(socket),
                Self::Tls(tls) => Stream::over(tls.connect(socket).await?),
            })
        })
    }
}

/// What messages go over.
trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// The messages of one connection, rewritten on their way.
pub(super) struct Stream {
    bytes: Box<dyn Bytes>,
    rewriter: Rewriter,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

impl Stream {
    fn over(bytes: impl Bytes + 'static) -> Self {
        Self {
            bytes: Box::new(bytes),
            rewriter: Rewriter::default(),
            to_server: Vec::new(),
            to_client: Vec::new(),
        }
    }

    /// Hands on everything that is for the server.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.to_server.is_empty() {
            let sent = ready!(Pin::new(&mut self.bytes).poll_write(cx, &self.to_server))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.to_server.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }
}

/// A pooler has no binding of the password to the channel; what is checked of it, `sslmode` says.
impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.to_client.is_empty() {
            let mut space = [0; READ];
            let mut read = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut this.bytes).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.rewriter.server(read.filled(), &mut this.to_client);
        }
        let count = this.to_client.len().min(buf.remaining());
        buf.put_slice(&this.to_client[..count]);
        this.to_client.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // What was taken before goes first, so that no more than one write waits here.
        ready!(this.poll_send(cx))?;
        this.rewriter.client(bytes, &mut this.to_server);
        match this.poll_send(cx) {
            Poll::Ready(Err(why)) => Poll::Ready(Err(why)),
            // The rest goes with the next write, or is flushed.
            _ => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.bytes).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.bytes).poll_shutdown(cx)
    }
}
