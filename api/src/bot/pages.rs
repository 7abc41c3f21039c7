//! The pages that a command opens.

use bot::jobs::Notice;
use bot::pages::{history, settings};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use uuid::Uuid;

use super::{plans, support};
use crate::state::ApiState;

/// The page of a command; `None` for one that opens none.
pub(super) async fn of_command(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    user_id: Uuid,
    name: &str,
) -> Result<Option<Notice>, Error> {
    let newest = history::View::List {
        from: 0,
        deleted: false,
    };
    Ok(Some(match name {
        "plans" => plans::overview(state, None),
        "history" => Notice::History(newest),
        "settings" => Notice::Settings(settings::View::Overview),
        "language" => Notice::Settings(settings::View::Languages),
        "delete" => Notice::Settings(settings::View::ConfirmDeletion),
        "paysupport" => support::ask(conn, user_id).await?,
        _ => return Ok(None),
    }))
}
