//! Tells people who stay away that their data will be deleted, and asks for its deletion a month later.

use bot::jobs::{Notice, SendNotice};
use diesel_async::AsyncConnection;
use jobs::ledger;
use kernel::Error;
use people::privacy::jobs::DeleteData;
use people::privacy::model::RequestKind;
use people::privacy::queries::{self, Asked};
use readings::absence::{TO_DELETE, TO_TELL, absent};
use readings::jobs::EndAbsence;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most people of one run, in each direction; the rest follows a day later.
const BATCH: i64 = 1_000;

impl Handler<WorkerState> for EndAbsence {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let tickets = conn
            .transaction(async |conn| {
                let mut tickets = Vec::new();
                for person in absent(conn, TO_TELL, BATCH).await? {
                    let Some(chat_id) = person.telegram_id else {
                        continue;
                    };
                    let notice = SendNotice {
                        user_id: person.id,
                        chat_id,
                        notice: Notice::StayedAway,
                        replaces: None,
                    };
                    tickets.push(ledger::enqueue(conn, &notice).await?);
                }
                for person in absent(conn, TO_DELETE, BATCH).await? {
                    let keys = state.core.memory.keys_of(conn, person.id).await?;
                    let asked = queries::ask(conn, person.id, RequestKind::Deletion, &keys);
                    if let Asked::New(request) = asked.await? {
                        let job = DeleteData {
                            request_id: request.id,
                            user_id: person.id,
                        };
                        tickets.push(ledger::enqueue(conn, &job).await?);
                    }
                }
                Ok::<_, Error>(tickets)
            })
            .await?;
        drop(conn);
        state.core.pusher.wake(&tickets).await;
        Ok(Outcome::Done)
    }
}
