//! `symancy events replay` and `forget`.

use std::io::Write;

use ::analytics::rollups::CURSOR as ANALYTICS;
use serde_json::json;

use super::Output;
use crate::events_args::Events;
use crate::failure::Failure;
use crate::operator::Operator;

/// `symancy events`
pub(super) async fn events(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Events,
) -> Result<(), Failure> {
    let (Events::Replay { reader, .. } | Events::Forget { reader }) = &command;
    judge(operator, reader).await?;
    let (action, about, sentence) = match &command {
        Events::Replay { reader, since } => {
            ::events::replay(&mut operator.conn, reader, *since).await?;
            let sentence = format!("{reader} reads again what happened since {since}.");
            let about = json!({ "reader": reader, "since": since });
            ("events_replayed", about, sentence)
        }
        Events::Forget { reader } => {
            ::events::forget(&mut operator.conn, reader).await?;
            let sentence = format!("The place of {reader} is deleted.");
            (
                "events_reader_forgotten",
                json!({ "reader": reader }),
                sentence,
            )
        }
    };
    operator.note(action, None, about.clone()).await?;
    output.line(&sentence, &about)
}

/// Whether there is such a reader, and reading again does not count twice.
async fn judge(operator: &mut Operator, reader: &str) -> Result<(), Failure> {
    if reader == ANALYTICS {
        let why = "Its sums would be added twice: `symancy analytics rebuild` counts them anew.";
        return Err(Failure::Refused(why.to_owned()));
    }
    let known = ::events::lags(&mut operator.conn).await?;
    let known: Vec<String> = known.into_iter().map(|one| one.reader).collect();
    if known.iter().any(|one| one == reader) {
        return Ok(());
    }
    let why = format!("There is no such reader. There are: {}.", known.join(", "));
    Err(Failure::Refused(why))
}
