//! The command line of `symancy secrets` and `symancy health`.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Since when the newest value of each secret is in use, the oldest first
    List,
    /// Seal anew, with ENCRYPTION_KEY, what was sealed with one of ENCRYPTION_KEYS_BEFORE
    Reseal,
}

/// A program that can be asked how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Asked {
    /// At /v1/health of PORT
    Api,
    /// At the listener of WORKER_METRICS_ADDR
    Worker,
}
