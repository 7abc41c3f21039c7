//! An upload on its way: small ones stay in memory, larger ones go to a file as they come in, so
//! that a hundred people uploading at once cost the API little memory.

use std::io::{BufReader, BufWriter, Cursor, Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kernel::Error;
use readings::photo;
use readings::photo::{Photo, PhotoFault};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vendors::storage::Body;

use crate::state::MEMORY_UNIT;

/// The most bytes of one upload that are kept in memory.
const IN_MEMORY: usize = 256 * 1024;

/// How long an upload waits for memory, before its body is read, until it makes do with a file.
const PATIENCE: Duration = Duration::from_secs(1);

/// Memory that belongs to one upload until its photo is stored.
#[derive(Debug, Default)]
pub(super) struct Room {
    bytes: usize,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// Memory for a body of the size that the client declares. All uploads share it; slow clients can
    /// take it all, but not for long: then the others go through files.
    pub(super) async fn of(uploads: &Arc<Semaphore>, announced: Option<usize>) -> Self {
        let bytes = announced.unwrap_or(IN_MEMORY).min(IN_MEMORY);
        let units = u32::try_from(bytes / MEMORY_UNIT + 1).unwrap_or(u32::MAX);
        let waiting = uploads.clone().acquire_many_owned(units);
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(Ok(permit)) => Self {
                bytes,
                _permit: Some(permit),
            },
            _ => Self::default(),
        }
    }
}

/// Bytes of a photo, at most [`photo::MAX_BYTES`].
#[derive(Default)]
pub(super) struct Spool {
    len: usize,
    room: Room,
    memory: BytesMut,
    file: Option<(NamedTempFile, tokio::fs::File)>,
}

impl Spool {
    /// An empty upload with this memory.
    pub(super) fn with(room: Room) -> Self {
        Self {
            memory: BytesMut::with_capacity(room.bytes),
            room,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory of one that nothing was written into.
    pub(super) fn into_room(self) -> Room {
        self.room
    }

    /// Appends a chunk.
    ///
    /// # Errors
    /// E102 when it becomes too large; `Internal` when the disk is full.
    pub(super) async fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.len += chunk.len();
        if self.len > photo::MAX_BYTES {
            return Err(PhotoFault::TooManyBytes.into());
        }
        if self.file.is_none() && self.len > self.room.bytes {
            let file = NamedTempFile::new().map_err(Error::internal)?;
            let handle = tokio::fs::File::from_std(file.reopen().map_err(Error::internal)?);
            let memory = std::mem::take(&mut self.memory);
            self.room = Room::default();
            let (_, handle) = self.file.insert((file, handle));
            handle.write_all(&memory).await.map_err(Error::internal)?;
        }
        match &mut self.file {
            None => self.memory.extend_from_slice(chunk),
            Some((_, handle)) => handle.write_all(chunk).await.map_err(Error::internal)?,
        }
        Ok(())
    }

    /// Ends the upload, inspects it, and takes out what it says beside its pixels.
    ///
    /// # Errors
    /// What is wrong with the photo.
    pub(super) async fn finish(self) -> Result<Upload, Error> {
        let Some((file, mut handle)) = self.file else {
            let bytes = self.memory.freeze();
            let photo = photo::inspect(Cursor::new(&bytes))?;
            let mut stripped = Cursor::new(Vec::with_capacity(bytes.len()));
            pictures::strip(Cursor::new(&bytes), &mut stripped).map_err(photo::strip_fault)?;
            let bytes = Bytes::from(stripped.into_inner());
            return Ok(Upload {
                photo,
                len: bytes.len(),
                bytes: Stored::Memory {
                    bytes,
                    _room: self.room,
                },
            });
        };
        handle.flush().await.map_err(Error::internal)?;
        let source = file.reopen().map_err(Error::internal)?;
        let looked = tokio::task::spawn_blocking(move || inspect_and_strip(source));
        let (photo, file, len) = looked.await.map_err(Error::internal)??;
        Ok(Upload {
            photo,
            len,
            bytes: Stored::File(file),
        })
    }
}

/// The photo in a file, another file with its pixels alone, and the length of that.
fn inspect_and_strip(mut source: std::fs::File) -> Result<(Photo, NamedTempFile, usize), Error> {
    let photo = photo::inspect(BufReader::new(&source))?;
    source.rewind().map_err(Error::internal)?;
    let mut file = NamedTempFile::new().map_err(Error::internal)?;
    let sink = BufWriter::new(file.as_file_mut());
    pictures::strip(BufReader::new(&source), sink).map_err(photo::strip_fault)?;
    let len = file.as_file().metadata().map_err(Error::internal)?.len();
    Ok((photo, file, usize::try_from(len).unwrap_or(usize::MAX)))
}

/// A complete and inspected photo.
pub(super) struct Upload {
    pub photo: Photo,
    pub len: usize,
    bytes: Stored,
}

/// What is written here is hashed.
struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

enum Stored {
    /// The memory is released when this is dropped.
    Memory { bytes: Bytes, _room: Room },
    /// Removed when this is dropped.
    File(NamedTempFile),
}

impl Upload {
    /// SHA-256 of the bytes.
    pub(super) async fn digest(&self) -> Result<[u8; 32], Error> {
        let source = match &self.bytes {
            Stored::Memory { bytes, .. } => return Ok(Sha256::digest(bytes).into()),
            Stored::File(file) => file.reopen().map_err(Error::internal)?,
        };
        let hashing = move || {
            let mut hasher = Sha256::new();
            std::io::copy(&mut BufReader::new(source), &mut HashWriter(&mut hasher))?;
            Ok::<_, std::io::Error>(hasher.finalize().into())
        };
        let hashed = tokio::task::spawn_blocking(hashing).await;
        hashed.map_err(Error::internal)?.map_err(Error::internal)
    }

    /// All of it in memory.
    pub(super) async fn bytes(&self) -> Result<Bytes, Error> {
        let path = match &self.bytes {
            Stored::Memory { bytes, .. } => return Ok(bytes.clone()),
            Stored::File(file) => file.path(),
        };
        let read = tokio::fs::read(path).await;
        read.map(Bytes::from).map_err(Error::internal)
    }

    /// The bytes, for the storage. Keep the upload until they are stored.
    pub(super) fn body(&self) -> Body {
        match &self.bytes {
            Stored::Memory { bytes, .. } => Body::Memory(bytes.clone()),
            Stored::File(file) => Body::File(file.path().to_owned()),
        }
    }
}
