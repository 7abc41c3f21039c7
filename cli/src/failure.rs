//! Why a command failed, in words for the operator who typed it.

use std::io::{ErrorKind, Write};

use diesel::result::Error as DbError;

/// The end of a command that failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Why; not printed yet.
    Refused(String),
    /// Why; a recovery that asks must not go on.
    Aborted(String),
    /// Printed already, for each of many jobs.
    Reported,
    /// The reader of standard output has closed it.
    BrokenPipe,
}

impl From<std::io::Error> for Failure {
    fn from(why: std::io::Error) -> Self {
        match why.kind() {
            ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Refused(format!("The output cannot be written: {why}.")),
        }
    }
}

impl From<kernel::Error> for Failure {
    fn from(why: kernel::Error) -> Self {
        Self::Refused(format!("{}.", kernel::telemetry::chain(&why)))
    }
}

impl From<kernel::error::ProviderError> for Failure {
    fn from(why: kernel::error::ProviderError) -> Self {
        kernel::Error::from(why).into()
    }
}

impl From<serde_json::Error> for Failure {
    fn from(why: serde_json::Error) -> Self {
        Self::Refused(format!("The output cannot be written as JSON: {why}."))
    }
}

impl From<DbError> for Failure {
    fn from(why: DbError) -> Self {
        let text = why.to_string();
        if text.contains("does not exist") {
            return Self::Refused(format!(
                "The tables in this database are not those of this version ({text}). The api and \
                 the worker create them when they start."
            ));
        }
        Self::Refused(format!("The database call failed: {text}."))
    }
}

/// Prints one sentence on standard error; a closed one is ignored.
pub(crate) fn to_stderr(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}
