//! The news for a request that waits.

use std::sync::Arc;

use readings::model::Analysis;
use readings::news::Snapshot;

/// What is known of a reading that is waited for.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Nothing has happened since the waiting began.
    None,
    /// The changed row.
    Changed(Arc<Analysis>),
    /// It was deleted.
    Gone,
}

impl News {
    /// Whether nothing more will be written.
    pub(super) fn is_end(&self) -> bool {
        match self {
            Self::None => false,
            Self::Changed(analysis) => analysis.status.is_final(),
            Self::Gone => true,
        }
    }
}

/// The next event for a request that waits.
#[derive(Clone, Debug)]
pub(crate) enum Sign {
    News(News),
    /// A newer part of the text.
    Grown(Arc<Snapshot>),
}
