//! S3 and whoever speaks its protocol, through aws-sdk-s3.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::Bytes;
use std::time::Duration;

use super::config::StorageConfig;
use super::{Body, Storage};
use crate::providers::{ProviderError, ProviderErrorKind as Kind};

/// Name of this provider in errors.
pub const NAME: &str = "s3";

pub(super) struct S3 {
    client: Client,
    bucket: String,
}

impl S3 {
    pub(super) fn new(config: &StorageConfig) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let credentials = Credentials::new(
            &config.access_key_id,
            &config.secret_access_key,
            None,
            None,
            "environment",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_timeout(config.timeout)
            .build();
        let settings = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(config.endpoint.as_str())
            .region(Region::new(config.region.clone()))
            .credentials_provider(credentials)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            // Buckets of other makers know neither virtual hosts nor AWS's newer checksums.
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Self {
            client: Client::from_conf(settings),
            bucket: config.bucket.clone(),
        }
    }
}

#[async_trait]
impl Storage for S3 {
    async fn put(&self, key: &str, body: Body, content_type: &str) -> Result<(), ProviderError> {
        let body = match body {
            Body::Memory(bytes) => ByteStream::from(bytes),
            Body::File(path) => ByteStream::from_path(&path).await.map_err(|why| {
                ProviderError::new(NAME, Kind::Transient, format!("reading the upload: {why}"))
            })?,
        };
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(body)
            .send()
            .await
            .map(|_| ())
            .map_err(of_sdk)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, ProviderError> {
        let object = match self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
        {
            Ok(object) => object,
            Err(why) if why.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                return Ok(None);
            }
            Err(why) => return Err(of_sdk(why)),
        };
        let body = object.body.collect().await.map_err(|why| {
            ProviderError::new(
                NAME,
                Kind::Transient,
                format!("the download broke off: {why}"),
            )
        })?;
        Ok(Some(body.into_bytes()))
    }

    async fn delete(&self, key: &str) -> Result<(), ProviderError> {
        self.client
            .delete_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map(|_| ())
            .map_err(of_sdk)
    }

    async fn ping(&self) -> Result<(), ProviderError> {
        self.client
            .head_bucket()
            .bucket(&self.bucket)
            .send()
            .await
            .map(|_| ())
            .map_err(of_sdk)
    }
}

fn of_sdk<E>(why: SdkError<E>) -> ProviderError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = why.raw_response().map(|raw| raw.status().as_u16());
    let kind = match (&why, status) {
        (SdkError::TimeoutError(_), _) => Kind::Timeout,
        (_, Some(429 | 503)) => Kind::RateLimited(None),
        (_, Some(401 | 403)) => Kind::Auth,
        (SdkError::ResponseError(_), _) => Kind::Protocol,
        // A missing bucket is a fault of the deployment that somebody will mend.
        (_, Some(404 | 500..)) | (SdkError::DispatchFailure(_), _) => Kind::Transient,
        _ => Kind::Rejected,
    };
    ProviderError::new(NAME, kind, DisplayErrorContext(&why).to_string())
}
