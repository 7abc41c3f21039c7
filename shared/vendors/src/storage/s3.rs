//! S3, and services that speak its protocol, through aws-sdk-s3.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::Bytes;
use chrono::DateTime;
use std::time::Duration;

use super::config::StorageConfig;
use super::{Body, Bucket, SERVICE, Storage, Stored};
use crate::http::CONNECT_TIMEOUT;
use crate::{ProviderError, ProviderErrorKind as Kind};

/// Name of this provider in errors.
pub const NAME: &str = "s3";

/// Bytes a second that an upload is given time for, beyond the timeout of any call.
const SLOWEST_UPLOAD: u64 = 512 * 1024;

/// A bucket.
pub struct S3 {
    pub(super) client: Client,
    /// Signs for the host that people use; never calls.
    signer: Client,
    pub(super) bucket: String,
    timeout: Duration,
    pub(super) part_bytes: u64,
}

impl S3 {
    pub(super) fn new(config: &StorageConfig) -> Self {
        // It follows no redirect: S3's 301 to another region is an error for an operator.
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
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(config.timeout)
            .build();
        let settings = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(config.region.clone()))
            .credentials_provider(credentials)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            // S3-compatible services know neither virtual hosts nor AWS's newer checksums.
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        let at = |endpoint: &url::Url| {
            Client::from_conf(
                settings
                    .to_builder()
                    .endpoint_url(endpoint.as_str())
                    .build(),
            )
        };
        Self {
            client: at(&config.endpoint),
            signer: at(&config.public_endpoint),
            bucket: config.bucket.clone(),
            timeout: config.timeout,
            part_bytes: config.part_bytes,
        }
    }

    /// Timeouts for an upload of so many bytes: an archive may be far larger than a photo.
    pub(super) fn patient(&self, bytes: u64) -> aws_sdk_s3::config::Builder {
        let more = Duration::from_secs(bytes / SLOWEST_UPLOAD);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(self.timeout + more)
            .build();
        aws_sdk_s3::Config::builder().timeout_config(timeouts)
    }

    async fn fetch(&self, key: &str) -> Result<Option<Bytes>, ProviderError> {
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
        let body = object
            .body
            .collect()
            .await
            .map_err(|why| failed(Kind::Transient, format!("the download broke off: {why}")))?;
        Ok(Some(body.into_bytes()))
    }
}

#[async_trait]
impl Storage for S3 {
    async fn put(&self, key: &str, body: Body, content_type: &str) -> Result<(), ProviderError> {
        let body = match body {
            Body::Memory(bytes) => ByteStream::from(bytes),
            Body::File(path) => {
                let body = ByteStream::from_path(&path).await;
                let body = body
                    .map_err(|why| failed(Kind::Transient, format!("reading the upload: {why}")))?;
                if body.size_hint().0 > self.part_bytes {
                    let length = body.size_hint().0;
                    return self.put_parts(key, &path, length, content_type).await;
                }
                body
            }
        };
        let timeouts = self.patient(body.size_hint().0);
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(body)
            .customize()
            .config_override(timeouts)
            .send()
            .await
            .map(|_| ())
            .map_err(of_sdk)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, ProviderError> {
        // The SDK's own timeout ends with the head of the answer.
        tokio::time::timeout(self.timeout, self.fetch(key))
            .await
            .unwrap_or_else(|_| Err(failed(Kind::Timeout, "a slow download")))
    }

    async fn delete(&self, key: &str) -> Result<(), ProviderError> {
        let call = self.client.delete_object().bucket(&self.bucket).key(key);
        match call.send().await {
            Ok(_) => Ok(()),
            // S3 answers 204 to that; not every service that speaks its protocol does.
            Err(why) if why.code() == Some("NoSuchKey") => Ok(()),
            Err(why) => Err(of_sdk(why)),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Stored>, ProviderError> {
        let call = self.client.list_objects_v2().bucket(&self.bucket);
        let call = call
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned));
        let page = call.send().await.map_err(of_sdk)?;
        let stored = |object: &Object| {
            let modified = object.last_modified()?;
            Some(Stored {
                key: object.key()?.to_owned(),
                modified: DateTime::from_timestamp(modified.secs(), modified.subsec_nanos())?,
            })
        };
        Ok(page.contents().iter().filter_map(stored).collect())
    }
}

#[async_trait]
impl Bucket for S3 {
    async fn signed_url(
        &self,
        key: &str,
        lifetime: Duration,
        file_name: Option<&str>,
    ) -> Result<String, ProviderError> {
        let rejected = |why: String| failed(Kind::Rejected, format!("signing: {why}"));
        let terms =
            PresigningConfig::expires_in(lifetime).map_err(|why| rejected(why.to_string()))?;
        let disposition = file_name.map(|name| format!("attachment; filename=\"{name}\""));
        let object = self.signer.get_object().bucket(&self.bucket).key(key);
        let signed = object
            .set_response_content_disposition(disposition)
            .presigned(terms)
            .await
            .map_err(|why| rejected(kernel::telemetry::chain(&why)))?;
        Ok(signed.uri().to_owned())
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

pub(super) fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

pub(super) fn of_sdk<E>(why: SdkError<E>) -> ProviderError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let raw = why.raw_response();
    let status = raw.map(|raw| raw.status().as_u16());
    let after = raw
        .and_then(|raw| raw.headers().get("retry-after")?.trim().parse().ok())
        .map(Duration::from_secs);
    let kind = match (&why, status, why.code()) {
        (SdkError::TimeoutError(_), ..) => Kind::Timeout,
        (_, Some(429), _) | (_, Some(503), Some("SlowDown")) => Kind::RateLimited(after),
        (_, Some(503), _) if after.is_some() => Kind::RateLimited(after),
        (_, Some(401 | 403), _) => Kind::Auth,
        // A missing bucket is a fault of the deployment, which an operator will repair.
        (_, Some(404 | 500..), _) | (SdkError::DispatchFailure(_), ..) => Kind::Transient,
        // Every error of S3 has a code: this one is not S3's.
        (SdkError::ResponseError(_), ..) | (SdkError::ServiceError(_), _, None) => Kind::Protocol,
        _ => Kind::Rejected,
    };
    // Not the whole answer: it can be long, and S3 quotes the access key in it.
    let text = match why.code() {
        Some(code) => format!("{code}: {}", why.message().unwrap_or_default()),
        None => kernel::telemetry::chain(&why),
    };
    let text: String = text.chars().take(500).collect();
    let status = status
        .map(|status| format!("{status}: "))
        .unwrap_or_default();
    failed(kind, format!("{status}{text}"))
}
