//! `symancy health`: an image without a shell has nothing else to ask with.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use kernel::env::{Env, Setting};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::failure::Failure;
use crate::operator::settings;
use crate::secrets_args::Asked;

// The programs declare them, with their help.
const PORT: Setting = Setting::new("PORT", "3000", "The port of the API.");
const WORKER: Setting = Setting::new(
    "WORKER_METRICS_ADDR",
    "127.0.0.1:9465",
    "The listener of the worker's metrics.",
);

/// `symancy health`: one that answers is enough where no program is named, because a container runs one of them.
pub(super) async fn health(program: Option<Asked>, patience: Duration) -> Result<(), Failure> {
    let places = settings(places)?;
    let asked = places
        .into_iter()
        .filter(|(one, ..)| program.is_none_or(|program| program == *one));
    let mut refusals = Vec::new();
    for (_, address, path) in asked {
        match tokio::time::timeout(patience, is_well(address, path)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(why)) => refusals.push(format!("http://{address}{path}: {why}.")),
            Err(_) => refusals.push(format!("http://{address}{path} does not answer.")),
        }
    }
    Err(Failure::Refused(refusals.join("\n")))
}

/// Each program, where it listens, and the path that is asked for.
fn places(env: &mut Env<'_>) -> [(Asked, SocketAddr, &'static str); 2] {
    let api = SocketAddr::from((Ipv4Addr::LOCALHOST, env.value(&PORT)));
    let worker = on_this_machine(env.value(&WORKER));
    [
        (Asked::Api, api, "/v1/health"),
        (Asked::Worker, worker, "/health"),
    ]
}

/// Nothing can be asked at `0.0.0.0`; what listens there answers on the loopback.
fn on_this_machine(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        match address {
            SocketAddr::V4(_) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(_) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        }
    }
    address
}

async fn is_well(address: SocketAddr, path: &str) -> Result<(), String> {
    let answer = ask(address, path).await.map_err(|why| why.to_string())?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(()),
        _ => Err(format!("the answer was {status:?} and not 200")),
    }
}

/// The beginning of the answer, with its status line.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = [0; 64];
    let mut filled = 0;
    while filled < answer.len() {
        match stream.read(&mut answer[filled..]).await? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(String::from_utf8_lossy(&answer[..filled]).into_owned())
}
