//! Tries of a refused period that a restored database does not know: its vendor does.

use diesel_async::AsyncConnection;
use kernel::Error;
use uuid::Uuid;

use super::turn::{self, Due, Turn};
use super::{queries, rules};
use crate::payments::intake::Intake;
use crate::payments::model::Payment;
use crate::payments::reconcile::{Away, Reconciler};

impl Reconciler<'_> {
    /// On a database that was restored to a moment in the past: writes the tries of a refused period that were due since
    /// then, one after the other, and asks the vendor what became of each, before the plan is ended for want of money. One
    /// follows another as it did then: after a refusal. Returns what was asked about.
    ///
    /// # Errors
    /// Those of the database; what a vendor fails at is logged.
    pub async fn look_for_tries(
        &self,
        account: Uuid,
        away: &mut Away,
    ) -> Result<Vec<Payment>, Error> {
        let Intake { db, now, .. } = self.intake;
        let renewal = queries::find(&mut *db.get().await?, account).await?;
        let due = renewal.map(|one| rules::tries_until(&one, now));
        let mut asked = Vec::new();
        for moment in due.unwrap_or_default() {
            let mut conn = db.get().await?;
            let turn =
                conn.transaction(async |conn| turn::take_try(conn, account, moment, now).await);
            let Turn::Charge(charge) = turn.await? else {
                break;
            };
            // None is held while a vendor is asked.
            drop(conn);
            let Due { payment, .. } = *charge;
            self.ask(std::slice::from_ref(&payment), away).await?;
            asked.push(payment);
        }
        Ok(asked)
    }
}
