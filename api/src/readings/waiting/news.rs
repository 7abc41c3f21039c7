//! What a request that waits is told.

use std::sync::Arc;

use readings::model::Analysis;
use readings::news::Snapshot;

/// What is known of a reading that is waited for.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Nothing has happened since the waiting began.
    None,
    /// How it is now.
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

/// What a request that waits is told next.
#[derive(Clone, Debug)]
pub(crate) enum Sign {
    News(News),
    /// As far as it is written.
    Grown(Arc<Snapshot>),
}
