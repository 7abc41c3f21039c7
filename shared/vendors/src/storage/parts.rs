//! Uploads of files that are larger than what S3 takes in one piece (5 GB): in parts, which become the object
//! once all of them are there. Parts of an upload that failed are removed, since they would be paid for.

use std::path::Path;

use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::s3::{S3, failed, of_sdk};
use crate::{ProviderError, ProviderErrorKind as Kind};

impl S3 {
    /// Uploads a file of this length in parts.
    pub(super) async fn put_parts(
        &self,
        key: &str,
        path: &Path,
        length: u64,
        content_type: &str,
    ) -> Result<(), ProviderError> {
        let call = self.client.create_multipart_upload().bucket(&self.bucket);
        let begun = call.key(key).content_type(content_type).send().await;
        let id = begun.map_err(of_sdk)?.upload_id;
        let id = id.ok_or_else(|| failed(Kind::Protocol, "an upload without an id"))?;
        let uploaded = self.upload_all(key, &id, path, length).await;
        if uploaded.is_err() {
            let call = self.client.abort_multipart_upload().bucket(&self.bucket);
            if let Err(why) = call.key(key).upload_id(&id).send().await.map_err(of_sdk) {
                tracing::warn!(key, error = %why, "parts of an upload stay in the bucket");
            }
        }
        uploaded
    }

    async fn upload_all(
        &self,
        key: &str,
        id: &str,
        path: &Path,
        length: u64,
    ) -> Result<(), ProviderError> {
        let mut parts = Vec::new();
        for (number, offset) in (1..).zip((0..length).step_by(self.part_bytes as usize)) {
            let size = self.part_bytes.min(length - offset);
            let source = ByteStream::read_from().path(path).offset(offset);
            let body = source.length(Length::Exact(size)).build().await;
            let body = body.map_err(|why| failed(Kind::Transient, format!("reading: {why}")))?;
            let call = self.client.upload_part().bucket(&self.bucket).key(key);
            let sent = call
                .upload_id(id)
                .part_number(number)
                .body(body)
                .customize()
                .config_override(self.patient(size))
                .send()
                .await;
            let part = CompletedPart::builder().part_number(number);
            parts.push(part.set_e_tag(sent.map_err(of_sdk)?.e_tag).build());
        }
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let call = self.client.complete_multipart_upload().bucket(&self.bucket);
        let call = call.key(key).upload_id(id).multipart_upload(all.build());
        call.send().await.map(|_| ()).map_err(of_sdk)
    }
}
