//! SQL over `vendor_requests`: what vendors have still to be told. Rows are written with what they follow from, and deleted
//! when the vendor has answered.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::factors::vault::Vault;
use uuid::Uuid;

use super::model::Renewal;
use crate::payments::model::PaymentProvider;
use schema::vendor_requests as requests;

/// What a vendor is to be told.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = requests, check_for_backend(diesel::pg::Pg))]
pub struct VendorRequest {
    pub id: Uuid,
    pub provider: PaymentProvider,
    /// Whom the means of payment was kept for.
    pub person: Option<Uuid>,
    pub(super) key_id: Option<String>,
    pub(super) sealed: Option<Vec<u8>>,
    /// The charge that began what the vendor renews; `None`: a means of payment is to be forgotten.
    pub charge: Option<String>,
    pub payer: Option<i64>,
    /// Whether what the vendor renews goes on.
    pub renews: bool,
}

/// Has a vendor forget a means of payment of a person, by its token, which is sealed with a key of this id.
pub(super) async fn forget(
    conn: &mut AsyncPgConnection,
    (provider, person): (PaymentProvider, Uuid),
    (key_id, sealed): (&str, &[u8]),
) -> QueryResult<()> {
    diesel::insert_into(requests::table)
        .values((
            requests::provider.eq(provider),
            requests::person.eq(person),
            requests::key_id.eq(key_id),
            requests::sealed.eq(sealed),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The tokens of a person that a vendor has still to forget. One that cannot be opened is passed over.
///
/// # Errors
/// Those of the database.
pub(super) async fn forgetting(
    conn: &mut AsyncPgConnection,
    (provider, person): (PaymentProvider, Uuid),
    vault: &Vault,
) -> QueryResult<Vec<String>> {
    let all: Vec<VendorRequest> = requests::table
        .filter(requests::person.eq(person))
        .filter(requests::provider.eq(provider))
        .select(VendorRequest::as_select())
        .load(conn)
        .await?;
    let sealed = all.into_iter().filter_map(|one| one.key_id.zip(one.sealed));
    let opened = sealed.filter_map(|(key_id, sealed)| {
        let token = vault.open(person, &key_id, &sealed);
        let token = token.and_then(|token| String::from_utf8(token).map_err(Error::internal));
        token
            .inspect_err(
                |why| tracing::warn!(error = %why, "what is to be forgotten cannot be opened"),
            )
            .ok()
    });
    Ok(opened.collect())
}

/// The newest word counts: what was asked before of the same charge is not asked any more.
const RENEW: &str = "WITH older AS (
        DELETE FROM vendor_requests USING payments
        WHERE payments.id = $1 AND vendor_requests.charge = payments.external_id)
    INSERT INTO vendor_requests (provider, charge, payer, renews)
    SELECT provider, external_id, payer, $2 FROM payments WHERE id = $1 AND external_id IS NOT NULL";

/// Stops what a vendor renews by itself, or lets it go on.
///
/// # Errors
/// Those of the database.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    renewal: &Renewal,
    renews: bool,
) -> QueryResult<()> {
    diesel::sql_query(RENEW)
        .bind::<SqlUuid, _>(renewal.order_id)
        .bind::<diesel::sql_types::Bool, _>(renews)
        .execute(conn)
        .await
        .map(|_| ())
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// How long a vendor that did not answer is left alone.
const PAUSE: TimeDelta = TimeDelta::minutes(10);

const TAKE: &str = "UPDATE vendor_requests SET due_at = $2 WHERE id = (
        SELECT id FROM vendor_requests WHERE due_at <= $1 AND ($3::text IS NULL OR provider::text <> $3)
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id";

/// Takes one that is due, but for those of a provider that is away. It comes again later, unless it is [`done`].
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    away: Option<PaymentProvider>,
) -> QueryResult<Option<VendorRequest>> {
    let taken: Option<Taken> = diesel::sql_query(TAKE)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now + PAUSE)
        .bind::<Nullable<Text>, _>(away.map(PaymentProvider::as_str))
        .get_result(conn)
        .await
        .optional()?;
    let Some(Taken { id }) = taken else {
        return Ok(None);
    };
    let row = requests::table.find(id).select(VendorRequest::as_select());
    row.first(conn).await.optional()
}

/// The vendor has answered.
///
/// # Errors
/// Those of the database.
pub async fn done(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(requests::table.find(id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// A vendor that has not answered for a month is not asked any more.
pub const PRUNE: &[&str] = &["DELETE FROM vendor_requests WHERE id IN (
         SELECT id FROM vendor_requests WHERE created_at < now() - interval '30 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
