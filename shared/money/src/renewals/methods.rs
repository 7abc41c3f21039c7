//! SQL over `payment_methods`: what vendors keep to be charged again. Tokens are stored sealed.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::factors::vault::Vault;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::requests;
use crate::payments::model::{Payment, PaymentProvider};
use crate::payments::queries::clean;
use schema::payment_methods as methods;
use vendors::payment::Saved;

/// A means of payment that a vendor keeps.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = methods, check_for_backend(diesel::pg::Pg))]
pub struct Method {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: PaymentProvider,
    pub(super) key_id: String,
    pub(super) sealed: Vec<u8>,
    /// How people know it, such as `Visa •• 4242`.
    pub label: String,
    /// The last day on which it can be charged.
    pub expires_on: Option<NaiveDate>,
    /// The one that renewals are charged to.
    pub is_default: bool,
    pub created_at: DateTime<Utc>,
}

impl Method {
    /// The vendor's token.
    ///
    /// # Errors
    /// Those of [`Vault::open`], and `Internal` for what is no text.
    pub(super) fn token(&self, vault: &Vault) -> Result<String, Error> {
        let token = vault.open(self.user_id, &self.key_id, &self.sealed)?;
        String::from_utf8(token).map_err(Error::internal)
    }
}

/// Keeps what a vendor has kept with a payment, if its person wanted that. The person has to be locked. The same one
/// again is one row. Without a key to seal it with it is not kept, which holds up no money.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    saved: &Saved,
    vault: &Vault,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(user_id) = payment.user_id.filter(|_| payment.renew) else {
        return Ok(());
    };
    put(
        conn,
        (user_id, payment.provider, Some(payment.id)),
        saved,
        vault,
        now,
    )
    .await
}

/// Keeps one of a person, with the payment that it came with; the same one again is one row. The person has to be locked.
pub(super) async fn put(
    conn: &mut AsyncPgConnection,
    (user_id, provider, payment_id): (Uuid, PaymentProvider, Option<Uuid>),
    saved: &Saved,
    vault: &Vault,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let sealed = match vault.seal(user_id, saved.token.as_bytes()) {
        Ok(sealed) => sealed,
        Err(why) => {
            tracing::error!(error = %why, payment = ?payment_id, "a means of payment is not kept: the plan will not renew");
            return Ok(());
        }
    };
    let label = clean(&saved.label, 100);
    diesel::insert_into(methods::table)
        .values((
            methods::id.eq(Uuid::now_v7()),
            methods::user_id.eq(user_id),
            methods::provider.eq(provider),
            methods::key_id.eq(sealed.key_id),
            methods::sealed.eq(sealed.bytes),
            methods::digest.eq(digest(&saved.token)),
            methods::label.eq(&label),
            methods::expires_on.eq(saved.expires_on),
            methods::payment_id.eq(payment_id),
            methods::created_at.eq(now),
        ))
        .on_conflict((methods::user_id, methods::provider, methods::digest))
        .do_update()
        .set((
            methods::label.eq(&label),
            methods::expires_on.eq(saved.expires_on),
            payment_id.map(|id| methods::payment_id.eq(id)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// By which a token is known again.
pub(super) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The one that came with a payment.
///
/// # Errors
/// Those of the database.
pub async fn of_payment(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
) -> QueryResult<Option<Uuid>> {
    methods::table
        .filter(methods::payment_id.eq(payment_id))
        .order(methods::id.desc())
        .select(methods::id)
        .first(conn)
        .await
        .optional()
}

/// All of a person, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_person(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Method>> {
    methods::table
        .filter(methods::user_id.eq(user_id))
        .order(methods::id)
        .select(Method::as_select())
        .load(conn)
        .await
}

/// One of a person.
///
/// # Errors
/// Those of the database.
pub async fn find(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
) -> QueryResult<Option<Method>> {
    let own = methods::table.find(id).filter(methods::user_id.eq(user_id));
    let own = own.select(Method::as_select()).first(conn).await;
    own.optional()
}

/// Makes one of a person the default, in the place of another. The person has to be locked.
///
/// # Errors
/// Those of the database.
pub async fn set_default(conn: &mut AsyncPgConnection, user_id: Uuid, id: Uuid) -> QueryResult<()> {
    let others = methods::table.filter(methods::user_id.eq(user_id));
    // First: there is one default.
    diesel::update(others.filter(methods::is_default))
        .set(methods::is_default.eq(false))
        .execute(conn)
        .await?;
    diesel::update(methods::table.find(id))
        .set(methods::is_default.eq(true))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Removes one, and has its vendor forget it.
///
/// # Errors
/// Those of the database.
pub async fn remove(conn: &mut AsyncPgConnection, method: &Method) -> QueryResult<()> {
    let whose = (method.provider, method.user_id);
    requests::forget(conn, whose, (&method.key_id, &method.sealed)).await?;
    gone(conn, method.id).await
}

/// Removes one that its vendor has forgotten.
pub(super) async fn gone(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(methods::table.find(id))
        .execute(conn)
        .await
        .map(|_| ())
}
