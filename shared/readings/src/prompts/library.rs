//! The prompts as they stand on the disk, looked at again while a worker runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::Prompts;
use super::files;

/// How often the files are looked at.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Holds the last good set of prompts.
pub struct Library {
    folder: PathBuf,
    state: Mutex<State>,
}

struct State {
    current: Arc<Prompts>,
    seen: Vec<Mark>,
    looked: Instant,
}

/// What tells a file from its next edition: time and size; `None` if it is not there.
type Mark = Option<(SystemTime, u64)>;

impl Library {
    /// Opens the folder `prompts` of `WORKFLOWS_DIR`.
    ///
    /// # Errors
    /// Every fault, each with its file.
    pub fn open(workflows: &Path) -> Result<Arc<Self>, String> {
        let folder = workflows.join("prompts");
        let seen = marks(&folder);
        let current = Prompts::load(&folder)
            .map_err(|why| format!("{why} (WORKFLOWS_DIR says where they are)"))?;
        let state = State {
            current: Arc::new(current),
            seen,
            looked: Instant::now(),
        };
        Ok(Arc::new(Self {
            folder,
            state: Mutex::new(state),
        }))
    }

    /// The prompts. If the files have changed since they were last looked at, the new ones, unless
    /// there is a fault in them: that is logged once.
    pub async fn current(self: &Arc<Self>) -> Arc<Prompts> {
        if self.is_due() {
            let library = self.clone();
            // The disk may be slow.
            let looking = tokio::task::spawn_blocking(move || library.look());
            if let Err(why) = looking.await {
                tracing::error!(error = %why, "the prompts could not be looked at");
            }
        }
        self.lock().current.clone()
    }

    fn is_due(&self) -> bool {
        let mut state = self.lock();
        let due = state.looked.elapsed() >= AGAIN_AFTER;
        if due {
            state.looked = Instant::now();
        }
        due
    }

    fn look(&self) {
        // Before the files are read: what changes meanwhile is seen the next time.
        let seen = marks(&self.folder);
        if self.lock().seen == seen {
            return;
        }
        let read = Prompts::load(&self.folder);
        let mut state = self.lock();
        state.seen = seen;
        match read {
            Ok(prompts) => {
                state.current = Arc::new(prompts);
                tracing::info!("the prompts have changed");
            }
            Err(why) => {
                tracing::error!(
                    error = why,
                    "the prompts have a fault; going on with the old ones"
                );
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn marks(folder: &Path) -> Vec<Mark> {
    let mark = |name: String| {
        let found = std::fs::metadata(folder.join(name)).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    files::names().into_iter().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FocusArea;
    use kernel::Language;

    #[test]
    fn an_edit_is_seen_and_a_broken_one_keeps_the_last_good_set() {
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
        let told = |library: &Library| {
            let current = library.lock().current.clone();
            current.to_read(Language::En, FocusArea::Career)
        };
        let first = told(&library);
        let focus = folder
            .path()
            .join("prompts/interpretation/focus/career.en.md");
        std::fs::write(&focus, "---\nversion: 2\n---\nOnly the harvest.\n").expect("written");
        library.look();
        let second = told(&library);
        assert!(second.text.contains("Only the harvest."));
        assert!(second.version.contains("+career.2#"), "{}", second.version);
        assert_ne!(first.version, second.version);
        std::fs::write(&focus, "Only the harvest.").expect("written");
        library.look();
        assert_eq!(told(&library), second);
    }
}
