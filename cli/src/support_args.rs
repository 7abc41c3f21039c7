//! The command line of `symancy support`.

use bot::support::ANSWER_MAX;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Support {
    /// The open requests, the oldest first
    List {
        /// Closed ones too
        #[arg(long)]
        all: bool,
    },
    /// Everything about a request, with the newest payments of its person
    Show {
        /// Number of the request, as `symancy support list` shows it
        number: i64,
    },
    /// Answer a request in the person's chat, and close it
    Answer {
        /// Number of the request, as `symancy support list` shows it
        number: i64,
        /// The answer, in the person's language
        #[arg(value_parser = answer)]
        answer: String,
    },
    /// Close a request without an answer
    Close {
        /// Number of the request, as `symancy support list` shows it
        number: i64,
    },
}

fn answer(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("must not be empty".to_owned()),
        count if count > ANSWER_MAX => Err(format!("more than {ANSWER_MAX} characters")),
        _ => Ok(text.to_owned()),
    }
}
