//! The prompts on disk, reloaded when their files change while a worker runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::Prompts;
use super::files;

/// How often the files are checked for changes.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Holds the last good set of prompts.
pub struct Library {
    folder: PathBuf,
    state: Mutex<State>,
}

struct State {
    current: Arc<Prompts>,
    stamps: Vec<FileStamp>,
    checked_at: Instant,
}

/// Time and size of a file, to notice a change; `None` if the file does not exist.
type FileStamp = Option<(SystemTime, u64)>;

impl Library {
    /// Opens the folder `prompts` of `WORKFLOWS_DIR`.
    ///
    /// # Errors
    /// Every fault, each with its file.
    pub fn open(workflows: &Path) -> Result<Arc<Self>, String> {
        let folder = workflows.join("prompts");
        let stamps = file_stamps(&folder);
        let current = Prompts::load(&folder)
            .map_err(|why| format!("{why} (set WORKFLOWS_DIR to the folder that has `prompts`)"))?;
        let state = State {
            current: Arc::new(current),
            stamps,
            checked_at: Instant::now(),
        };
        Ok(Arc::new(Self {
            folder,
            state: Mutex::new(state),
        }))
    }

    /// The prompts. If the files have changed since the last check, the new ones, unless they have a
    /// fault, which is logged once.
    pub async fn current(self: &Arc<Self>) -> Arc<Prompts> {
        if self.is_due() {
            let library = self.clone();
            // The disk may be slow.
            let checking = tokio::task::spawn_blocking(move || library.reload_if_changed());
            if let Err(why) = checking.await {
                tracing::error!(error = %why, "the check of the prompt files failed");
            }
        }
        self.lock().current.clone()
    }

    fn is_due(&self) -> bool {
        let mut state = self.lock();
        let due = state.checked_at.elapsed() >= CHECK_EVERY;
        if due {
            state.checked_at = Instant::now();
        }
        due
    }

    fn reload_if_changed(&self) {
        // Before the files are read: the next check sees what changes meanwhile.
        let stamps = file_stamps(&self.folder);
        if self.lock().stamps == stamps {
            return;
        }
        let read = Prompts::load(&self.folder);
        let mut state = self.lock();
        state.stamps = stamps;
        match read {
            Ok(prompts) => {
                state.current = Arc::new(prompts);
                tracing::info!("the changed prompts are loaded");
            }
            Err(why) => {
                tracing::error!(
                    error = why,
                    "the changed prompts have a fault; the old ones stay in use"
                );
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn file_stamps(folder: &Path) -> Vec<FileStamp> {
    let stamp = |name: String| {
        let found = std::fs::metadata(folder.join(name)).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    files::names().into_iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FocusArea;
    use kernel::Language;

    #[test]
    fn an_edit_is_loaded_and_a_broken_one_keeps_the_last_good_set() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../workflows/prompts"
        ));
        for name in files::names() {
            let to = folder.path().join("prompts").join(&name);
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("created");
            std::fs::copy(source.join(&name), to).expect("copied");
        }
        let library = Library::open(folder.path()).expect("no fault");
        let instruction = |library: &Library| {
            let current = library.lock().current.clone();
            current.interpretation_instruction(Language::En, FocusArea::Career)
        };
        let first = instruction(&library);
        let focus = folder
            .path()
            .join("prompts/interpretation/focus/career.en.md");
        std::fs::write(&focus, "---\nversion: 2\n---\nOnly the harvest.\n").expect("written");
        library.reload_if_changed();
        let second = instruction(&library);
        assert!(second.text.contains("Only the harvest."));
        assert!(second.version.contains("+career.2#"), "{}", second.version);
        assert_ne!(first.version, second.version);
        std::fs::write(&focus, "Only the harvest.").expect("written");
        library.reload_if_changed();
        assert_eq!(instruction(&library), second);
    }
}
