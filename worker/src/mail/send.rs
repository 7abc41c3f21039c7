//! Sends a letter: the attempt is noted, the letter handed over, and its end noted. An end that nobody has seen
//! leaves the note as it is, and the next attempt decides by it ([`mail::rules::step`]).

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode, Language};
use mail::address::Address;
use mail::events::note;
use mail::jobs::SendEmail;
use mail::letter::Content;
use mail::model::{Email, EmailStatus};
use mail::render::{Rendered, render};
use mail::rules::{Answer, Step, step};
use mail::{metrics, queries, suppressions};
use people::abuse_memory::MemoryKey;
use uuid::Uuid;
use vendors::mailer::{Accepted, Message};
use vendors::{ProviderError, ProviderErrorKind as Kind};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for SendEmail {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let Some(letter) = begin(state, attempt, self.email_id).await? else {
            return Ok(Outcome::Done);
        };
        let sent = state
            .core
            .providers
            .mailer
            .send(&letter.message(state))
            .await;
        match sent {
            Ok(accepted) => letter.accepted(state, attempt, accepted).await,
            Err(why) if why.kind == Kind::RecipientGone => {
                letter.bounced(state, attempt, &why).await
            }
            Err(why) => letter.failed(state, attempt, why).await,
        }
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        _: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        queries::give_up(conn, self.email_id).await?;
        metrics::ended(EmailStatus::Failed);
        Ok(Vec::new())
    }
}

/// A letter that is being sent.
struct Sending {
    id: Uuid,
    to: Address,
    /// Of the address, in the list of those that take no letters.
    key: MemoryKey,
    language: Language,
    content: Content,
    rendered: Rendered,
    /// When it was asked for.
    asked_at: DateTime<Utc>,
}

/// Notes that an attempt begins; `None`: there is nothing to send.
async fn begin(
    state: &WorkerState,
    attempt: &Attempt,
    id: Uuid,
) -> Result<Option<Sending>, JobError> {
    let (now, mailer) = (state.core.clock.now(), &state.core.providers.mailer);
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        ledger::hold(conn, &attempt.claim).await?;
        let Some(row) = queries::lock(conn, id).await? else {
            return Ok(None);
        };
        let Some(letter) = read(state, &row)? else {
            return Ok(None);
        };
        let is_security = letter.content.is_security();
        let record = suppressions::find(conn, &letter.key).await?;
        let suppressed = record.suppresses(is_security, now);
        let end = match step(
            row.status,
            row.doubted_at.is_some(),
            is_security,
            suppressed,
        ) {
            Step::Nothing => return Ok(None),
            // A deployment without e-mail: nothing for an operator to repair.
            _ if !state.core.config.mailer.sends() => EmailStatus::Failed,
            Step::Send { doubtful } => {
                queries::begin(conn, id, mailer.name(), doubtful.then_some(now)).await?;
                return Ok(Some(letter));
            }
            Step::Suppress => EmailStatus::Suppressed,
            Step::GiveUp => EmailStatus::Uncertain,
        };
        queries::close(conn, id, end, &letter.rendered.subject).await?;
        metrics::ended(end);
        Ok(None)
    })
    .await
}

/// The letter of a row; `None`: it has ended, or its address is none.
fn read(state: &WorkerState, row: &Email) -> Result<Option<Sending>, Error> {
    let Some(content) = row.content.clone() else {
        return Ok(None);
    };
    let content: Content = serde_json::from_value(content).map_err(Error::internal)?;
    let to = Address::parse(&row.to_address).map_err(|why| Error::invalid("to_address", why))?;
    let language = Language::from_tag(&row.language).unwrap_or(Language::En);
    Ok(Some(Sending {
        id: row.id,
        key: state.core.config.memory_secret.key("email", &to.key),
        rendered: render(&content, language),
        to,
        language,
        content,
        asked_at: row.created_at,
    }))
}

impl Sending {
    fn message(&self, state: &WorkerState) -> Message {
        Message {
            id: self.id,
            to: self.to.wire(),
            reply_to: self.content.reply_to().map(str::to_owned),
            subject: self.rendered.subject.clone(),
            text: self.rendered.text.clone(),
            html: self.rendered.html.clone(),
            language: self.language,
            sent_at: state.core.clock.now(),
        }
    }

    async fn accepted(
        &self,
        state: &WorkerState,
        attempt: &Attempt,
        accepted: Accepted,
    ) -> Result<Outcome, JobError> {
        let subject = &self.rendered.subject;
        store(&state.core.db, attempt, async |conn| {
            Ok(queries::accept(conn, self.id, subject, accepted.id.as_deref()).await?)
        })
        .await?;
        let waited = state.core.clock.now() - self.asked_at;
        metrics::accepted(waited.to_std().unwrap_or_default());
        Ok(Outcome::Closed(Vec::new()))
    }

    /// The address takes no letters: nothing for an operator to repair.
    async fn bounced(
        &self,
        state: &WorkerState,
        attempt: &Attempt,
        why: &ProviderError,
    ) -> Result<Outcome, JobError> {
        tracing::info!(email = %self.id, error = %why, "the address takes no letters");
        let (now, subject) = (state.core.clock.now(), &self.rendered.subject);
        store(&state.core.db, attempt, async |conn| {
            queries::close(conn, self.id, EmailStatus::Bounced, subject).await?;
            let (event, mailer) = (self.id.to_string(), &state.core.providers.mailer);
            let named = (event.as_str(), "bounced");
            note(conn, self.id, mailer.name(), named, Some(&why.message), now).await?;
            Ok(suppressions::note(conn, &self.key, Answer::Bounce, now).await?)
        })
        .await?;
        metrics::ended(EmailStatus::Bounced);
        Ok(Outcome::Closed(Vec::new()))
    }

    /// It was not taken, or nobody knows: then the row stays as it is.
    async fn failed(
        &self,
        state: &WorkerState,
        attempt: &Attempt,
        why: ProviderError,
    ) -> Result<Outcome, JobError> {
        if !matches!(why.kind, Kind::Interrupted | Kind::Timeout | Kind::Protocol) {
            let mut conn = state.db().await?;
            conn.transaction(async |conn| {
                ledger::hold(conn, &attempt.claim).await?;
                Ok::<_, JobError>(queries::put_back(conn, self.id).await?)
            })
            .await?;
        }
        Err(why.into())
    }
}
