//! The inputs of a target, in `fuzz/corpus/<target>/`: examples, and what was found.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::Target;

/// The largest input that is kept, in bytes: the corpus is part of the repository.
const KEPT_MAX: usize = 1_024;

/// All inputs, in the order of their names.
pub(crate) fn load(target: &Target) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let more = target.more.map(|more| root.join(more));
    let mut inputs = Vec::new();
    for folder in [folder(target)].into_iter().chain(more) {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort_unstable();
        let read = paths.iter().filter_map(|path| fs::read(path).ok());
        inputs.extend(read.filter(|input| input.len() <= target.largest));
    }
    inputs
}

/// Adds an input, if it is small.
pub(crate) fn keep(target: &Target, input: &[u8]) {
    if input.len() <= KEPT_MAX {
        save(target, "kept", input);
    }
}

/// Adds an input that breaks the target, of any size. Returns its place.
pub(crate) fn finding(target: &Target, input: &[u8]) -> String {
    save(target, "found", input).display().to_string()
}

fn save(target: &Target, prefix: &str, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = folder(target).join(format!("{prefix}-{:016x}", hasher.finish()));
    if let Err(why) = fs::write(&path, input) {
        eprintln!("{}: {why}", path.display());
    }
    path
}

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target.name)
}
