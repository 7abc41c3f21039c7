//! The one line after a button was pressed. The address has its code, never its text,
//! so that a link cannot make this page show a text of its own.

use jobs::operate::{Outcome, STATES};
use serde::Deserialize;

/// The part of an address that names the last action.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NoticeQuery {
    notice: Option<String>,
    count: Option<u32>,
}

/// A line to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub sentence: String,
    /// Whether the action succeeded.
    pub good: bool,
}

const DONE: [(&str, &str); 10] = [
    ("retried", "The job is sent round again."),
    (
        "cancelling",
        "A worker will end the job: one that runs in seconds, one of a paused queue when that goes on.",
    ),
    ("cancelled", "The job is cancelled."),
    ("discarded", "The job is deleted."),
    ("paused", "The queue is paused. What runs goes on."),
    ("was-paused", "The queue was paused already."),
    ("resumed", "The queue goes on."),
    ("was-not-paused", "The queue was not paused."),
    (
        "answered",
        "The answer is on its way to the chat, and the request is closed.",
    ),
    ("closed", "The request is closed."),
];

const REFUSED: [(&str, &str); 5] = [
    ("not-found", "Nothing was done: there is no such job."),
    (
        "twin-is-live",
        "Nothing was done: another live job has its dedupe key.",
    ),
    (
        "cancelling-already",
        "Nothing was done: the job is being cancelled.",
    ),
    (
        "was-closed",
        "Nothing was done: the request was closed already.",
    ),
    ("no-request", "Nothing was done: there is no such request."),
];

/// The code of the outcome of an action; `done` is that of its success.
pub(super) fn code(outcome: &Outcome, done: &str) -> String {
    match outcome {
        Outcome::Done | Outcome::Requested => done.to_owned(),
        Outcome::NotFound => "not-found".to_owned(),
        Outcome::TwinIsLive => "twin-is-live".to_owned(),
        Outcome::NotNow(state) if STATES.contains(&state.as_str()) => format!("is-{state}"),
        Outcome::NotNow(_) => "cancelling-already".to_owned(),
    }
}

impl NoticeQuery {
    /// The line, if the code is known.
    pub(super) fn notice(&self) -> Option<Notice> {
        let code = self.notice.as_deref()?;
        let of = |all: &[(&str, &str)]| {
            let one = all.iter().find(|(known, _)| *known == code);
            one.map(|(_, sentence)| (*sentence).to_owned())
        };
        let (sentence, good) = match of(&DONE) {
            Some(sentence) => (sentence, true),
            None if code == "retried-dead" => (self.dead_jobs(), true),
            None => (of(&REFUSED).or_else(|| refused_state(code))?, false),
        };
        Some(Notice { sentence, good })
    }

    fn dead_jobs(&self) -> String {
        match self.count.unwrap_or(0) {
            0 => "There was no dead job to send round again.".to_owned(),
            1 => "1 dead job is sent round again.".to_owned(),
            count => format!("{count} dead jobs are sent round again."),
        }
    }
}

fn refused_state(code: &str) -> Option<String> {
    let state = code.strip_prefix("is-")?;
    STATES
        .contains(&state)
        .then(|| format!("Nothing was done: the job is {state}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(code: &str) -> Option<Notice> {
        NoticeQuery {
            notice: Some(code.to_owned()),
            count: Some(3),
        }
        .notice()
    }

    #[test]
    fn every_outcome_has_its_line_and_a_stranger_none() {
        let not_now = |state: &str| Outcome::NotNow(state.to_owned());
        for (outcome, part, good) in [
            (Outcome::Done, "sent round again", true),
            (Outcome::NotFound, "no such job", false),
            (Outcome::TwinIsLive, "dedupe key", false),
            (not_now("running"), "the job is running", false),
            (not_now("being cancelled"), "being cancelled", false),
        ] {
            let line = notice(&code(&outcome, "retried")).expect("a line");
            assert!(line.sentence.contains(part), "{line:?}");
            assert_eq!(line.good, good);
        }
        assert!(notice("retried-dead").is_some_and(|line| line.sentence.starts_with("3 dead")));
        assert_eq!(notice("Your database is gone"), None);
        assert_eq!(notice("is-gone"), None);
    }
}
