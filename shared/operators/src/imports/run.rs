//! An import: in batches, each in one transaction with the cursor, so that it goes on where it was killed.

use std::collections::HashMap;

use chrono::Utc;
use diesel::QueryResult;
use diesel::result::DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
use diesel::result::Error as DbError;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use people::abuse_memory::MemorySecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Arrival, Older, Reason, Report, Terms};
use super::rules::{self, Fate};
use super::source::Source;
use super::{plans, queries};
use crate::model::{Act, By};

/// How to import.
#[derive(Clone, Debug)]
pub struct How {
    /// By it those are known who had their data deleted here.
    pub secret: MemorySecret,
    /// Persons in one transaction.
    pub batch: i64,
    /// Everything is written, and rolled back.
    pub dry_run: bool,
    pub by: By,
}

/// Imports all persons of the pre-MVP, or those behind the cursor of a run that has not ended; `progress` is told after
/// each batch.
///
/// # Errors
/// Those of both databases.
pub async fn run(
    conn: &mut AsyncPgConnection,
    source: &mut Source,
    how: &How,
    mut progress: impl FnMut(&Report),
) -> Result<Report, Error> {
    let now = how.by.at;
    let twice = source.twice().await?;
    let terms = Terms { twice, now };
    let (run, mut cursor) = match how.dry_run {
        true => (Uuid::nil(), queries::FIRST),
        false => queries::begin(conn, now).await?,
    };
    let dry_run = how.dry_run;
    let mut report = Report {
        dry_run,
        ..Report::default()
    };
    loop {
        let page = source.page(cursor, how.batch).await?;
        let Some(last) = page.last() else { break };
        cursor = last.id;
        let batch = Batch {
            how,
            run,
            terms: &terms,
        };
        batch.bring(conn, &page, &mut report).await?;
        progress(&report);
    }
    match dry_run {
        true => Ok(report),
        false => end(conn, run, report, &how.by).await,
    }
}

async fn end(
    conn: &mut AsyncPgConnection,
    run: Uuid,
    report: Report,
    by: &By,
) -> Result<Report, Error> {
    let totals = queries::totals(conn).await?;
    let reasons = queries::reasons(conn).await?.into_iter();
    let report = Report {
        imported: totals.imported.unsigned_abs(),
        readings: totals.readings.unsigned_abs(),
        quarantined: totals.quarantined.unsigned_abs(),
        reasons: reasons
            .map(|one| (one.reason, one.people.unsigned_abs()))
            .collect(),
        ..report
    };
    let act = Act {
        action: "pre_mvp_imported",
        entity: ("import", Some(run)),
        person: None,
        was: None,
        is: json!({ "imported": report.imported, "quarantined": report.quarantined }),
    };
    conn.transaction(async |conn| {
        queries::end(conn, run, Utc::now()).await?;
        by.note(conn, act).await
    })
    .await?;
    Ok(report)
}

/// What the batches of a run have in common.
struct Batch<'a> {
    how: &'a How,
    run: Uuid,
    terms: &'a Terms,
}

/// What a batch has brought.
#[derive(Default)]
struct Brought {
    imported: u64,
    readings: u64,
    refused: Vec<(i64, Vec<Reason>)>,
}

impl Batch<'_> {
    /// All persons of a page in one transaction; if the database refuses a row of one of them, each in one of their own.
    async fn bring(
        &self,
        conn: &mut AsyncPgConnection,
        page: &[Older],
        report: &mut Report,
    ) -> QueryResult<()> {
        match self.attempt(conn, page).await {
            Ok(brought) => note(report, page.len(), brought),
            Err(why) if !is_refusal(&why) => return Err(why),
            Err(_) => {
                for one in page {
                    self.alone(conn, one, report).await?;
                }
            }
        }
        Ok(())
    }

    async fn alone(
        &self,
        conn: &mut AsyncPgConnection,
        one: &Older,
        report: &mut Report,
    ) -> QueryResult<()> {
        match self.attempt(conn, std::slice::from_ref(one)).await {
            Ok(brought) => note(report, 1, brought),
            Err(why) if !is_refusal(&why) => return Err(why),
            Err(why) => {
                report.refusals.insert(one.id, why.to_string());
                let refused = vec![(one.id, vec![Reason::WriteRefused])];
                self.keep(conn, &refused, one.id).await?;
                let brought = Brought {
                    refused,
                    ..Brought::default()
                };
                note(report, 1, brought);
            }
        }
        Ok(())
    }

    async fn attempt(&self, conn: &mut AsyncPgConnection, page: &[Older]) -> QueryResult<Brought> {
        let mut brought = Brought::default();
        let ended = conn
            .transaction(async |conn| {
                brought = self.write(conn, page).await?;
                match self.how.dry_run {
                    true => Err(DbError::RollbackTransaction),
                    false => Ok(()),
                }
            })
            .await;
        match ended {
            Err(DbError::RollbackTransaction) if self.how.dry_run => Ok(brought),
            ended => ended.map(|()| brought),
        }
    }

    async fn write(&self, conn: &mut AsyncPgConnection, page: &[Older]) -> QueryResult<Brought> {
        let (arrivals, mut refused) = self.judge(page);
        let fates = self.fates(conn, &arrivals).await?;
        let mut coming = Vec::new();
        for (arrival, fate) in arrivals.iter().zip(fates) {
            match fate {
                Fate::Comes { with_plan } => coming.push((arrival, with_plan)),
                Fate::Gone => {}
                Fate::Refused(reason) => refused.push((arrival.source_id, vec![reason])),
            }
        }
        let readings = self.settle(conn, &coming).await?;
        for (source_id, reasons) in &refused {
            queries::quarantine(conn, *source_id, reasons, self.terms.now).await?;
        }
        if let Some(last) = page.last() {
            queries::advance(conn, self.run, last.id).await?;
        }
        Ok(Brought {
            imported: coming.len() as u64,
            readings,
            refused,
        })
    }

    fn judge(&self, page: &[Older]) -> (Vec<Arrival>, Vec<(i64, Vec<Reason>)>) {
        let (mut arrivals, mut refused) = (Vec::new(), Vec::new());
        for older in page {
            match rules::judge(older, self.terms) {
                Ok(arrival) => arrivals.push(arrival),
                Err(reasons) => refused.push((older.id, reasons)),
            }
        }
        (arrivals, refused)
    }

    /// In the order of the arrivals. Locks the meters of those who are here already.
    async fn fates(
        &self,
        conn: &mut AsyncPgConnection,
        arrivals: &[Arrival],
    ) -> QueryResult<Vec<Fate>> {
        let asked = arrivals.iter().map(|one| {
            let key = self
                .how
                .secret
                .key("telegram", &one.telegram_id.to_string());
            json!({ "source_id": one.source_id, "telegram_id": one.telegram_id, "memory_key": hex::encode(key) })
        });
        let asked: Value = asked.collect();
        let known = queries::here(conn, asked.clone()).await?;
        let people: Vec<Uuid> = known.iter().filter_map(|one| one.user_id).collect();
        queries::lock(conn, &people).await?;
        // What was bought or deleted while that was waited for counts.
        let here = queries::here(conn, asked).await?;
        let here: HashMap<i64, _> = here.into_iter().map(|one| (one.source_id, one)).collect();
        let fate = |one: &Arrival| {
            let known = here.get(&one.source_id).cloned().unwrap_or_default();
            rules::fate(one, &known, self.terms.now)
        };
        Ok(arrivals.iter().map(fate).collect())
    }

    /// Writes those who come, with readings and plans. Returns how many readings are new.
    async fn settle(
        &self,
        conn: &mut AsyncPgConnection,
        coming: &[(&Arrival, bool)],
    ) -> QueryResult<u64> {
        let rows: Value = coming.iter().map(|(one, _)| row(one)).collect();
        let came = queries::people(conn, rows, self.terms.now).await?;
        let came: HashMap<i64, Uuid> = came
            .into_iter()
            .map(|one| (one.source_id, one.user_id))
            .collect();
        let fresh = queries::readings(conn, readings(coming, &came)).await?;
        for (one, with_plan) in coming {
            if let Some(user_id) = came.get(&one.source_id).filter(|_| *with_plan) {
                plans::give(conn, *user_id, one.plan, self.terms.now).await?;
            }
        }
        let ids: Vec<i64> = came.into_keys().collect();
        queries::release(conn, &ids).await?;
        Ok(fresh as u64)
    }

    /// Notes persons of whom a row was refused, in a transaction of its own.
    async fn keep(
        &self,
        conn: &mut AsyncPgConnection,
        refused: &[(i64, Vec<Reason>)],
        cursor: i64,
    ) -> QueryResult<()> {
        if self.how.dry_run {
            return Ok(());
        }
        conn.transaction(async |conn| {
            for (source_id, reasons) in refused {
                queries::quarantine(conn, *source_id, reasons, self.terms.now).await?;
            }
            queries::advance(conn, self.run, cursor).await
        })
        .await
    }
}

fn row(one: &Arrival) -> Value {
    json!({
        "source_id": one.source_id, "telegram_id": one.telegram_id, "username": one.username,
        "first_name": one.first_name, "last_name": one.last_name, "created_at": one.created_at,
        "tier": one.plan.tier(), "until": one.plan.until(),
    })
}

fn readings(coming: &[(&Arrival, bool)], came: &HashMap<i64, Uuid>) -> Value {
    let of = |one: &Arrival| -> Vec<Value> {
        let user_id = came.get(&one.source_id);
        let all = one.readings.iter();
        all.map(|reading| {
            json!({
                "source_id": reading.source_id, "user_id": user_id,
                "created_at": reading.created_at, "result": reading.result,
            })
        })
        .collect()
    };
    coming.iter().flat_map(|(one, _)| of(one)).collect()
}

fn note(report: &mut Report, seen: usize, brought: Brought) {
    report.seen += seen as u64;
    report.imported += brought.imported;
    report.readings += brought.readings;
    report.quarantined += brought.refused.len() as u64;
    for reason in brought.refused.iter().flat_map(|(_, reasons)| reasons) {
        *report
            .reasons
            .entry(reason.as_str().to_owned())
            .or_default() += 1;
    }
}

/// Whether a row was refused, and not the database lost.
fn is_refusal(why: &DbError) -> bool {
    match why {
        DbError::DatabaseError(kind, _) => !matches!(kind, ClosedConnection | UnableToSendCommand),
        _ => false,
    }
}
