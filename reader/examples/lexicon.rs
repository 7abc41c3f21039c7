//! Writes `docs/LEXICON.md`. Run by `make docs`; a test compares.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::write(docs.join("LEXICON.md"), reader::lexicon::table::markdown())
}
