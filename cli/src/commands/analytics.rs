//! `symancy analytics rebuild`, `check` and `rebase`.

use std::io::Write;
use std::time::Duration;

use ::analytics::config::AnalyticsConfig;
use ::analytics::rollups::step::{BATCH, Step, step};
use ::analytics::rollups::{check, counts, meet, rebuild};
use chrono::{NaiveDate, Utc};
use serde_json::json;

use super::Output;
use crate::failure::Failure;
use crate::operator::{Operator, settings};
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 3] = [
    ("SUM", Side::Left),
    ("KEPT", Side::Right),
    ("COUNTED", Side::Right),
];

/// How long a step of a worker may take.
const PAUSE: Duration = Duration::from_millis(200);

/// `symancy analytics rebuild`
pub(super) async fn rebuild(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    zone: Option<String>,
) -> Result<(), Failure> {
    let zone = match zone {
        Some(zone) => Some(zone),
        None => settings(AnalyticsConfig::given_zone)?,
    };
    let begun = rebuild::begin(&mut operator.conn, zone.as_deref()).await?;
    let about = json!({ "zone": begun.zone, "from": begun.from });
    operator.note("analytics_rebuilt", None, about).await?;
    let mut events = 0;
    // Workers take steps meanwhile, too.
    loop {
        match step(&mut operator.conn, &begun.zone, BATCH).await? {
            Step::Read(read @ 1..) => events += read,
            Step::Held => tokio::time::sleep(PAUSE).await,
            Step::Read(0) | Step::OtherZone => break,
        }
    }
    meet::meet_all(&mut operator.conn).await?;
    // Also what is left undone here is done within the hour.
    counts::count_days(&mut operator.conn, Utc::now()).await?;
    let object = json!({ "zone": begun.zone, "from": begun.from, "events": events });
    let sentence = format!(
        "{events} events are counted anew, by days of {}. Sums before {} stay as they were: their events are not kept.",
        begun.zone,
        begun.from.format("%F %T UTC"),
    );
    output.line(&sentence, &object)
}

/// `symancy analytics check`
pub(super) async fn check(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    day: Option<NaiveDate>,
) -> Result<(), Failure> {
    let day = match day {
        Some(day) => day,
        None => check::yesterday(&mut operator.conn, Utc::now()).await?,
    };
    let Some(compared) = check::check_day(&mut operator.conn, day).await? else {
        return Err(Failure::Refused(format!(
            "Events of {day} are not kept any more."
        )));
    };
    if output.json {
        compared.iter().try_for_each(|one| output.object(one))?;
    } else {
        let number = |one: i64| one.to_string();
        let rows = compared.iter();
        let rows = rows.map(|one| vec![one.name.clone(), number(one.kept), number(one.counted)]);
        table::write(output.writer, &COLUMNS, &rows.collect::<Vec<_>>())?;
    }
    if compared.iter().all(|one| one.drift() == 0) {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "Sums of {day} are not what its events are: `symancy analytics rebuild` counts them anew."
    )))
}

/// `symancy analytics rebase`
pub(super) async fn rebase(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let events = rebuild::rebase(&mut operator.conn).await?;
    let about = json!({ "events": events });
    operator
        .note("analytics_rebased", None, about.clone())
        .await?;
    let sentence = match events {
        0 => "The events have numbers of this cluster: nothing is to be done.".to_owned(),
        _ => format!("{events} events are numbered anew; readers go on where they stood."),
    };
    output.line(&sentence, &about)
}
