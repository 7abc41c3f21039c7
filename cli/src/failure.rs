//! Why a command could not do what was wished, in words for the one who typed it.

use std::io::{ErrorKind, Write};

use diesel::result::Error as DbError;

/// How a command ends that did not get through.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The sentence is still to be told.
    Refused(String),
    /// It was told already, of each of many.
    Told,
    /// Standard output is closed.
    NobodyReads,
}

impl From<std::io::Error> for Failure {
    fn from(why: std::io::Error) -> Self {
        match why.kind() {
            ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Refused(format!("Nothing can be written here: {why}.")),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(why: serde_json::Error) -> Self {
        Self::Refused(format!("This cannot be shown as JSON: {why}."))
    }
}

impl From<DbError> for Failure {
    fn from(why: DbError) -> Self {
        let text = why.to_string();
        if text.contains("does not exist") {
            return Self::Refused(format!(
                "The tables in this database are not those of this version ({text}). The api and \
                 the worker make them when they start."
            ));
        }
        Self::Refused(format!("Postgres did not do it: {text}."))
    }
}

/// One sentence on standard error; if that is closed, nobody wants to hear it.
pub(crate) fn tell(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}
