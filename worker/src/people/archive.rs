//! Writes a ZIP to a temporary file, piece by piece on blocking threads: memory holds one piece.

use std::fs::File;
use std::io::{BufWriter, Write};

use kernel::Error;
use tempfile::NamedTempFile;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive that is being written. The file is removed when this is dropped.
pub(super) struct Archive {
    zip: ZipWriter<BufWriter<File>>,
    file: NamedTempFile,
}

/// A complete archive. The file is removed when this is dropped.
pub(super) struct Finished {
    pub file: NamedTempFile,
    pub size_bytes: u64,
}

impl Archive {
    /// Creates an empty archive.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) async fn create() -> Result<Self, Error> {
        on_a_thread(|| {
            let file = NamedTempFile::new()?;
            let zip = ZipWriter::new(BufWriter::new(file.reopen()?));
            Ok(Self { zip, file })
        })
        .await
    }

    /// Begins a text file of any length.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) async fn begin_text(mut self, name: &'static str) -> Result<Self, Error> {
        on_a_thread(move || {
            // The length is unknown beforehand, and could be more than 4 GB.
            let options = packed(CompressionMethod::Deflated).large_file(true);
            self.zip.start_file(name, options)?;
            Ok(self)
        })
        .await
    }

    /// Appends to the text file.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) async fn write(mut self, text: String) -> Result<Self, Error> {
        on_a_thread(move || {
            self.zip.write_all(text.as_bytes())?;
            Ok(self)
        })
        .await
    }

    /// Adds a file, uncompressed because its format is compressed already.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) async fn file(
        mut self,
        name: String,
        bytes: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<Self, Error> {
        on_a_thread(move || {
            self.zip
                .start_file(name, packed(CompressionMethod::Stored))?;
            self.zip.write_all(bytes.as_ref())?;
            Ok(self)
        })
        .await
    }

    /// Completes the archive.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) async fn finish(self) -> Result<Finished, Error> {
        on_a_thread(move || {
            self.zip.finish()?.flush()?;
            let size_bytes = self.file.as_file().metadata()?.len();
            let file = self.file;
            Ok(Finished { file, size_bytes })
        })
        .await
    }
}

fn packed(how: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(how)
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> ZipResult<T> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|why| Error::internal(format!("the task that writes the archive failed: {why}")))?
        .map_err(|why| Error::internal(format!("the archive cannot be written: {why}")))
}
