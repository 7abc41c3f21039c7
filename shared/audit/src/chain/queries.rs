//! SQL over the chain.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::rules::{Digests, Fault, Found, Hash, Sealed, State, judge};

/// How many lines are sealed, or looked at, at once.
const BATCH: i64 = 5_000;

/// What came of looking at the whole chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub intact: u64,
    /// Lines without a person's values.
    pub erased: u64,
    /// Lines that were deleted after their time.
    pub pruned: u64,
    /// Lines that wait for their seal.
    pub unsealed: i64,
    /// Of those: lines that had to be sealed before others that are. They were put in afterwards.
    pub put_in: i64,
    /// The seals with a fault, the first of them.
    pub faults: Vec<(i64, Fault)>,
    /// Whether a link that was noted elsewhere is in the chain; `None`: there was none to look for.
    pub has_noted: Option<bool>,
    /// The newest link.
    pub head: Option<Hash>,
}

impl Report {
    /// So many faults are told; the rest follows from them more often than not.
    pub const FAULTS_MAX: usize = 20;

    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.put_in == 0 && self.has_noted != Some(false)
    }

    fn note(&mut self, seq: i64, judged: Result<State, Fault>) {
        match judged {
            Ok(State::Intact) => self.intact += 1,
            Ok(State::Erased) => self.erased += 1,
            Ok(State::Pruned) => self.pruned += 1,
            Err(fault) if self.faults.len() < Self::FAULTS_MAX => self.faults.push((seq, fault)),
            Err(_) => {}
        }
    }
}

/// Seals what waits for it, up to a number of lines. Returns how many it were, and whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn seal(conn: &mut AsyncPgConnection) -> QueryResult<(i64, bool)> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        sealed: i64,
    }
    let done: Count = diesel::sql_query(SEAL)
        .bind::<BigInt, _>(BATCH)
        .get_result(conn)
        .await?;
    Ok((done.sealed, done.sealed == BATCH))
}

pub const SEAL: &str = "SELECT audit_logs_seal($1) AS sealed";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Timestamptz)]
    made_at: DateTime<Utc>,
    #[diesel(sql_type = Binary)]
    lasting: Vec<u8>,
    #[diesel(sql_type = Binary)]
    whole: Vec<u8>,
    #[diesel(sql_type = Binary)]
    chain: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    lasting_now: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    whole_now: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    is_bare: bool,
}

/// Seals behind a number, with their lines.
pub const SEALED: &str = "
    SELECT s.seq, s.made_at, s.lasting, s.whole, s.chain, now.lasting AS lasting_now,
        now.whole AS whole_now,
        num_nonnulls(l.user_id, l.entity_id, l.old_value, l.new_value, l.ip_address, l.user_agent) = 0 AS is_bare
    FROM audit_seals s
    LEFT JOIN audit_logs l ON l.id = s.log_id
    LEFT JOIN LATERAL audit_log_digests(l) AS now ON l.id IS NOT NULL
    WHERE s.seq > $1 ORDER BY s.seq LIMIT $2";

/// Lines without a seal, and how many of them stand before the newest that has one.
pub const UNSEALED: &str = "
    SELECT count(*) AS unsealed, count(*) FILTER (WHERE (l.tx, l.place) <= (last.tx, last.place)) AS put_in
    FROM audit_logs l
    LEFT JOIN (SELECT tx, place FROM audit_seals ORDER BY seq DESC LIMIT 1) AS last ON TRUE
    WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.log_id = l.id)";

#[derive(QueryableByName)]
struct Unsealed {
    #[diesel(sql_type = BigInt)]
    unsealed: i64,
    #[diesel(sql_type = BigInt)]
    put_in: i64,
}

fn hash(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or_default()
}

impl From<Row> for Sealed {
    fn from(row: Row) -> Self {
        let now = row.lasting_now.zip(row.whole_now);
        Self {
            seq: row.seq,
            made_at: row.made_at,
            digests: Digests {
                lasting: hash(&row.lasting),
                whole: hash(&row.whole),
            },
            chain: hash(&row.chain),
            now: now.map(|(lasting, whole)| Found {
                digests: Digests {
                    lasting: hash(&lasting),
                    whole: hash(&whole),
                },
                is_bare: row.is_bare,
            }),
        }
    }
}

/// Looks at every seal and its line. `noted`: a link that was noted elsewhere, and must be in the chain.
///
/// # Errors
/// Those of the database.
pub async fn verify(
    conn: &mut AsyncPgConnection,
    noted: Option<&Hash>,
    now: DateTime<Utc>,
) -> QueryResult<Report> {
    let mut report = Report {
        has_noted: noted.map(|_| false),
        ..Report::default()
    };
    let mut before: Option<(i64, Hash)> = None;
    loop {
        let rows: Vec<Row> = diesel::sql_query(SEALED)
            .bind::<BigInt, _>(before.map_or(0, |(seq, _)| seq))
            .bind::<BigInt, _>(BATCH)
            .load(conn)
            .await?;
        if rows.is_empty() {
            break;
        }
        for sealed in rows.into_iter().map(Sealed::from) {
            let last = before.as_ref().map(|(seq, chain)| (*seq, chain));
            report.note(sealed.seq, judge(last, &sealed, now));
            if noted == Some(&sealed.chain) {
                report.has_noted = Some(true);
            }
            before = Some((sealed.seq, sealed.chain));
        }
    }
    let left: Unsealed = diesel::sql_query(UNSEALED).get_result(conn).await?;
    (report.unsealed, report.put_in) = (left.unsealed, left.put_in);
    report.head = before.map(|(_, chain)| chain);
    Ok(report)
}
