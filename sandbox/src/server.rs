//! Starts and stops a sandbox: two listeners, the couriers, the snapshot. Calls `router` and
//! `s3` for each request.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::http::{Answer, Req};
use crate::telegram::{courier, store};
use crate::world::World;
use crate::{http, router, s3};

/// A sandbox at work. Stops when dropped.
pub struct Running {
    /// Bot API, chat page, AI and control.
    pub addr: SocketAddr,
    /// S3.
    pub s3_addr: SocketAddr,
    world: Arc<World>,
}

impl Running {
    /// `http://host:port` of everything but S3.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// `http://host:port` of S3.
    pub fn s3_url(&self) -> String {
        format!("http://{}", self.s3_addr)
    }

    /// Stops and, if asked to persist, writes the chats down first.
    pub async fn stop(self) {
        if self.world.config.persist {
            let world = self.world.clone();
            let saved = tokio::task::spawn_blocking(move || store::save(&world)).await;
            if let Ok(Err(e)) = saved {
                tracing::warn!("the chats cannot be saved: {e}");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.world.abort_all();
    }
}

/// Brings a sandbox up inside the current tokio runtime; both ports answer when it returns.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let past = if config.persist {
        store::load(&config.data_dir)
    } else {
        Default::default()
    };
    std::fs::create_dir_all(config.data_dir.join("s3").join(&config.bucket))
        .with_context(|| format!("the folder {} cannot be made", config.data_dir.display()))?;
    let door = listen(config.listen).await?;
    let s3_door = listen(config.s3_listen).await?;
    let (addr, s3_addr) = (door.local_addr()?, s3_door.local_addr()?);
    let store_service = s3::Store::open(&config)?;
    let world = Arc::new(World::new(config, past)?);
    world.settle_at(addr);

    let shared = world.clone();
    world.spawn(accept(door, move |request| answer(shared.clone(), request)));
    let shared = world.clone();
    world.spawn(accept(s3_door, move |request| {
        let (store, world) = (store_service.clone(), shared.clone());
        async move { store.answer(&world, request).await }
    }));
    if world.config.persist {
        world.spawn(store::keep_saving(world.clone()));
    }
    courier::wake_all(&world);
    Ok(Running {
        addr,
        s3_addr,
        world,
    })
}

async fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "Port {} on {} is in use. Stop the program that holds it, or choose another address with SANDBOX_ADDR and SANDBOX_S3_ADDR.",
            addr.port(),
            addr.ip()
        ),
        _ => anyhow::anyhow!("The sandbox cannot listen on {addr}: {e}"),
    })
}

async fn answer(world: Arc<World>, request: Request<Incoming>) -> Answer {
    match Req::read(request).await {
        Ok(req) => router::answer(&world, req).await,
        Err(why) => Ok(http::status_json(
            hyper::StatusCode::PAYLOAD_TOO_LARGE,
            &serde_json::json!({ "error": why }),
        )),
    }
}

/// Serves every connection; an error of `handle` closes its connection without a reply. The
/// connections live in a set of their own and end with this task.
async fn accept<B, E, F>(
    listener: TcpListener,
    handle: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, handle.clone()));
                }
                Err(e) => {
                    // Out of file descriptors, mostly: waiting is all that helps.
                    tracing::warn!("a connection cannot be accepted: {e}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve<B, E, F>(stream: TcpStream, handle: impl Fn(Request<Incoming>) -> F + Send)
where
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service_fn(handle));
    if let Err(e) = connection.await {
        tracing::debug!("connection ended: {e}");
    }
}
