//! What `s3s-fs` 0.14 does otherwise than S3, mended in front of it. It names a file by the base64 of a
//! key, so that keys over about 150 bytes are longer than a file system takes; S3 takes 1024. It takes
//! an empty delimiter for one, where S3 takes it for none. And it fails when it is asked for a folder, where S3 has
//! no such object.

use std::collections::BTreeMap;
use std::path::PathBuf;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use sha2::{Digest, Sha256};

/// A key of this many bytes fits into the name of any file, whatever the bucket is called.
const LONGEST: usize = 72;
/// Objects with longer keys lie here, by the hash of their key.
const LONG: &str = ".long/";
/// The most that a page of a list has.
const PAGE: i32 = 1_000;

/// The folder store, for keys of any length that S3 takes.
pub struct Objects {
    files: FileSystem,
    /// Where they are, in a folder for each bucket.
    folder: PathBuf,
    /// Holds the long keys, each in a file named by its hash.
    keys: PathBuf,
}

/// Something with keys in it.
trait Keys {
    fn each(&mut self, change: &dyn Fn(&mut String));
}

impl Keys for String {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        change(self);
    }
}

impl<T: Keys> Keys for Option<T> {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.iter_mut().for_each(|it| it.each(change));
    }
}

impl<T: Keys> Keys for Vec<T> {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.iter_mut().for_each(|it| it.each(change));
    }
}

impl Keys for Object {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.key.each(change);
    }
}

impl Keys for DeletedObject {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.key.each(change);
    }
}

impl Keys for Delete {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.objects.iter_mut().for_each(|it| it.key.each(change));
    }
}

impl Keys for CopySource {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        if let Self::Bucket { key, .. } = self {
            let mut changed = key.to_string();
            change(&mut changed);
            *key = changed.into();
        }
    }
}

impl Objects {
    /// The store on a folder; `keys` is another one, for the long keys.
    ///
    /// # Errors
    /// A folder cannot be used.
    pub fn open(folder: PathBuf, keys: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&keys)?;
        let files = FileSystem::new(&folder)
            .map_err(|e| anyhow::anyhow!("the S3 folder cannot be opened: {e:?}"))?;
        Ok(Self {
            files,
            folder,
            keys,
        })
    }

    /// Refuses a key that is the beginning of others, up to a slash, and no object: rclone asks for it before it lists
    /// what is below, and asks ten times where it is answered with a 500.
    fn refuse_folder(&self, bucket: &str, key: &str) -> S3Result<()> {
        let path = self.folder.join(bucket).join(key);
        if !key.ends_with('/') && path.is_dir() {
            return Err(s3_error!(NoSuchKey));
        }
        Ok(())
    }

    /// The key that an object is stored under.
    fn shorten(&self, key: &mut String) {
        if key.len() <= LONGEST {
            return;
        }
        let hash = hex::encode(Sha256::digest(key.as_bytes()));
        if let Err(why) = std::fs::write(self.keys.join(&hash), key.as_bytes()) {
            tracing::error!("a long key of S3 cannot be kept, so no list will have it: {why}");
        }
        *key = format!("{LONG}{hash}");
    }

    /// The key that a client knows.
    fn restore(&self, key: &mut String) {
        let hash = key.strip_prefix(LONG);
        if let Some(long) = hash.and_then(|it| std::fs::read_to_string(self.keys.join(it)).ok()) {
            *key = long;
        }
    }
}

/// Operations that go on to the folder store: with these fields of their input shortened, and these of
/// their output restored.
macro_rules! pass_on {
    ($($op:ident($input:ident $($key:ident)*) -> $output:ident $($told:ident)*;)*) => {
        #[async_trait::async_trait]
        impl S3 for Objects {
            $(
                #[allow(unused_mut)] // Some have no keys.
                async fn $op(&self, mut req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $(req.input.$key.each(&|key| self.shorten(key));)*
                    let mut response = self.files.$op(req).await?;
                    $(response.output.$told.each(&|key| self.restore(key));)*
                    Ok(response)
                }
            )*

            async fn get_object(
                &self,
                mut req: S3Request<GetObjectInput>,
            ) -> S3Result<S3Response<GetObjectOutput>> {
                self.shorten(&mut req.input.key);
                self.refuse_folder(&req.input.bucket, &req.input.key)?;
                self.files.get_object(req).await
            }

            async fn head_object(
                &self,
                mut req: S3Request<HeadObjectInput>,
            ) -> S3Result<S3Response<HeadObjectOutput>> {
                self.shorten(&mut req.input.key);
                self.refuse_folder(&req.input.bucket, &req.input.key)?;
                self.files.head_object(req).await
            }

            async fn list_objects(
                &self,
                req: S3Request<ListObjectsInput>,
            ) -> S3Result<S3Response<ListObjectsOutput>> {
                let response = self.list_objects_v2(req.map_input(Into::into)).await?;
                Ok(response.map_output(|v2| ListObjectsOutput {
                    contents: v2.contents,
                    common_prefixes: v2.common_prefixes,
                    delimiter: v2.delimiter,
                    encoding_type: v2.encoding_type,
                    name: v2.name,
                    prefix: v2.prefix,
                    max_keys: v2.max_keys,
                    is_truncated: v2.is_truncated,
                    marker: v2.start_after,
                    next_marker: v2.next_continuation_token,
                    ..Default::default()
                }))
            }

            async fn list_objects_v2(
                &self,
                req: S3Request<ListObjectsV2Input>,
            ) -> S3Result<S3Response<ListObjectsV2Output>> {
                let asked = req.input.clone();
                let all = |it: ListObjectsV2Input| ListObjectsV2Input {
                    bucket: it.bucket,
                    max_keys: Some(i32::MAX),
                    ..Default::default()
                };
                let mut response = self.files.list_objects_v2(req.map_input(all)).await?;
                response.output.contents.each(&|key| self.restore(key));
                Ok(response.map_output(|all| page(asked, all.contents.unwrap_or_default())))
            }
        }
    };
}

pass_on! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput;
    head_bucket(HeadBucketInput) -> HeadBucketOutput;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    list_buckets(ListBucketsInput) -> ListBucketsOutput;
    put_object(PutObjectInput key) -> PutObjectOutput;
    copy_object(CopyObjectInput key copy_source) -> CopyObjectOutput;
    delete_object(DeleteObjectInput key) -> DeleteObjectOutput;
    delete_objects(DeleteObjectsInput delete) -> DeleteObjectsOutput deleted;
    create_multipart_upload(CreateMultipartUploadInput key) -> CreateMultipartUploadOutput key;
    upload_part(UploadPartInput key) -> UploadPartOutput;
    upload_part_copy(UploadPartCopyInput key copy_source) -> UploadPartCopyOutput;
    list_parts(ListPartsInput key) -> ListPartsOutput key;
    complete_multipart_upload(CompleteMultipartUploadInput key) -> CompleteMultipartUploadOutput key;
    abort_multipart_upload(AbortMultipartUploadInput key) -> AbortMultipartUploadOutput;
}

/// The page of a list that is asked for, out of all objects of the bucket.
fn page(asked: ListObjectsV2Input, objects: Vec<Object>) -> ListObjectsV2Output {
    let prefix = asked.prefix.as_deref().unwrap_or_default();
    let delimiter = asked.delimiter.as_deref().filter(|it| !it.is_empty());
    let mut entries = BTreeMap::new();
    for object in objects {
        let Some(key) = object.key.clone().filter(|it| it.starts_with(prefix)) else {
            continue;
        };
        match group(&key, prefix, delimiter) {
            Some(group) => entries.insert(group.to_owned(), None),
            None => entries.insert(key, Some(object)),
        };
    }
    let after = asked
        .continuation_token
        .as_ref()
        .max(asked.start_after.as_ref());
    let mut rest = entries
        .into_iter()
        .filter(|(name, _)| after.is_none_or(|after| name > after));
    let most = asked.max_keys.unwrap_or(PAGE).clamp(0, PAGE);
    let taken: Vec<_> = rest
        .by_ref()
        .take(usize::try_from(most).unwrap_or_default())
        .collect();
    let next = taken
        .last()
        .map(|(name, _)| name.clone())
        .filter(|_| rest.next().is_some());
    drop(rest);
    let (objects, groups): (Vec<_>, Vec<_>) = taken.into_iter().partition(|(_, it)| it.is_some());
    let prefixes = groups.into_iter().map(|(group, _)| CommonPrefix {
        prefix: Some(group),
    });
    ListObjectsV2Output {
        key_count: i32::try_from(objects.len() + prefixes.len()).ok(),
        contents: Some(
            objects
                .into_iter()
                .filter_map(|(_, object)| object)
                .collect(),
        ),
        common_prefixes: Some(prefixes.collect()),
        max_keys: Some(most),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        continuation_token: asked.continuation_token,
        start_after: asked.start_after,
        delimiter: asked.delimiter.filter(|it| !it.is_empty()),
        encoding_type: asked.encoding_type,
        name: Some(asked.bucket),
        prefix: asked.prefix,
        ..Default::default()
    }
}

/// What all keys that have the same beginning up to the delimiter are listed as.
fn group<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter?;
    let at = key[prefix.len()..].find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}
