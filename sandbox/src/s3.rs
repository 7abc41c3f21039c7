//! S3 on its own port: the `s3s` protocol over the `s3s-fs` folder store, with faults in front.
//! Called by `server` for each request.

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, HttpResponse};
use serde_json::json;

use crate::config::Config;
use crate::faults::{Service, Vendor, through};
use crate::http::Cut;
use crate::world::World;

/// The object store.
#[derive(Clone)]
pub struct Store {
    service: S3Service,
}

struct Amazon;

impl Amazon {
    fn error(status: StatusCode, code: &str, message: &str) -> HttpResponse {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        let mut reply = HttpResponse::new(Body::from(xml));
        *reply.status_mut() = status;
        reply
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        reply
    }
}

impl Vendor<HttpResponse> for Amazon {
    fn failure(&self, status: u16) -> HttpResponse {
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

    fn rate_limited(&self, _retry_after: u64) -> HttpResponse {
        // S3 has no Retry-After: it says SlowDown.
        Self::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        )
    }

    fn status(&self, reply: &HttpResponse) -> u16 {
        reply.status().as_u16()
    }
}

impl From<Cut> for HttpError {
    fn from(cut: Cut) -> Self {
        HttpError::new(Box::new(cut))
    }
}

impl Store {
    /// The store on `data_dir/s3`; the folder is there.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let files = s3s_fs::FileSystem::new(config.data_dir.join("s3"))
            .map_err(|e| anyhow::anyhow!("the S3 folder cannot be opened: {e:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        let (key, secret) = (config.s3_access_key.as_str(), config.s3_secret_key.as_str());
        builder.set_auth(SimpleAuth::from_single(key, secret));
        Ok(Self {
            service: builder.build(),
        })
    }

    /// One request, after the faults.
    pub async fn answer(
        &self,
        world: &World,
        request: Request<Incoming>,
    ) -> Result<HttpResponse, HttpError> {
        let detail = json!({ "path": request.uri().path() });
        let watch = world
            .calls
            .watch(Service::S3, request.method().as_str(), detail);
        through(
            world,
            Service::S3,
            watch,
            &Amazon,
            self.service.call(request.map(Body::from)),
        )
        .await
    }
}
