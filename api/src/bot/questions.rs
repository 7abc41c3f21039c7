//! Questions about a reading, and the same cup once more. Each takes a unit, and says so before it does.

use bot::dialogue::{Expects, expect, expected};
use bot::jobs::Notice;
use bot::talk::Talk;
use bot::waiting_words;
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use money::meters;
use readings::questions::{Asked, Asking, Place, ask, read_again, was_asked};
use readings::{earlier, under_way};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{begin, focus, notices, talk};

/// Takes words: as a question about the reading that the person has chosen, or about the last one. While a
/// photo is being read they wait for it. The first question about a reading is answered once the person has
/// pressed a button that says what it costs.
pub(super) async fn words(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    text: &str,
) -> Result<Vec<Ticket>, Error> {
    if let Some(Expects::Question { analysis_id }) = expected(conn, user_id).await?
        && earlier::one(conn, user_id, analysis_id).await?.is_some()
    {
        return answer(conn, event, place(event, user_id, None), analysis_id, text).await;
    }
    if under_way::oldest(conn, user_id).await?.is_some() {
        if is_used_up(conn, user_id).await? {
            return begin::used_up(conn, event, user_id).await;
        }
        waiting_words::keep(conn, user_id, event.message_id, text, None).await?;
        return talk::say(conn, event, user_id, Talk::WordsKept).await;
    }
    let Some(last) = earlier::last(conn, user_id).await? else {
        return notices::send(conn, event, user_id, Notice::PhotoHint).await;
    };
    let usage = meters::queries::usage(conn, user_id).await?;
    let left = meters::rules::left(&usage, Utc::now());
    if left.is_some_and(|left| left > 0) && !was_asked(conn, last.id).await? {
        return confirm(conn, event, user_id, last.id, text).await;
    }
    answer(conn, event, place(event, user_id, None), last.id, text).await
}

/// Keeps words, and asks whether they are to be answered.
pub(super) async fn confirm(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    analysis_id: Uuid,
    text: &str,
) -> Result<Vec<Ticket>, Error> {
    waiting_words::keep(conn, user_id, event.message_id, text, Some(analysis_id)).await?;
    talk::say(conn, event, user_id, Talk::ConfirmQuestion { analysis_id }).await
}

/// `answer:<reading>`: the words that wait are a question about it.
pub(super) async fn confirmed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let Ok(about) = what.parse() else {
        return Ok(Vec::new());
    };
    let Some(waiting) = waiting_words::take(conn, user_id, Some(about)).await? else {
        return match earlier::one(conn, user_id, about).await? {
            // Pressed before: the answer is on its way.
            Some(_) => Ok(Vec::new()),
            None => talk::say(conn, event, user_id, Talk::Gone).await,
        };
    };
    let place = Place {
        message_id: waiting.message_id,
        ..place(event, user_id, Some(event.message_id))
    };
    answer(conn, event, place, about, &waiting.words).await
}

/// `drop:<reading>`, `drop:next`: the words that wait, about it or about the next one, are not to be answered.
/// `drop:caption:<reading>`: its photo is not to be read with other words.
pub(super) async fn dropped(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let caption_of = what.strip_prefix("caption:").map(str::parse);
    let is_forgotten = match (what, what.parse()) {
        _ if let Some(Ok(of)) = caption_of => waiting_words::take_caption(conn, user_id, of)
            .await?
            .is_some(),
        ("next", _) => waiting_words::forget_about(conn, user_id, None).await?,
        (_, Ok(about)) => waiting_words::forget_about(conn, user_id, Some(about)).await?,
        // A button of the previous release.
        ("", _) => waiting_words::forget(conn, user_id).await?,
        _ => false,
    };
    if !is_forgotten {
        return Ok(Vec::new());
    }
    talk::turn(conn, event, user_id, Talk::Dropped).await
}

/// `ask:<reading>`: the next words are a question about it.
pub(super) async fn offered(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let analysis_id = match offered_reading(conn, event, user_id, what).await? {
        Ok(analysis_id) => analysis_id,
        Err(refusal) => return Ok(refusal),
    };
    expect(conn, user_id, Expects::Question { analysis_id }).await?;
    talk::say(conn, event, user_id, Talk::AskAbout { analysis_id }).await
}

/// `again:<reading>`: the choice of another focus area. `again:<area>:<reading>`: the choice that was made.
pub(super) async fn again(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    if let Some((area, of)) = focus::area_and_reading(what) {
        let place = place(event, user_id, Some(event.message_id));
        let asked = read_again(conn, &Asking::at(place), of, area).await?;
        return told(conn, event, user_id, asked).await;
    }
    let analysis_id = match offered_reading(conn, event, user_id, what).await? {
        Ok(analysis_id) => analysis_id,
        Err(refusal) => return Ok(refusal),
    };
    talk::say(conn, event, user_id, Talk::AnotherFocus { analysis_id }).await
}

/// `reread:<reading>`: its cup once more, with the words that its photo has now.
pub(super) async fn with_new_words(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let Ok(of) = what.parse() else {
        return Ok(Vec::new());
    };
    if under_way::is(conn, user_id, of).await? {
        return talk::say(conn, event, user_id, Talk::NotYet).await;
    }
    if let Err(refusal) = offered_reading(conn, event, user_id, what).await? {
        return Ok(refusal);
    }
    let Some(caption) = waiting_words::take_caption(conn, user_id, of).await? else {
        // Pressed before: the reading is on its way.
        return Ok(Vec::new());
    };
    let Some(reading) = earlier::one(conn, user_id, of).await? else {
        return talk::say(conn, event, user_id, Talk::Gone).await;
    };
    let place = place(event, user_id, Some(event.message_id));
    let asked = read_again(conn, &Asking::at(place), of, reading.focus_area).await?;
    let words = &caption.words;
    match asked {
        Asked::Accepted(_) => {
            under_way::give_words(conn, user_id, event.message_id, words).await?;
        }
        // The button is pressed again once the person has agreed, or has a unit.
        Asked::NoConsent | Asked::Limited => {
            waiting_words::keep_caption(conn, user_id, caption.message_id, words, of).await?;
        }
        Asked::Known | Asked::Gone => {}
    }
    told(conn, event, user_id, asked).await
}

/// The reading that a button names, if it is there and a unit is left for more about it; otherwise the answer that
/// says why not.
async fn offered_reading(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Result<Uuid, Vec<Ticket>>, Error> {
    let Ok(analysis_id) = what.parse() else {
        return Ok(Err(Vec::new()));
    };
    if earlier::one(conn, user_id, analysis_id).await?.is_none() {
        return Ok(Err(talk::say(conn, event, user_id, Talk::Gone).await?));
    }
    if is_used_up(conn, user_id).await? {
        return Ok(Err(begin::used_up(conn, event, user_id).await?));
    }
    Ok(Ok(analysis_id))
}

fn place(event: &ChatEvent, user_id: Uuid, announcement_id: Option<i64>) -> Place {
    Place {
        user_id,
        chat_id: event.chat_id,
        message_id: event.message_id,
        announcement_id,
    }
}

async fn answer(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    place: Place,
    about: Uuid,
    text: &str,
) -> Result<Vec<Ticket>, Error> {
    let asked = ask(conn, &Asking::at(place), about, text).await?;
    told(conn, event, place.user_id, asked).await
}

async fn told(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    asked: Asked,
) -> Result<Vec<Ticket>, Error> {
    match asked {
        Asked::Accepted(tickets) => Ok(tickets),
        Asked::Known => Ok(Vec::new()),
        Asked::Limited => begin::used_up(conn, event, user_id).await,
        Asked::NoConsent => notices::send(conn, event, user_id, Notice::AskConsent).await,
        Asked::Gone => talk::say(conn, event, user_id, Talk::Gone).await,
    }
}

async fn is_used_up(conn: &mut AsyncPgConnection, user_id: Uuid) -> Result<bool, Error> {
    let usage = meters::queries::usage(conn, user_id).await?;
    Ok(meters::rules::left(&usage, Utc::now()) == Some(0))
}
