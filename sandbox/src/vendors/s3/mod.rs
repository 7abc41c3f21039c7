//! S3 on a port of its own, because S3 clients need the whole path: the `s3s` protocol over the
//! `s3s-fs` folder store, with faults in front.

mod objects;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use serde_json::json;

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Cut, Reply, with_type};
use crate::vendor::Vendor;
use crate::world::World;
use objects::Objects;

const NAME: &str = "s3";

const CALLS: Service = Service {
    name: NAME,
    operations: &["GET", "PUT", "HEAD", "POST", "DELETE"],
    kind: Kind::Calls,
};

static SERVICES: [Service; 1] = [CALLS];

/// The object store.
struct S3 {
    world: Arc<World>,
    port: SocketAddr,
    service: S3Service,
}

/// The store on `s3/` in the data folder, with its bucket.
///
/// # Errors
/// The address of the port is none, or the folder cannot be used.
pub fn open(world: &Arc<World>) -> anyhow::Result<Arc<dyn Vendor>> {
    let config = &world.config;
    let folder = config.data_dir.join(NAME);
    std::fs::create_dir_all(folder.join(config.or("SANDBOX_BUCKET", "symancy-photos")))
        .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let keys = config.data_dir.join("s3-keys");
    let mut builder = S3ServiceBuilder::new(Objects::open(folder, keys)?);
    builder.set_auth(SimpleAuth::from_single(
        config.or("S3_ACCESS_KEY_ID", "sandbox"),
        config.or("S3_SECRET_ACCESS_KEY", "sandbox-secret"),
    ));
    Ok(Arc::new(S3 {
        world: world.clone(),
        port: config.address("SANDBOX_S3_ADDR", 4011)?,
        service: builder.build(),
    }))
}

#[async_trait]
impl Vendor for S3 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn own_port(&self) -> Option<SocketAddr> {
        Some(self.port)
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let detail = json!({ "path": path });
        let watch = self
            .world
            .calls
            .watch(&CALLS, request.method().as_str(), detail);
        let work = async {
            let reply = self.service.call(request.map(Body::from)).await;
            let reply = reply.map_err(|_| Cut)?;
            Ok(reply.map(|body| body.map_err(|_| Cut).boxed_unsync()))
        };
        through(&self.world, &CALLS, watch, &ErrorXml, work).await
    }
}

struct ErrorXml;

impl ErrorXml {
    fn error(status: StatusCode, code: &str, message: &str) -> Reply {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        with_type(status, "application/xml", xml)
    }
}

impl ErrorForm for ErrorXml {
    fn failure(&self, status: u16) -> Reply {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = match status {
            StatusCode::FORBIDDEN => "AccessDenied",
            StatusCode::NOT_FOUND => "NoSuchKey",
            StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
            s if s.is_client_error() => "InvalidRequest",
            _ => "InternalError",
        };
        Self::error(
            status,
            code,
            "We encountered an internal error. Please try again.",
        )
    }

    fn rate_limited(&self, _retry_after: u64) -> Reply {
        // S3 has no Retry-After: it says SlowDown.
        Self::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        )
    }
}
