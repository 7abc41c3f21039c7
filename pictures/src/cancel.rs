//! How work on a blocking thread is told that its result is not waited for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Fault;

/// A flag that the work looks at between its steps. Clones are the same flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the work to end.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// [`Fault::Cancelled`], once it was asked for.
    pub fn check(&self) -> Result<(), Fault> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Fault::Cancelled),
            false => Ok(()),
        }
    }
}
