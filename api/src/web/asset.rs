//! The files of the build, each made ready once.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use actix_web::http::header::EntityTag;
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../web/mini-app/dist"]
struct MiniApp;

/// A file as it is sent.
pub(super) struct Asset {
    pub kind: &'static str,
    pub tag: EntityTag,
    pub plain: Bytes,
    pub gzip: Bytes,
    /// Its name changes with its content.
    is_hashed: bool,
}

static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Asset>>>> = LazyLock::new(Mutex::default);

impl Asset {
    /// The file of this name.
    pub(super) fn find(name: &str) -> Option<Arc<Self>> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asset) = known.get(name) {
            return Some(Arc::clone(asset));
        }
        let asset = Arc::new(Self::read(name)?);
        known.insert(name.to_owned(), Arc::clone(&asset));
        Some(asset)
    }

    fn read(name: &str) -> Option<Self> {
        let kind = kind(name)?;
        let file = MiniApp::get(name)?;
        let digest = file.metadata.sha256_hash();
        let digest: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&file.data).ok()?;
        Some(Self {
            kind,
            tag: EntityTag::new_weak(digest),
            gzip: gzip.finish().ok()?.into(),
            plain: file.data.into_owned().into(),
            is_hashed: name.starts_with("assets/"),
        })
    }

    pub(super) fn is_page(&self) -> bool {
        self.kind.starts_with("text/html")
    }

    pub(super) fn caching(&self) -> &'static str {
        match self.is_hashed {
            true => "public, max-age=31536000, immutable",
            false => "public, no-cache",
        }
    }
}

/// The stylesheet that stands in the page.
pub(super) fn inline_style() -> Option<String> {
    let page = String::from_utf8(MiniApp::get("index.html")?.data.into_owned()).ok()?;
    let (_, rest) = page.split_once("<style>")?;
    Some(rest.split_once("</style>")?.0.to_owned())
}

/// The media type; files of other kinds are not for browsers.
fn kind(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        _ => return None,
    })
}
