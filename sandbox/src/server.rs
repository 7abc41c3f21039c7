//! Starts and stops a sandbox: the listeners, the vendors, the snapshots. Calls `router` for each
//! request, or the vendor that has a port of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::http::Answer;
use crate::vendors::Vendors;
use crate::world::World;
use crate::{router, snapshot};

/// A sandbox at work. Stops when dropped.
pub struct Running {
    /// The main port.
    pub addr: SocketAddr,
    own_ports: BTreeMap<&'static str, SocketAddr>,
    world: Arc<World>,
    vendors: Arc<Vendors>,
}

impl Running {
    /// `http://host:port` of the main port.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The vendors and the base address of each, without a slash at its end; and ports that do not speak HTTP, as
    /// `host:port`.
    pub fn vendor_urls(&self) -> BTreeMap<&'static str, String> {
        let url = |name: &str| match self.own_ports.get(name) {
            Some(addr) => format!("http://{addr}"),
            None => format!("http://{}/{name}", self.addr),
        };
        let names = self.vendors.iter().map(|vendor| vendor.name());
        let others = self
            .vendors
            .iter()
            .flat_map(|vendor| vendor.other_addresses());
        names.map(|name| (name, url(name))).chain(others).collect()
    }

    /// Stops and, if asked to persist, writes the snapshots first.
    pub async fn stop(self) {
        if self.world.config.persist {
            snapshot::save_in_background(&self.world, &self.vendors).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.world.abort_all();
    }
}

/// Brings a sandbox up inside the current tokio runtime; all ports answer when it returns.
///
/// # Errors
/// A port is taken, a folder cannot be used, or a setting is wrong.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the folder {} cannot be made", config.data_dir.display()))?;
    let world = Arc::new(World::new(config)?);
    let vendors = Arc::new(Vendors::open(&world)?);
    let main = listen(world.config.listen).await?;
    let addr = main.local_addr()?;
    world.settle_at(addr);
    let mut own_ports = BTreeMap::new();
    for vendor in vendors.iter() {
        if let Some(wanted) = vendor.own_port() {
            let listener = listen(wanted).await?;
            own_ports.insert(vendor.name(), listener.local_addr()?);
            let vendor = vendor.clone();
            world.spawn(accept(listener, move |request| {
                let vendor = vendor.clone();
                async move {
                    let path = request.uri().path().to_owned();
                    vendor.answer(&path, request).await
                }
            }));
        }
        vendor.clone().start();
    }
    let shared = (world.clone(), vendors.clone());
    world.spawn(accept(main, move |request| {
        let (world, vendors) = shared.clone();
        async move { router::answer(&world, &vendors, request).await }
    }));
    if world.config.persist {
        world.spawn(snapshot::keep_saving(world.clone(), vendors.clone()));
    }
    Ok(Running {
        addr,
        own_ports,
        world,
        vendors,
    })
}

async fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "Port {} on {} is in use. Stop the program that holds it, or set another address in the environment (README.md lists the variables).",
            addr.port(),
            addr.ip()
        ),
        _ => anyhow::anyhow!("The sandbox cannot listen on {addr}: {e}"),
    })
}

/// Serves every connection; an error of `handle` closes its connection without a reply. The
/// connections live in a set of their own and end with this task.
async fn accept<F: Future<Output = Answer> + Send + 'static>(
    listener: TcpListener,
    handle: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) {
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

async fn serve<F: Future<Output = Answer> + Send + 'static>(
    stream: TcpStream,
    handle: impl Fn(Request<Incoming>) -> F + Send,
) {
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service_fn(handle));
    if let Err(e) = connection.await {
        tracing::debug!("connection ended: {e}");
    }
}
