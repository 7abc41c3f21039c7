//! Buttons of settings: language, time zone, notices, the person's data, consent.

use audit::model::Origin;
use bot::jobs::Notice;
use bot::pages::settings::{Kind, Outcome, View};
use bot::{waiting_words, zones};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::{Error, Language};
use people::privacy::ask::ask;
use people::privacy::model::RequestKind;
use people::privacy::queries::Asked;
use people::privacy::rules;
use people::users::model::{NoticesChange, PersonKey, ProfileChange};
use people::users::profile;
use readings::withdraw;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{focus, notices};
use crate::state::ApiState;

/// Takes a pressed button.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let parts: Vec<&str> = what.split(':').collect();
    let mut tickets = Vec::new();
    let view = match parts[..] {
        ["show"] => View::Overview,
        ["languages"] => View::Languages,
        ["notices"] => View::Notices,
        ["data"] => View::Data,
        ["deletion"] => View::ConfirmDeletion,
        ["consents"] => View::Consents,
        ["withdrawal"] => View::ConfirmWithdrawal,
        ["zones", from] => View::Zones {
            from: from.parse().unwrap_or_default(),
        },
        ["export"] => {
            let asked = privacy(conn, state, user_id, RequestKind::Export).await?;
            tickets.extend(asked.1);
            View::Outcome(asked.0)
        }
        ["delete", code] if rules::confirm(Some(code)).is_ok() => {
            let asked = privacy(conn, state, user_id, RequestKind::Deletion).await?;
            tickets.extend(asked.1);
            View::Outcome(asked.0)
        }
        ["withdraw"] => {
            let (origin, now) = (Origin::own("telegram"), state.core.clock.now());
            let (_, stopped) =
                withdraw::decide(conn, user_id, (false, false), &origin, now).await?;
            waiting_words::forget(conn, user_id).await?;
            for id in stopped {
                // Also tells clients that wait for it.
                tickets.extend(focus::show_progress(conn, event, user_id, id).await?);
            }
            View::Outcome(Outcome::Withdrawn)
        }
        _ => match chosen(&parts) {
            Some((change, view)) => {
                profile::change(conn, user_id, &change, &Origin::own("telegram")).await?;
                state
                    .persons
                    .forget(PersonKey::Telegram(event.from.telegram_id));
                view
            }
            None => return Ok(Vec::new()),
        },
    };
    tickets.extend(notices::turn(conn, event, user_id, Notice::Settings(view)).await?);
    Ok(tickets)
}

/// What a button chooses, and the page that shows it.
fn chosen(parts: &[&str]) -> Option<(ProfileChange, View)> {
    let mut change = ProfileChange::default();
    let view = match *parts {
        ["language", code] => {
            change.language = Some(Language::from_tag(code)?);
            View::Overview
        }
        ["zone", name] => {
            change.timezone = Some(zones::named(name)?.name.to_owned());
            View::Overview
        }
        ["notice", kind, switch] => {
            change.notices = switched(Kind::parse(kind)?, switch == "on");
            View::Notices
        }
        _ => return None,
    };
    Some((change, view))
}

fn switched(kind: Kind, on: bool) -> NoticesChange {
    let mut change = NoticesChange::default();
    let notice = match kind {
        Kind::AnalysisStarted => &mut change.analysis_started,
        Kind::LimitFree => &mut change.limit_free,
        Kind::TrialEnding => &mut change.trial_ending,
    };
    *notice = Some(on);
    change
}

/// Asks for a copy or a deletion, as the API does.
async fn privacy(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    user_id: Uuid,
    kind: RequestKind,
) -> Result<(Outcome, Option<Ticket>), Error> {
    let keys = state.core.memory.keys_of(conn, user_id).await?;
    let (asked, ticket) = ask(conn, user_id, kind, &keys, &Origin::own("telegram")).await?;
    let outcome = match (asked, kind) {
        (Asked::New(_) | Asked::Known(_), RequestKind::Export) => Outcome::CopyComes,
        (Asked::New(_) | Asked::Known(_), RequestKind::Deletion) => Outcome::DeletionBegun,
        (Asked::NotBefore(_), _) => Outcome::OnceADay,
        (Asked::OwnsAlone, _) => Outcome::OwnsAlone,
        (Asked::NoSuchPerson, _) => return Err(Error::NotFound("user")),
    };
    Ok((outcome, ticket))
}
