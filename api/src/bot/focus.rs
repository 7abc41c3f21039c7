//! The choice of a focus area by buttons: for the next photo, and for one that is being read.

use bot::dialogue;
use bot::dialogue::Expects;
use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use readings::messages::ShowProgress;
use readings::model::FocusArea;
use readings::under_way;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::talk;

/// `photo:<area>`: chosen before the photo.
pub(super) async fn before(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let Some(focus_area) = FocusArea::parse(what) else {
        return Ok(Vec::new());
    };
    dialogue::expect(conn, user_id, Expects::Photo { focus_area }).await?;
    talk::turn(conn, event, user_id, Talk::FocusChosen { focus_area }).await
}

/// `focus:<area>:<reading>`: chosen while the photo is being read.
pub(super) async fn meanwhile(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let Some((focus_area, analysis_id)) = area_and_reading(what) else {
        return Ok(Vec::new());
    };
    if !under_way::set_focus(conn, user_id, analysis_id, focus_area).await? {
        return talk::say(conn, event, user_id, Talk::FocusTooLate).await;
    }
    show_progress(conn, event, user_id, analysis_id).await
}

/// The focus area for a photo that has come: the one that was chosen for it. What else was expected of the
/// person about a reading is over.
pub(super) async fn for_photo(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> Result<FocusArea, Error> {
    let expected = dialogue::expected(conn, user_id).await?;
    if matches!(expected, None | Some(Expects::Request)) {
        return Ok(FocusArea::General);
    }
    dialogue::forget(conn, user_id).await?;
    Ok(match expected {
        Some(Expects::Photo { focus_area }) => focus_area,
        _ => FocusArea::General,
    })
}

/// Has the announcement of a reading brought up to date.
pub(super) async fn show_progress(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    analysis_id: Uuid,
) -> Result<Vec<Ticket>, Error> {
    let show = ShowProgress {
        user_id,
        analysis_id,
        chat_id: event.chat_id,
    };
    Ok(vec![ledger::enqueue(conn, &show).await?])
}

/// `<area>:<reading>`.
pub(super) fn area_and_reading(what: &str) -> Option<(FocusArea, Uuid)> {
    let (area, id) = what.split_once(':')?;
    Some((FocusArea::parse(area)?, id.parse().ok()?))
}
