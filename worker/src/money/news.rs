//! Tells persons about money: in their chat, or by letter where the chat does not reach them ([`money::news`]).

use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use mail::letter::{Content, Letter};
use money::accounts::{self, Recipient};
use money::news::{self, News, WriteNews, texts};
use money::payments::{queries as payments, untold};
use people::users;
use people::users::model::User;
use uuid::Uuid;
use vendors::codes::RECIPIENT_GONE;
use vendors::messenger::Outgoing;

use super::words::{Words, words};
use crate::delivery::{missed, postpone};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

/// Sends the news to a person's chat, if they are still so; to one whom it does not reach by letter; else keeps them.
pub(super) async fn in_chat(
    (state, attempt): (&WorkerState, &Attempt),
    (user_id, chat_id): (Uuid, i64),
    news: &News,
) -> Result<Outcome, JobError> {
    let Some((user, words)) = known(state, user_id, news).await? else {
        return Ok(Outcome::Done);
    };
    if !user.is_reached() {
        return otherwise((state, attempt), &user, news).await;
    }
    let message = Outgoing {
        keyboard: words.keyboard(news, user.language()),
        ..Outgoing::new(chat_id, words.in_chat())
    };
    state.core.providers.messenger.send(&message).await?;
    Ok(Outcome::Done)
}

/// The person, and the news for them. Connections are few: none is held while Telegram is called.
pub(super) async fn known(
    state: &WorkerState,
    user_id: Uuid,
    news: &News,
) -> Result<Option<(User, Words)>, JobError> {
    let mut conn = state.db().await?;
    let user = users::queries::by_id(&mut conn, user_id).await.optional()?;
    let Some(user) = user else {
        return Ok(None);
    };
    let words = words(state, &mut conn, &user, news).await?;
    Ok(words.map(|words| (user, words)))
}

/// What follows for a person whom the chat does not reach.
pub(super) async fn otherwise(
    (state, attempt): (&WorkerState, &Attempt),
    user: &User,
    news: &News,
) -> Result<Outcome, JobError> {
    let found = accounts::recipient(&mut *state.db().await?, user.id).await?;
    if found.is_some_and(|one| one.address.is_some()) {
        let ticket = store(&state.core.db, attempt, async |conn| {
            Ok(news::write_instead(conn, user.id, news).await?)
        });
        return Ok(Outcome::Closed(ticket.await?.into_iter().collect()));
    }
    if user.telegram_id.is_none() {
        // They have neither any more.
        return Ok(Outcome::Done);
    }
    let note = async |conn: &mut AsyncPgConnection| keep(conn, user.id, news).await;
    postpone(state, attempt, user.id, note).await
}

/// What follows when a message has ended without success: the letter instead of it, if it did not reach the person.
pub(super) async fn not_told(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    news: &News,
    code: ErrorCode,
) -> QueryResult<Vec<Ticket>> {
    let mut tickets = missed(conn, user_id, code).await?;
    if code == RECIPIENT_GONE {
        match news::write_instead(conn, user_id, news).await? {
            Some(ticket) => tickets.push(ticket),
            None => keep(conn, user_id, news).await?,
        }
    }
    Ok(tickets)
}

/// Keeps for their return what did not reach a person, of their own money. That a payment is not told of its row says.
async fn keep(conn: &mut AsyncPgConnection, user_id: Uuid, news: &News) -> QueryResult<()> {
    match *news {
        News::Refused { payment_id }
        | News::Refunded { payment_id }
        | News::PartlyRefunded { payment_id } => {
            let payment = payments::find(conn, payment_id).await?;
            match payment.is_some_and(|one| one.user_id == Some(user_id)) {
                true => untold::keep_end(conn, payment_id).await,
                false => Ok(()),
            }
        }
        News::PlanEnded { account, tier } if account == user_id => {
            untold::keep_plan_end(conn, user_id, tier).await
        }
        _ => Ok(()),
    }
}

impl Handler<WorkerState> for WriteNews {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let Some((_, words)) = known(state, self.user_id, &self.news).await? else {
            return Ok(Outcome::Done);
        };
        let to = accounts::recipient(&mut *state.db().await?, self.user_id).await?;
        let letter = to.and_then(|to| letter((state, attempt), &self.news, &words, &to));
        // They have taken their address away.
        let Some(letter) = letter else {
            return Ok(Outcome::Done);
        };
        let ticket = store(&state.core.db, attempt, async |conn| {
            if let (News::Paid { payment_id }, None) = (&self.news, &words.organization) {
                payments::mark_told(conn, *payment_id).await?;
            }
            Ok(mail::queries::enqueue(conn, &letter).await?)
        });
        Ok(Outcome::Closed(vec![ticket.await?]))
    }
}

fn letter(
    (state, attempt): (&WorkerState, &Attempt),
    news: &News,
    words: &Words,
    to: &Recipient,
) -> Option<Letter> {
    let config = &state.core.config;
    let plans = words.plans(&config.public_url);
    let contact = config
        .mail
        .contact
        .as_ref()
        .map(|one| one.spelling.as_str());
    let language = to.language();
    Some(Letter {
        to: to.address.clone()?,
        user_id: Some(to.user_id),
        language,
        content: Content::MoneyNews {
            subject: texts::subject(news, language).to_owned(),
            organization: words.organization.clone(),
            message: texts::for_letter(&words.html, &plans, contact),
            link: plans,
        },
        dedupe_key: Some(format!("news:{}", attempt.claim.id)),
    })
}
